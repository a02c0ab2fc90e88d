"""The screen התראות: what is wrong now, what to do about it, what was; and what staff want to be told of."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import queries, services
from distribution.admin.alarm_forms import OwnThresholdForm, SubscriptionForm, ThresholdForm, threshold_forms
from distribution.choices import AlarmKind
from distribution.models import Alarm, AlarmSetting, AlarmSubscription, Source
from distribution.rules.alarm_settings import EVERYTHING
from distribution.services.alarm_mails import subscribed_kinds

PAST_SHOWN = 30
LIST, MINE, SETTINGS = (f"distribution_alarm_{name}" for name in ("changelist", "mine", "settings"))


@admin.register(Alarm)
class AlarmAdmin(admin.ModelAdmin):
    """Open alarms as cards, those over as a table; nothing of them is edited by hand."""

    def get_urls(self) -> list[URLPattern]:
        """Put our pages before Django's own."""
        wrap = self.admin_site.admin_view
        acknowledge = wrap(require_POST(self.acknowledge_view))
        return [
            path("mine/", wrap(self.mine_view), name=MINE),
            path("settings/", wrap(self.settings_view), name=SETTINGS),
            path("settings/own/", wrap(require_POST(self.own_view)), name="distribution_alarm_own"),
            path("<int:alarm_id>/acknowledge/", acknowledge, name="distribution_alarm_acknowledge"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Alarms open by themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        """Alarms are acknowledged, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        """Keep what was."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what is open and what was of late."""
        self._refuse_who_may_not_see(request)
        context = {
            "alarms": queries.open_alarms(),
            "past": queries.past_alarms(limit=PAST_SHOWN),
            "may_acknowledge": request.user.has_perm("distribution.change_alarm"),
        }
        return self._page(request, LIST, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the list: an alarm has no page of its own."""
        return redirect(f"admin:{LIST}")

    def acknowledge_view(self, request: HttpRequest, alarm_id: int) -> HttpResponse:
        """Say that one sees to it."""
        if not request.user.has_perm("distribution.change_alarm") or not isinstance(request.user, User):
            raise PermissionDenied
        alarm = get_object_or_404(Alarm, pk=alarm_id)
        services.acknowledge(alarm=alarm, by=request.user, now=timezone.now())
        messages.success(
            request, _("You see to it: no more mails about this alarm. It closes by itself when its cause is gone.")
        )
        return redirect(f"admin:{LIST}")

    # ---- what comes by mail ----

    def mine_view(self, request: HttpRequest) -> HttpResponse:
        """Choose which alarms come to oneself by mail."""
        self._refuse_who_may_not_see(request)
        user = get_object_or_404(User.objects.staff(), pk=request.user.pk or 0)
        kinds = subscribed_kinds(user, AlarmSubscription.objects.filter(user=user).first())
        form = SubscriptionForm(request.POST if request.method == "POST" else None, initial={"kinds": kinds})
        if form.is_valid():
            services.subscribe(user=user, kinds=form.cleaned_data["kinds"])
            messages.success(request, _("Saved: these alarms come to you by mail."))
            return redirect(f"admin:{MINE}")
        context = {"form": form, "address": user.email, "writes_files": settings.EMAIL_FILE_PATH}
        return self._page(request, MINE, context)

    # ---- thresholds ----

    def settings_view(self, request: HttpRequest) -> HttpResponse:
        """Set from when on something counts as an alarm."""
        self._refuse_who_may_not_set(request)
        forms = threshold_forms(request.POST if request.method == "POST" else None)
        if request.method == "POST" and _are_valid(forms):
            services.save_thresholds({form.kind: form.threshold() for form in forms})
            messages.success(request, _("The thresholds were saved. They hold from the next look on."))
            return redirect(f"admin:{SETTINGS}")
        return self._settings_page(request, forms, OwnThresholdForm())

    def own_view(self, request: HttpRequest) -> HttpResponse:
        """Set or remove a threshold of a source's or client's own."""
        self._refuse_who_may_not_set(request)
        if removed := request.POST.get("remove", ""):
            services.remove_own_threshold(setting_id=int(removed) if removed.isdecimal() and len(removed) < 10 else 0)
            messages.success(request, _("Removed: the general threshold holds again."))
            return redirect(f"admin:{SETTINGS}")
        form = OwnThresholdForm(request.POST)
        if not form.is_valid():
            return self._settings_page(request, threshold_forms(), form)
        kind, subject_id, threshold = form.chosen()
        services.set_own_threshold(kind=kind, subject_id=subject_id, threshold=threshold)
        messages.success(request, _("The threshold was saved. It holds from the next look on."))
        return redirect(f"admin:{SETTINGS}")

    def _settings_page(
        self, request: HttpRequest, forms: list[ThresholdForm], own_form: OwnThresholdForm
    ) -> HttpResponse:
        own = list(AlarmSetting.objects.exclude(subject_id=EVERYTHING).order_by("kind", "id"))
        sources = dict(Source.objects.filter(pk__in=[row.subject_id for row in own]).values_list("pk", "name"))
        clients = dict(User.objects.filter(pk__in=[row.subject_id for row in own]).values_list("pk", "name"))
        rows = [
            (row, (sources if row.kind == AlarmKind.SOURCE_SILENT else clients).get(row.subject_id, "–")) for row in own
        ]
        return self._page(request, SETTINGS, {"forms": forms, "own_form": own_form, "own": rows})

    # ---- what all three have in common ----

    def _refuse_who_may_not_see(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _refuse_who_may_not_set(self, request: HttpRequest) -> None:
        if not request.user.has_perm("distribution.change_alarmsetting"):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        pages = [(LIST, _("Alarms")), (MINE, _("By mail"))]
        if request.user.has_perm("distribution.change_alarmsetting"):
            pages.append((SETTINGS, _("Thresholds")))
        tabs = [
            {"label": label, "url": reverse(f"admin:{page}"), "count": None, "is_current": page == name}
            for page, label in pages
        ]
        common = self.admin_site.each_context(request) | {"title": _("Alarms"), "opts": self.opts, "tabs": tabs}
        template = f"distribution/alarms/{name.rpartition('_')[2]}.html"
        return TemplateResponse(request, template, common | context)


def _are_valid(forms: list[ThresholdForm]) -> bool:
    """Check every form, so that each shows its own mistakes."""
    return False not in [form.is_valid() for form in forms]
