"""The try-it page: the client's developer posts feedback on the test routing and sees what became of it."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.key_format import LENGTH
from feedback.api.kit.door import address_of, kit_door, opened, render_page, too_many
from feedback.api.kit.trial import post_on_test_routing
from feedback.choices import KitPart
from feedback.documents.kit import kit_context
from feedback.documents.public_address import public_address
from feedback.models import KitHandover
from feedback.queries import feedback_of_routings

BODY_LENGTH = 20_000
SHOWN = 10

_MEANINGS = {
    200: gettext_lazy("You said the same before: it counts once, and nothing was added."),
    201: gettext_lazy("Recorded. Your system can do exactly this."),
    400: gettext_lazy("Refused: a value is missing or wrong, and the answer names it. Mend it and send again."),
    401: gettext_lazy("Refused: the key is missing, wrong or no longer valid."),
    404: gettext_lazy("Refused: the test routing is the only one that can be tried here. Copy its ID from above."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@kit_door
def try_page(request: HttpRequest, handover: KitHandover) -> HttpResponse:
    """Show the page; a POST posts feedback as the client's system would, and shows request and answer."""
    context = kit_context(handover.client, address=public_address(request), now=timezone.now())
    body, key_text = _example(context), ""
    status = 200
    if request.method == "POST":
        if (refusal := too_many(handover)) is not None:
            return refusal
        body = request.POST.get("body", "").replace("\r\n", "\n").replace("\x00", "")
        key_text = request.POST.get("key", "").strip()
        if len(body) > BODY_LENGTH or len(key_text) > 10 * LENGTH:
            status, context["problem"] = 413, _("This is too long to be tried here. Send less.")
        else:
            context |= _tried(request, handover, body, key_text, context["address"])
    opened(request, handover, KitPart.TRY)
    context |= {
        "handover": handover,
        "body": body,
        "kit_url": address_of("kit", request),
        "try_url": address_of("kit-try", request),
        "recorded": feedback_of_routings([context["example_id"]])[:SHOWN],
    }
    return HttpResponse(render_page("feedback/kit/try.html", context), status=status)


def _tried(request: HttpRequest, handover: KitHandover, body: str, key_text: str, address: str) -> dict[str, Any]:
    language = translation.get_language() or "he"
    answer = post_on_test_routing(request, client=handover.client, body=body, key_text=key_text, language=language)
    shown_key = f"{key_text[:7]}…{key_text[-4:]}" if len(key_text) == LENGTH else "KEY"
    return {
        "answer": answer,
        "is_good": answer.status < 300,
        "meaning": _MEANINGS.get(answer.status, ""),
        "key_was_checked": bool(key_text),
        "sent": "\n".join(
            [
                f"POST {address}/odata/Feedbacks",
                f"Authorization: Bearer {shown_key}",
                "Content-Type: application/json",
                f"Accept-Language: {language}",
                "",
                body,
            ]
        ),
        "received": "\n".join(
            [
                f"{answer.status} {answer.reason_phrase}",
                *(f"{name}: {value}" for name, value in answer.headers),
                "",
                _pretty(answer.body),
            ]
        ),
    }


def _example(context: dict[str, Any]) -> str:
    routing = (
        {"RoutingNumber": context["example_number"]}
        if context["example_is_number"]
        else {"RoutingId": context["example_id"]}
    )
    said = routing | {"ReasonId": context["example_reason"], "Comment": _("A first try")}
    return json.dumps(said, ensure_ascii=False, indent=2)


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
