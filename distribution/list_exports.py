"""Lists that can be exported to a file: offered here, filled by the screens that show them.

A list is filtered by what stands in its page's address, so a file has exactly the rows that the page lists.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import User


def plain(value: Any) -> str:
    """Give a value as text: nothing for None, a time as the agency's clock shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None).isoformat(" ", "seconds")
    return str(value)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its heading, what is selected for it, and how that is written."""

    label: str | Promise
    source: str | Combinable
    text: Callable[[Any], str] = plain


@dataclass(frozen=True, kw_only=True)
class ListExport:
    """A list of the admin as rows of a file.

    `find` gives the rows that the page shows this person at this query string, in the page's order; it raises
    `ListNotReadable` for a query string that the page would not show either. `columns` is called in the language of the
    file. Who lacks `permission` may not export the list.
    """

    slug: str
    label: str | Promise
    permission: str
    find: Callable[[User, str], QuerySet[Any]]
    columns: Callable[[], Sequence[Column]]


_lists: dict[str, ListExport] = {}


def register(listing: ListExport) -> None:
    """Make a list one that can be exported; the same slug again replaces it."""
    _lists[listing.slug] = listing


def listing(slug: str) -> ListExport | None:
    """Give the list registered under a slug."""
    return _lists.get(slug)
