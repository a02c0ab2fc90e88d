"""The Users screen (guide: מסך המשתמשים): clients and staff, and the client's page with its tabs."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db.models import ManyToManyField, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import client_backlog, client_tabs
from accounts.admin import keys
from accounts.admin.forms import ClientForm, StaffAddForm, StaffForm
from accounts.admin.permissions import permission_options
from accounts.choices import Role
from accounts.models import ApiKey, User

CLIENT_FIELDSETS = (
    (None, {"fields": ("name", "company", "email", "phone")}),
    (_("Preferences"), {"fields": ("language", "time_zone", "is_active")}),
)
STAFF_FIELDSETS = (
    (None, {"fields": ("name", "company", "email", "phone", "language", "time_zone")}),
    (_("Login"), {"fields": ("username", "password", "is_active")}),
    (_("Permissions"), {"fields": ("is_superuser", "groups", "user_permissions"), "classes": ("collapse",)}),
)
STAFF_ADD_FIELDSETS = (
    (None, {"fields": ("name", "company", "email", "phone", "language", "time_zone")}),
    (_("Login"), {"fields": ("username", "password1", "password2")}),
)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Lists of clients and of staff; a client opens on its own page with tabs."""

    list_display = ("name", "company", "phone_number", "mail", "key", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name__istartswith", "company__istartswith", "email__istartswith", "username__istartswith")
    ordering = ("name", "id")
    list_per_page = 50
    filter_horizontal = ("groups", "user_permissions")
    change_password_form = AdminPasswordChangeForm
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/accounts/user/change_form.html"
    add_form_template = None  # Django's own talks about a second step that we do not have
    readonly_fields: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Bring each client's key along, so that the list needs no query per row."""
        live = ApiKey.objects.live(timezone.now()).filter(client=OuterRef("pk")).order_by("-created_at")
        return (
            super()
            .get_queryset(request)
            .annotate(
                live_key_id=Subquery(live.values("key_id")[:1]),
                live_key_last_four=Subquery(live.values("last_four")[:1]),
            )
        )

    @admin.display(description=_("phone"), ordering="phone")
    def phone_number(self, user: User) -> str:
        """Give the phone, left to right whatever stands beside it."""
        return format_html('<bdi dir="ltr">{}</bdi>', user.phone) if user.phone else ""

    @admin.display(description=_("e-mail"), ordering="email")
    def mail(self, user: User) -> str:
        """Give the address, left to right whatever stands beside it."""
        return format_html('<bdi dir="ltr">{}</bdi>', user.email) if user.email else ""

    @admin.display(description=_("API key"))
    def key(self, user: User) -> str:
        """Give the client's key, masked."""
        if not getattr(user, "live_key_id", None):
            return "–"
        masked = ApiKey(key_id=user.live_key_id, last_four=user.live_key_last_four).masked  # type: ignore[attr-defined]
        return format_html('<code dir="ltr">{}</code>', masked)

    # ---- forms: a client and a staff member are different things ----

    def _role(self, request: HttpRequest, user: User | None) -> str:
        return user.role if user else request.GET.get("role", Role.CLIENT)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Give the form that fits the role."""
        if self._role(request, obj) == Role.CLIENT:
            form: type[ModelForm] = ClientForm
        else:
            form = StaffForm if obj else StaffAddForm
        return admin.ModelAdmin.get_form(self, request, obj, change, **(kwargs | {"form": form}))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Give the fields that fit the role; only who has all permissions may hand them out."""
        if self._role(request, obj) == Role.CLIENT:
            return CLIENT_FIELDSETS
        if obj is None:
            return STAFF_ADD_FIELDSETS
        return STAFF_FIELDSETS if request.user.is_superuser else STAFF_FIELDSETS[:2]

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: Any = None, **kwargs: Any) -> Any:
        """Offer permissions by name."""
        return super().formfield_for_manytomany(db_field, request, **(kwargs | permission_options(db_field)))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let nobody but a superuser edit one: a password change would be a way up."""
        allowed = super().has_change_permission(request, obj)
        return allowed and not (obj is not None and obj.is_superuser and not request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Users are switched off, not deleted: their leads and feedback stay."""
        return False

    # ---- pages ----

    def get_urls(self) -> list[URLPattern]:
        """Add the key dialog and the tabs before Django's own addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:client_id>/key/", wrap(keys.key_view(self)), name="accounts_user_key"),
            path("<int:client_id>/key/<str:act>/", wrap(keys.key_view(self)), name="accounts_user_key_act"),
            path("<int:client_id>/tab/<slug:slug>/", wrap(self.tab_view), name="accounts_user_tab"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show clients unless somebody asks for staff: that is where the guide starts."""
        role = request.GET.get("role")
        if role not in Role.values:
            role = Role.CLIENT.value
            asked = request.GET.copy()
            asked["role"] = role
            request.GET = asked  # type: ignore[assignment]
        tabs = [
            {"label": label, "url": f"?role={value}", "count": None, "is_current": value == role}
            for value, label in ((Role.CLIENT.value, _("Clients")), (Role.STAFF.value, _("Staff")))
        ]
        return super().changelist_view(
            request, (extra_context or {}) | {"role": role, "role_tabs": tabs, "title": _("Users")}
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name what is being added."""
        is_staff = request.GET.get("role") == Role.STAFF
        title = _("New staff member") if is_staff else _("New client")
        return admin.ModelAdmin.add_view(self, request, form_url, (extra_context or {}) | {"title": title})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a client's details as the first tab of its page."""
        user = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if user is not None and user.is_client:
            context |= self.client_context(request, user, "details") | keys.panel_context(request, user)
        return super().change_view(request, object_id, form_url, context)

    def tab_view(self, request: HttpRequest, client_id: int, slug: str) -> HttpResponseBase:
        """Answer a tab that another app put on the client's page."""
        client = self.client_or_404(request, client_id)
        tab = client_tabs.tab(slug)
        if tab is None or not request.user.has_perm(tab.permission):
            raise Http404
        return tab.view(request, client, self.client_context(request, client, slug))

    def client_or_404(self, request: HttpRequest, client_id: int) -> User:
        """Give the client that a page is about, if this staff member may see it."""
        client = self.get_object(request, str(client_id))
        if client is None or not client.is_client or not self.has_view_permission(request, client):
            raise Http404
        return client

    def client_context(self, request: HttpRequest, client: User, current: str) -> dict[str, Any]:
        """Give what every tab of the client's page needs: the client, the tabs, the site's own context."""
        tabs = [
            {
                "label": _("User details"),
                "url": reverse("admin:accounts_user_change", args=[client.pk]),
                "count": None,
                "is_current": current == "details",
            }
        ]
        tabs += [
            {
                "label": tab.label,
                "url": reverse("admin:accounts_user_tab", args=[client.pk, tab.slug]),
                "count": tab.count(client),
                "is_current": current == tab.slug,
            }
            for tab in client_tabs.tabs()
            if request.user.has_perm(tab.permission)
        ]
        return self.admin_site.each_context(request) | {
            "client": client,
            "title": client.name,
            "tabs": tabs,
            "opts": self.opts,
            "has_view_permission": True,
        }

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Save, and say what waits for a client that was just switched off."""
        super().save_model(request, obj, form, change)
        if change and obj.is_client and not obj.is_active and "is_active" in form.changed_data:
            said = gettext("The client is switched off: nothing is sent to it, and its key opens nothing.")
            messages.warning(request, f"{said} {client_backlog.tell(obj)}".strip())

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Open the new client's page: the guide goes on there."""
        if obj.is_client and "_addanother" not in request.POST and "_popup" not in request.POST:
            messages.success(
                request,
                format_html(
                    gettext("The client “{}” was added. Next: generate its API key, then add a transmission rule."),
                    obj.name,
                ),
            )
            return redirect("admin:accounts_user_change", obj.pk)
        return admin.ModelAdmin.response_add(self, request, obj, post_url_continue)
