"""The tab of mailed reports: which report goes to whom, and when."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from feedback.admin.reports import tabs
from feedback.choices import VIEW_REPORT, MailedPeriod, ReportKind, Rhythm
from feedback.models import ScheduledReport
from feedback.services.report_mails import mail_now, schedule


class RecipientsField(forms.ModelMultipleChoiceField):
    """Staff by name and address."""

    def label_from_instance(self, user: User) -> str:
        """Name and address."""
        return f"{user.name} · {user.email}"


class ScheduledReportForm(forms.ModelForm):
    """A schedule; recipients are staff with an address who may see reports."""

    recipients = RecipientsField(
        label=_("recipients"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Offered are active staff who may see reports and have an e-mail address. "
            "Who is missing gets both under Users."
        ),
    )

    class Meta:
        model = ScheduledReport
        fields = ("report", "period", "rhythm", "recipients", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.staff().filter(is_active=True).exclude(email="")
        may_see = [user.pk for user in staff if user.has_perm(VIEW_REPORT)]
        self.fields["recipients"].queryset = User.objects.filter(pk__in=may_see)  # type: ignore[attr-defined]


@admin.register(ScheduledReport)
class ScheduledReportAdmin(admin.ModelAdmin):
    """Mailed reports."""

    form = ScheduledReportForm
    list_display = ("report", "period", "rhythm", "recipient_names", "is_active", "sent_for")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    actions = ("send_now",)
    change_list_template = "admin/feedback/scheduledreport/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledReport]:
        """Bring the recipients along."""
        return super().get_queryset(request).prefetch_related("recipients")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with what most want: last week's report, every Sunday."""
        return {"report": ReportKind.OVERVIEW, "period": MailedPeriod.LAST_WEEK, "rhythm": Rhythm.WEEKLY}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list as a tab of the reports."""
        return super().changelist_view(request, {"report_tabs": tabs(request, None), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: ScheduledReport, form: Any, change: bool) -> None:
        """Note who made it; one that is new begins with the next day that is due."""
        if change:
            obj.save()
        else:
            schedule(obj, by=request.user if isinstance(request.user, User) else None, now=timezone.now())

    @admin.display(description=_("recipients"))
    def recipient_names(self, report: ScheduledReport) -> SafeString:
        """Their names, isolated."""
        return format_html_join(", ", "<bdi>{}</bdi>", [(user.name,) for user in report.recipients.all()])

    @admin.action(description=_("Sending now"), permissions=["change"])
    def send_now(self, request: HttpRequest, queryset: QuerySet[ScheduledReport]) -> None:
        """Mail the chosen reports at once; their own days stay."""
        sent = sum(mail_now(report, now=timezone.now()) for report in queryset)
        text = ngettext("%(count)s mail is on its way.", "%(count)s mails are on their way.", sent) % {"count": sent}
        if sent:
            messages.success(request, text)
        else:
            messages.warning(
                request, _("Nobody was mailed: the recipients have no address, or may not see reports any more.")
            )
