"""The sidebar: what staff look for, grouped as they think of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar: where it leads, and who may see it."""

    label: Label
    url_name: str
    icon: str
    permission: str = ""
    children: tuple["Entry", ...] = ()


@dataclass
class Item:
    """An entry as one user sees it on one page."""

    label: Label
    url: str
    icon: str
    is_current: bool
    count: int | None = None
    children: list["Item"] = field(default_factory=list)


@dataclass
class Group:
    """Entries under a common heading."""

    label: Label
    items: list[Item]


ALARMS = "admin:distribution_alarm_changelist"

GROUPS: tuple[tuple[Label, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Dashboard"), "admin:index", "layout-dashboard"),
            Entry(_("Leads"), "admin:distribution_lead_changelist", "inbox", "distribution.view_lead"),
            Entry(_("Users"), "admin:accounts_user_changelist", "users", "accounts.view_user"),
            Entry(
                _("Deliveries needing a person"),
                "admin:distribution_delivery_changelist",
                "list-todo",
                "distribution.view_delivery",
            ),
            Entry(_("Alarms"), ALARMS, "bell", "distribution.view_alarm"),
            Entry(_("Reports"), "admin:reports", "chart-column", "feedback.view_report"),
            Entry(
                _("Lead import"), "admin:distribution_leadimport_changelist", "upload", "distribution.view_leadimport"
            ),
            Entry(_("Exports"), "admin:distribution_export_changelist", "download", "distribution.add_export"),
        ),
    ),
    (
        _("Settings"),
        (
            Entry(_("Sources"), "admin:distribution_source_changelist", "plug", "distribution.view_source"),
            Entry(
                _("Block list"),
                "admin:distribution_blockedcontact_changelist",
                "ban",
                "distribution.view_blockedcontact",
            ),
            # Guide, part C: Settings > Routing leads to clients > Customer feedback.
            Entry(
                _("Routing leads to clients"),
                "admin:routing_settings",
                "split",
                children=(
                    Entry(
                        _("Customer feedback"),
                        "admin:feedback_reason_changelist",
                        "message-square-text",
                        "feedback.view_reason",
                    ),
                ),
            ),
            Entry(
                _("Data sending guide"),
                "admin:feedback_sending_guide",
                "book-open",
                children=(Entry(_("Does the system fit?"), "admin:feedback_feasibility", "circle-check"),),
            ),
            Entry(_("Permissions"), "admin:auth_group_changelist", "shield", "auth.view_group"),
        ),
    ),
)


def navigation(request: HttpRequest, counts: Mapping[str, int] | None = None) -> list[Group]:
    """Give the groups that this user may see, with the entry of the current page marked.

    `counts` are the numbers beside entries, by the name of the page's address; a zero is not shown.
    """
    if not request.user.is_authenticated:
        return []
    groups = [Group(label, _items(request, entries, counts or {})) for label, entries in GROUPS]
    return [group for group in groups if group.items]


def _items(request: HttpRequest, entries: tuple[Entry, ...], counts: Mapping[str, int]) -> list[Item]:
    items = []
    for entry in entries:
        if entry.permission and not request.user.has_perm(entry.permission):
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        children = _items(request, entry.children, counts)
        is_here = request.path == url if entry.url_name == "admin:index" else request.path.startswith(url)
        items.append(
            Item(
                entry.label,
                url,
                entry.icon,
                is_here and not any(child.is_current for child in children),
                counts.get(entry.url_name) or None,
                children,
            )
        )
    return items
