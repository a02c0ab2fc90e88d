"""Pages of REST lists: by cursor, so that rows that come in meanwhile move nothing."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.filters import BaseFilterBackend, OrderingFilter
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView


class Pages(CursorPagination):
    """200 rows a page unless `limit` says otherwise, 1,000 at most."""

    page_size = 200
    max_page_size = 1000
    page_size_query_param = "limit"
    # A cursor counts the rows of one moment, and an import makes thousands: a small bound would go round in circles.
    offset_cutoff = 2**31 - 1

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Give the rows of the page; raises `ValidationError` for a cursor that nobody here made."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, DjangoValidationError, DataError, ValueError, TypeError, OverflowError):
            raise ValidationError(
                {"cursor": [_("This cursor cannot be read. Take the address in “next” as it is.")]}
            ) from None

    def get_page_size(self, request: Request) -> int:
        """Give the rows of a page; raises `ValidationError` for what is no number of rows."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
            raise ValidationError({self.page_size_query_param: [_("Give a whole number from 1 on.")]})
        return self.max_page_size if len(asked) > 9 else min(int(asked), self.max_page_size)


class KnownParameters(BaseFilterBackend):
    """Refuses parameters that the list does not have: a mistyped filter would give rows that were not asked for."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Give the rows back; raises `ValidationError` for an unknown parameter."""
        filters = view.filterset_class.base_filters  # type: ignore[attr-defined]
        known = [*filters, *_PARAMETERS]
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            message = _("There is no such parameter here. There are: %(known)s.") % {"known": ", ".join(known)}
            raise ValidationError({name[:60]: [message] for name in unknown})
        return queryset


_PARAMETERS = ("ordering", "limit", "cursor")


class NamedOrdering(OrderingFilter):
    """`ordering=RoutedAt` or `ordering=-RoutedAt`, by the names in the view's `ordering_names`."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        """Give the columns to order by; raises `ValidationError` for a name that cannot be ordered by."""
        names: dict[str, str] = view.ordering_names  # type: ignore[attr-defined]
        asked = request.query_params.get(self.ordering_param) or view.default_ordering  # type: ignore[attr-defined]
        sign = "-" if asked.startswith("-") else ""
        column = names.get(asked.removeprefix("-"))
        if column is None:
            known = ", ".join(names)
            raise ValidationError(
                {self.ordering_param: [_("This list can be ordered by %(known)s.") % {"known": known}]}
            )
        return (f"{sign}{column}", f"{sign}id")

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameter with the names it takes."""
        names = view.ordering_names  # type: ignore[attr-defined]
        values = [f"{sign}{name}" for name in names for sign in ("", "-")]
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "required": False,
                "description": "The field to order by; a leading - turns the order round.",
                "schema": {"type": "string", "enum": values},
            }
        ]
