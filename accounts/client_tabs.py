"""Tabs of the client's page: offered here, filled by the apps above when they are ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class ClientTab:
    """One tab of the client's page.

    `view` answers `/admin/accounts/user/<client>/<slug>/`; it is called with the request, the client and the
    page's common template context. `count` gives the number beside the label, None for none.
    """

    slug: str
    label: str | Promise
    order: int
    permission: str
    view: Callable[[HttpRequest, User, dict[str, Any]], HttpResponseBase]
    count: Callable[[User], int | None] = field(default=lambda client: None)


_tabs: dict[str, ClientTab] = {}


def register(tab: ClientTab) -> None:
    """Put a tab on every client's page; the same slug again replaces it."""
    _tabs[tab.slug] = tab


def tabs() -> list[ClientTab]:
    """Give the registered tabs in the order they stand on the page."""
    return sorted(_tabs.values(), key=lambda tab: tab.order)


def tab(slug: str) -> ClientTab | None:
    """Give the tab registered under a slug."""
    return _tabs.get(slug)
