"""What every form of a client's kit shows: page, print, PDF and ZIP say the same."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from distribution.services import test_routing
from feedback.choices import ReasonKind
from feedback.documents.samples import EXAMPLE_REASON, samples
from feedback.queries.kit import kit_contents
from feedback.queries.reasons import reasons_for_client
from feedback.rules.recipes import RECIPES


def kit_context(client: User, *, address: str, now: datetime) -> dict[str, Any]:
    """Give the template context of `feedback/kit/document.html`, with the client's own values.

    `address` is this installation's, as clients reach it. The examples are about the client's test routing, so
    that each of them works as it stands once the key is put in; the key itself is never in a kit.
    """
    routing = test_routing(client=client, now=now)
    contents = kit_contents(client)
    reasons = list(reasons_for_client(client))
    # What a developer tries first should not read as a sale.
    harmless = next((reason.pk for reason in reasons if reason.kind == ReasonKind.IN_PROGRESS), None)
    example = harmless or (reasons[0].pk if reasons else EXAMPLE_REASON)
    # A system that was given the number alone knows no routing ID to answer with.
    has_number_alone = bool(contents.parameters) and all(parameter.is_number for parameter in contents.parameters)
    number = routing.number if has_number_alone else None
    return {
        "title": _("Client kit: %(name)s") % {"name": client.name},
        "client": client,
        "address": address,
        "now": now,
        "contents": contents,
        "parameters": contents.parameters,
        "reasons": reasons,
        "example_id": str(routing.pk),
        "example_number": routing.number,
        "example_is_number": has_number_alone,
        "example_reason": example,
        "samples": samples(address, routing_id=str(routing.pk), routing_number=number, reason_id=example),
        "recipes": RECIPES,
    }
