"""All feedback, for looking something up: what clients said is never edited."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from distribution.admin.exported_lists import ExportedList
from feedback.admin.pills import pill
from feedback.models import Feedback
from feedback.rules.feedback_input import LARGEST_INTEGER


class CurrentFilter(admin.SimpleListFilter):
    """Only what counts now, or only history."""

    title = _("current")
    parameter_name = "current"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("yes", _("yes")), ("no", _("no, history"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        """Apply the choice."""
        return queryset if self.value() is None else queryset.filter(Q(is_current=self.value() == "yes"))


@admin.register(Feedback)
class FeedbackAdmin(ExportedList):
    """Read-only list, newest first."""

    list_display = ("received_at", "client", "lead", "reason_name", "comment_start", "amount", "current", "door")
    export = "feedback"
    list_display_links = ("received_at",)
    list_filter = ("reason", CurrentFilter, "door", "is_reason_inactive", "received_at")
    list_select_related = ("reason", "routing__lead", "routing__client")
    list_per_page = 50
    ordering = ("-received_at", "-id")
    sortable_by = ("received_at",)
    fields = (
        ("received_at", "client", "lead"),
        ("reason", "amount", "occurred_at"),
        "comment",
        ("client_reference", "door", "author"),
        ("current", "id"),
    )
    search_fields = ("routing__lead__phone_normalized__startswith", "routing__client__name__istartswith")
    search_help_text = _("Routing ID, routing number, phone, or the beginning of a client's name")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        """Bring along which feedback counts."""
        is_current = ExpressionWrapper(Q(routing__current_feedback__feedback_id=F("id")), output_field=BooleanField())
        return super().get_queryset(request).annotate(is_current=is_current)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Feedback], search_term: str
    ) -> tuple[QuerySet[Feedback], bool]:
        """Find a routing by its ID or number, else search as usual."""
        term = search_term.strip()
        try:
            return queryset.filter(routing_id=UUID(term)), False
        except ValueError:
            pass
        found, may_repeat = super().get_search_results(request, queryset, term)
        if term.isdecimal() and int(term) <= LARGEST_INTEGER:
            found = found | queryset.filter(routing__number=int(term))
        return found, may_repeat

    @admin.display(description=_("client"))
    def client(self, feedback: Feedback) -> SafeString:
        """Give the client, leading to its page."""
        client = feedback.routing.client
        url = reverse("admin:accounts_user_tab", args=[client.pk, "feedback"])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, client)

    @admin.display(description=_("lead"))
    def lead(self, feedback: Feedback) -> SafeString:
        """Give the lead with the number of its routing."""
        return format_html(
            '<bdi>{}</bdi> <bdi class="ltr muted">#{}</bdi>', feedback.routing.lead, feedback.routing.number
        )

    @admin.display(description=_("feedback reason"))
    def reason_name(self, feedback: Feedback) -> SafeString:
        """Give the reason, marked when it was switched off already."""
        mark = pill("warn", _("inactive reason")) if feedback.is_reason_inactive else ""
        return format_html("<bdi>{}</bdi> {}", feedback.reason.name, mark)

    @admin.display(description=_("comment"))
    def comment_start(self, feedback: Feedback) -> SafeString:
        """Give the beginning of the comment."""
        text = feedback.comment
        return format_html("<bdi>{}</bdi>", text if len(text) <= 60 else f"{text[:59]}…")

    @admin.display(description=_("current"))
    def current(self, feedback: Feedback) -> SafeString:
        """Say whether it is the one that counts."""
        is_current = getattr(feedback, "is_current", False)
        return pill("ok", _("current")) if is_current else pill("neutral", _("history"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff record feedback on the client's page and on the lead's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Feedback | None = None) -> bool:
        """Feedback is only added."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Feedback | None = None) -> bool:
        """Feedback is only added."""
        return False
