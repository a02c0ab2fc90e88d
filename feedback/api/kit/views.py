"""The kit's page, its key, and its files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import AccountsError
from accounts.queries import current_key
from feedback.api.kit.door import address_of, kit_door, opened, render_page, too_many
from feedback.choices import KitPart
from feedback.documents.kit import kit_context
from feedback.documents.kit_files import FILES, kit_zip
from feedback.documents.public_address import public_address
from feedback.errors import KitKeyNotShown
from feedback.models import KitHandover
from feedback.rules.kit_contents import changes, contents_of
from feedback.services.kit import show_key_once


@require_safe
@kit_door
def kit_page(request: HttpRequest, handover: KitHandover) -> HttpResponse:
    """Show the kit as it is today, and what has changed since it was handed over."""
    opened(request, handover, KitPart.PAGE)
    return HttpResponse(_page(request, handover))


@require_POST
@kit_door
def kit_key(request: HttpRequest, handover: KitHandover) -> HttpResponse:
    """Show the API key, the one time that the link does."""
    try:
        text = show_key_once(handover=handover, now=timezone.now())
    except (KitKeyNotShown, AccountsError) as error:
        return HttpResponse(_page(request, handover, key_error=error), status=409)
    return HttpResponse(_page(request, handover, key_text=text))


@require_safe
@kit_door
def kit_file(request: HttpRequest, handover: KitHandover, name: str) -> HttpResponse:
    """Give one of the kit's files."""
    if (refusal := too_many(handover)) is not None:
        return refusal
    now, address = timezone.now(), public_address(request)
    if name == "kit.zip":
        opened(request, handover, KitPart.ZIP)
        content, media_type = kit_zip(handover.client, address=address, now=now), "application/zip"
    elif name in FILES:
        file = FILES[name]
        opened(request, handover, file.part)
        content, media_type = file.make(kit_context(handover.client, address=address, now=now)), file.media_type
    else:
        raise Http404
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    request: HttpRequest,
    handover: KitHandover,
    *,
    key_text: str = "",
    key_error: Exception | None = None,
) -> str:
    now = timezone.now()
    handover.refresh_from_db(fields=["key_shown_at", "offers_key"])
    context = kit_context(handover.client, address=public_address(request), now=now)
    context |= {
        "handover": handover,
        "changes": changes(contents_of(handover.snapshot), context["contents"]),
        "key_text": key_text,
        "key_error": key_error,
        "shows_key": handover.shows_key(now) and current_key(handover.client, now=now) is not None,
        "page_url": address_of("kit", request),
        "key_url": address_of("kit-key", request),
        "try_url": address_of("kit-try", request),
        "files": [(address_of("kit-file", request, name), label) for name, label in _file_labels()],
    }
    return render_page("feedback/kit/page.html", context)


def _file_labels() -> list[tuple[str, str]]:
    return [
        ("kit.zip", _("Everything as ZIP")),
        ("kit.pdf", "PDF"),
        ("reasons.xlsx", _("Reasons, Excel")),
        ("reasons.csv", _("Reasons, CSV")),
        ("reasons.json", _("Reasons, JSON")),
        ("openapi.json", "OpenAPI"),
        ("metadata.xml", "$metadata"),
        ("leads.pbids", "Power BI (.pbids)"),
    ]
