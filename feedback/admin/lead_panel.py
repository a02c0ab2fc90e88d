"""What clients said about a lead, under each of its routings on the lead's page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from distribution.lead_panels import RoutingPanel, register
from distribution.models import Routing
from feedback.models import Feedback
from feedback.queries import feedback_of_routings


def feedback_panel(request: HttpRequest, routings: Sequence[Routing]) -> Mapping[UUID, SafeString]:
    """Give the feedback of each routing, newest first, and the way to record what the client says."""
    said: dict[UUID, list[Feedback]] = defaultdict(list)
    for feedback in feedback_of_routings([routing.pk for routing in routings]):
        said[feedback.routing_id].append(feedback)
    return {
        routing.pk: render_to_string(
            "feedback/lead_panel.html", {"routing": routing, "rows": said[routing.pk]}, request=request
        )
        for routing in routings
    }


register(RoutingPanel(slug="feedback", order=10, permission="feedback.view_feedback", render=feedback_panel))
