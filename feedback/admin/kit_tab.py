"""The tab ערכת חיבור on the client's page: hand the kit over, see what was opened, see when it has changed since."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.client_tabs import ClientTab, register
from accounts.models import User
from accounts.queries import current_key
from feedback.admin.guide import asked_language
from feedback.admin.kit_forms import LinkForm, ReasonLimitForm
from feedback.admin.kit_links import SendableLink, sendable_link
from feedback.choices import KitWay
from feedback.documents.kit import kit_context
from feedback.documents.kit_files import kit_pdf, kit_zip
from feedback.documents.public_address import public_address
from feedback.errors import KitError
from feedback.models import KitHandover
from feedback.queries.kit import handovers, kit_contents
from feedback.queries.reasons import limit_of_client
from feedback.rules.kit_contents import changes, contents_of
from feedback.services import kit as kits
from feedback.services.reasons import limit_reasons

MAKERS = {KitWay.PDF: (kit_pdf, "application/pdf"), KitWay.ZIP: (kit_zip, "application/zip")}


def kit_tab(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    """Show the tab, or the kit as it will be seen (`?preview=`); a POST does what `act` says."""
    if request.method == "POST":
        if not _may_hand_over(request):
            raise PermissionDenied
        return _act(request, client, context)
    if "preview" in request.GET:
        return _preview(request, client, context)
    return _tab(request, client, context)


def kit_url(client: User) -> str:
    """Give the address of a client's tab."""
    return reverse("admin:accounts_user_tab", args=[client.pk, "kit"])


def _tab(
    request: HttpRequest, client: User, context: dict[str, Any], *, form: LinkForm | None = None
) -> HttpResponseBase:
    now = timezone.now()
    given = handovers(client)
    contents = kit_contents(client)
    key = current_key(client, now=now)
    context |= {
        "form": form or LinkForm(client=client, may_offer_key=_may_offer_key(request, client)),
        "limit_form": ReasonLimitForm(client=client),
        "is_limited": bool(limit_of_client(client)),
        "may_hand_over": _may_hand_over(request),
        "api_key": key,
        "contents": contents,
        "changes": changes(contents_of(given[0].snapshot), contents) if given else [],
        "rows": [_row(handover, now) for handover in given],
        "link": _chosen_link(request, given),
    }
    return TemplateResponse(request, "feedback/kit/tab.html", context)


def _row(handover: KitHandover, now: Any) -> dict[str, Any]:
    return {
        "handover": handover,
        "is_link": handover.way == KitWay.LINK,
        "is_open": handover.is_open(now),
        "may_show_key": handover.shows_key(now),
        "openings": sorted(handover.openings.all(), key=lambda opening: opening.first_at),
    }


def _chosen_link(request: HttpRequest, given: list[KitHandover]) -> SendableLink | None:
    """Give the link that `?link=` names, to whoever may hand it over, as long as it opens something."""
    wanted = next((one for one in given if str(one.pk) == request.GET.get("link")), None)
    if wanted is None or not _may_hand_over(request) or not wanted.is_open(timezone.now()):
        return None
    try:
        return sendable_link(request, wanted, kits.link_token(wanted))
    except KitError as error:
        messages.error(request, str(error))
        return None


def _act(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponseBase:
    act, now = request.POST.get("act", ""), timezone.now()
    if act == "link":
        form = LinkForm(request.POST, client=client, may_offer_key=_may_offer_key(request, client))
        if not form.is_valid():
            return _tab(request, client, context, form=form)
        made = kits.hand_over_link(
            client=client,
            language=form.cleaned_data["language"],
            valid_for=form.valid_for,
            offers_key=form.cleaned_data["offers_key"],
            by=cast(User, request.user),
            now=now,
        )
        return redirect(f"{kit_url(client)}?link={made.handover.pk}#link")
    if act in MAKERS:
        return _file(request, client, KitWay(act))
    if act == "limit":
        limit = ReasonLimitForm(request.POST, client=client)
        if limit.is_valid():
            limit_reasons(client=client, reason_ids=[reason.pk for reason in limit.cleaned_data["reasons"]])
            messages.success(request, _("The client's reasons were saved. Hand the kit over again if they changed."))
        return redirect(kit_url(client))
    handover = get_object_or_404(
        KitHandover.objects.links(), client=client, pk=_number(request.POST.get("handover", ""))
    )
    try:
        if act == "revoke":
            kits.revoke_link(handover=handover, now=now)
            messages.success(request, _("The link was revoked: it opens nothing any longer."))
        elif act == "allow-key" and _may_offer_key(request, client):
            kits.allow_key_again(handover=handover, now=now)
            messages.success(request, _("The link will show the key once more."))
        else:
            raise Http404
    except KitError as error:
        messages.error(request, str(error))
    return redirect(kit_url(client))


def _file(request: HttpRequest, client: User, way: KitWay) -> HttpResponse:
    asked = request.POST.get("language", "")
    language = asked if asked in ("he", "en") else client.language
    make, media_type = MAKERS[way]
    now = timezone.now()
    with translation.override(language):
        content = make(client, address=public_address(request), now=now)
    kits.hand_over_file(client=client, way=way, language=language, by=cast(User, request.user), now=now)
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="client-kit-{client.pk}.{way.value}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _preview(request: HttpRequest, client: User, context: dict[str, Any]) -> HttpResponse:
    language = asked_language(request, client.language)
    with translation.override(language):
        shown = context | kit_context(client, address=public_address(request), now=timezone.now())
        page = HttpResponse(
            render_to_string(
                "feedback/kit/preview.html", shown | {"language": language, "kit_url": kit_url(client)}, request=request
            )
        )
        page.headers["Content-Language"] = language
        return page


def _may_hand_over(request: HttpRequest) -> bool:
    return request.user.has_perm("feedback.hand_over_kit")


def _may_offer_key(request: HttpRequest, client: User) -> bool:
    return request.user.has_perm("accounts.reveal_apikey") and current_key(client, now=timezone.now()) is not None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


register(
    ClientTab(
        slug="kit",
        label=_("Client kit"),
        order=60,
        permission="feedback.view_kithandover",
        view=kit_tab,
    )
)
