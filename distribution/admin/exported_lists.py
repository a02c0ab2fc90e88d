"""Lists of the admin that can be exported: a changelist as the rows of a file."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.models import User
from distribution.admin.bounded_paginator import BoundedPaginator
from distribution.errors import ListNotReadable

# What stands in the address of a list and chooses no rows: the page, the mark of a wrong address, the way it is shown.
_NO_FILTER = ("p", "e", "all", "_facets")


class ExportedList(admin.ModelAdmin):
    """A list with a button that exports its rows; `export` is the slug under which it is registered. Big ones too: what
    is counted of it is bounded.
    """

    export = ""
    paginator = BoundedPaginator


def changelist_rows(model: type[Model]) -> Callable[[User, str], QuerySet[Any]]:
    """Give what finds the rows that a model's list shows a person at a query string, in the list's order."""

    def find(user: User, query: str) -> QuerySet[Any]:
        request = HttpRequest()
        request.method, request.user = "GET", user
        chosen = QueryDict(query, mutable=True)
        for name in _NO_FILTER:
            chosen.pop(name, None)
        request.GET = QueryDict(chosen.urlencode())
        try:
            changelist = admin.site.get_model_admin(model).get_changelist_instance(request)
        except IncorrectLookupParameters:
            raise ListNotReadable from None
        return changelist.queryset

    return find
