"""The page behind a feedback link in a mail. Looking at it changes nothing, since mail scanners follow every link;
only its button records. Whoever has the link may answer: there is no login, and nothing of the lead is shown but its
number."""

import hashlib
import json
import secrets
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from distribution.models import Routing
from feedback.choices import Door
from feedback.errors import FeedbackError, LinkExpired, LinkUnknown
from feedback.models import CurrentFeedback, Reason
from feedback.queries.reasons import reasons_for_client
from feedback.rules.feedback_input import COMMENT_LENGTH, FeedbackInput
from feedback.rules.request_key import RequestKey
from feedback.services import record_feedback
from feedback.services.links import routing_of_link

SHEETS = [f"leadmanager/css/{name}.css" for name in ("tokens", "base", "controls", "components", "panels")]
FIELD_OF = {"ReasonId": "reason", "Comment": "comment", "Amount": "amount"}


class ReasonChoice(forms.ModelChoiceField):
    """Reasons by name in the language of the moment."""

    def label_from_instance(self, obj: Any) -> str:
        """Give the name alone: a person answers, not a system."""
        return str(obj.name)


class AnswerForm(forms.Form):
    """What became of the lead. `once` is made anew for each page, so that the same page sent twice is one answer."""

    reason = ReasonChoice(
        label=_("What became of the lead?"),
        queryset=Reason.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what became of the lead.")},
    )
    comment = forms.CharField(
        label=_("comment"), max_length=COMMENT_LENGTH, required=False, widget=forms.Textarea({"rows": 3})
    )
    amount = forms.DecimalField(
        label=_("amount"), max_digits=12, decimal_places=2, required=False, help_text=_("Of a sale, if there was one.")
    )
    once = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, client: User, **kwargs: Any) -> None:
        super().__init__(data, auto_id="answer-%s", **kwargs)
        self.fields["reason"].queryset = reasons_for_client(client)  # type: ignore[attr-defined]


@never_cache
@csrf_exempt  # the link itself is what lets in, no cookie does; and a browser inside a mail program may keep none
@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: HttpRequest, token: str, reason_id: int) -> HttpResponse:
    """Ask whether this is what became of the lead; a POST records it."""
    try:
        routing = routing_of_link(token)
    except (LinkUnknown, LinkExpired) as error:
        return _page(request, {"problem": error}, status=error_status(error))
    with translation.override(_language(request, routing)):
        if request.method != "POST":
            form = AnswerForm(client=routing.client, initial={"reason": reason_id, "once": secrets.token_urlsafe(12)})
            return _page(request, _context(routing, form))
        form = AnswerForm(request.POST, client=routing.client)
        if form.is_valid() and _record(routing, form):
            return _recorded(request)
        return _page(request, _context(routing, form), status=HTTPStatus.BAD_REQUEST)


def error_status(error: FeedbackError) -> HTTPStatus:
    """Give the status of a link that leads nowhere: 410 when it once did."""
    return HTTPStatus.GONE if isinstance(error, LinkExpired) else HTTPStatus.NOT_FOUND


def _language(request: HttpRequest, routing: Routing) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else routing.client.language


def _record(routing: Routing, form: AnswerForm) -> bool:
    """Record a valid form; False when the service refused, which the form then shows."""
    data = form.cleaned_data
    said = FeedbackInput(
        routing_id=routing.pk, reason_id=data["reason"].pk, comment=data["comment"], amount=data["amount"]
    )
    (result,) = record_feedback(
        client_id=routing.client_id,
        items=[said],
        door=Door.LINK,
        now=timezone.now(),
        request=_key(said, data["once"]),
    )
    if result.error is not None:
        form.add_error(FIELD_OF.get(result.error.field), str(result.error))
        return False
    return True


def _key(said: FeedbackInput, once: str) -> RequestKey | None:
    """Give the key of what one page says: sent again it is the same answer, changed and sent it is another one."""
    if not once:
        return None
    text = json.dumps([str(said.routing_id), said.reason_id, said.comment, str(said.amount), once])
    fingerprint = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return RequestKey(text=f"link-{fingerprint.hex()}", fingerprint=fingerprint)


def _recorded(request: HttpRequest) -> HttpResponse:
    """Lead to the same page by GET, which shows what is recorded now."""
    query = request.GET.copy()
    query["recorded"] = "1"
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}", status=HTTPStatus.SEE_OTHER)


def _context(routing: Routing, form: AnswerForm) -> dict[str, Any]:
    current = CurrentFeedback.objects.select_related("feedback__reason").filter(routing=routing).first()
    return {"routing": routing, "form": form, "current": current.feedback if current else None}


def _page(request: HttpRequest, context: dict[str, Any], *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    known = context | {"sheets": SHEETS, "is_recorded": "recorded" in request.GET and request.method != "POST"}
    response = render(request, "feedback/link_page.html", known, status=status)
    response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
