"""The key dialog on the client's page (guide, part A): generate, get, copy, replace, limit, seal, revoke.

Every act is a POST; getting asks for the password again. With htmx the dialog's panel is answered, without it the
same panel on a page of its own.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import queries, services
from accounts.admin.key_forms import LimitsForm, ReplaceForm, limits_form
from accounts.admin.password_check import check_password_again
from accounts.errors import AccountsError, PasswordWrong
from accounts.models import ApiKey, User

if TYPE_CHECKING:
    from accounts.admin.users import UserAdmin

PERMISSIONS = {
    "generate": "accounts.issue_apikey",
    "replace": "accounts.issue_apikey",
    "limit": "accounts.issue_apikey",
    "seal": "accounts.issue_apikey",
    "revoke": "accounts.issue_apikey",
    "reveal": "accounts.reveal_apikey",
}


def panel_context(request: HttpRequest, client: User) -> dict[str, Any]:
    """Give what the panel shows: the client's keys and what this staff member may do with them."""
    now = timezone.now()
    key = queries.current_key(client, now=now)
    return {
        "client": client,
        "key": key,
        "key_before": queries.key_before(client, now=now),
        "expires_soon": key is not None and key.expires_soon(now),
        "replace_form": ReplaceForm(),
        "limits_form": None if key is None else limits_form(key),
        "may_issue": request.user.has_perm("accounts.issue_apikey"),
        "may_reveal": request.user.has_perm("accounts.reveal_apikey"),
    }


def key_view(user_admin: "UserAdmin") -> Callable[..., HttpResponse]:
    """Give the view behind the dialog."""

    def view(request: HttpRequest, client_id: int, act: str = "") -> HttpResponse:
        client = user_admin.client_or_404(request, client_id)
        outcome: dict[str, Any] = {}
        if act:
            if act not in PERMISSIONS:
                raise Http404
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not request.user.has_perm(PERMISSIONS[act]):
                raise PermissionDenied
            try:
                outcome = {"act": act} | _act(request, client, act)
            except AccountsError as error:
                outcome = {"error": error, "asks_password": isinstance(error, PasswordWrong)}
        context = panel_context(request, client) | outcome
        if request.htmx:  # type: ignore[attr-defined]
            response = TemplateResponse(request, "accounts/key_panel.html", context)
        else:
            page = user_admin.client_context(request, client, "details")
            response = TemplateResponse(request, "accounts/key_page.html", page | context)
        response.headers["Cache-Control"] = "no-store"
        return response

    return view


def _act(request: HttpRequest, client: User, act: str) -> dict[str, Any]:
    """Do it, and give what the panel shows of it."""
    now = timezone.now()
    by = request.user
    assert isinstance(by, User)  # noqa: S101 - admin_view let in nobody else
    if act == "generate":
        return {"text": services.generate_api_key(client=client, by=by, now=now).text}
    key = _named_key(request, client)
    match act:
        case "replace":
            replacing = ReplaceForm(request.POST)
            if not replacing.is_valid():
                return {"act": "", "replace_form": replacing}
            return {"text": services.replace_api_key(key=key, by=by, now=now, overlap=replacing.length()).text}
        case "limit":
            limits = LimitsForm(request.POST)
            if not limits.is_valid():
                return {"act": "", "limits_form": limits}
            services.limit_api_key(
                key=key,
                by=by,
                now=now,
                expires_at=limits.cleaned_data["last_day"],
                may_read=limits.cleaned_data["may_read"],
                may_write=limits.cleaned_data["may_write"],
                networks=limits.cleaned_data["networks"],
            )
        case "seal":
            services.seal_api_key(key=key, by=by, now=now)
        case "revoke":
            services.revoke_api_key(key=key, by=by, now=now)
        case _:
            if not check_password_again(request):
                return {"act": "", "asks_password": True}
            return {"text": services.reveal_api_key(key=key, by=by)}
    return {}


def _named_key(request: HttpRequest, client: User) -> ApiKey:
    """Give the key that the form was about, not the one that may have come since."""
    key = ApiKey.objects.filter(client=client, key_id=request.POST.get("key_id", "")).select_related("client").first()
    if key is None:
        raise Http404
    return key
