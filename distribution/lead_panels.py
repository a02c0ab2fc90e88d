"""What a lead's page shows of each routing beyond its deliveries: offered here, filled by the apps above when ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

from distribution.models import Routing


@dataclass(frozen=True, kw_only=True)
class RoutingPanel:
    """A piece of every routing on a lead's page, such as its feedback.

    `render` is called once a page with all routings of the lead and gives {routing id: HTML}; a routing it leaves
    out shows nothing. Who lacks `permission` does not see the panel.
    """

    slug: str
    order: int
    permission: str
    render: Callable[[HttpRequest, Sequence[Routing]], Mapping[UUID, SafeString]]


_panels: dict[str, RoutingPanel] = {}


def register(panel: RoutingPanel) -> None:
    """Put a panel on every routing of every lead; the same slug again replaces it."""
    _panels[panel.slug] = panel


def rendered(request: HttpRequest, routings: Sequence[Routing]) -> dict[UUID, list[SafeString]]:
    """Give what the panels show of these routings, in the panels' order."""
    found: dict[UUID, list[SafeString]] = {routing.id: [] for routing in routings}
    for panel in sorted(_panels.values(), key=lambda panel: panel.order):
        if routings and request.user.has_perm(panel.permission):
            for routing_id, html in panel.render(request, routings).items():
                found[routing_id].append(html)
    return found
