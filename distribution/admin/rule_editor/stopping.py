"""Stopping a rule for which deliveries wait: pausing, switching off, and what becomes of what waits."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from distribution import queries, services
from distribution.admin.rule_editor.backlog_texts import tell_left, tell_under_way
from distribution.admin.rule_editor.card_buttons import CardButtons
from distribution.admin.rule_editor.tab import rules_url
from distribution.models import Rule


class Stopping(CardButtons):
    """The part of the rules' admin that stops a rule, saying first what waits for it."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.stop_view)
        return [path("<int:rule_id>/stop/", page, name="distribution_rule_stop"), *super().get_urls()]

    def switch_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Ask first where switching off would leave something waiting."""
        rule = self.changeable(request, rule_id)
        if rule.is_active and not queries.backlog_of_rule(rule.pk).is_empty:
            return redirect("admin:distribution_rule_stop", rule.pk)
        return super().switch_view(request, rule_id)

    def stop_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Show what waits and the ways to stop (GET); stop in one of them (POST)."""
        rule = self.changeable(request, rule_id)
        if not rule.is_active:
            return redirect(rules_url(rule.client_id))
        if request.method == "POST":
            return self._stop(request, rule, request.POST.get("how", ""))
        context = self.admin_site.each_context(request) | {
            "title": _("Stopping the rule"),
            "opts": self.opts,
            "rule": rule,
            "client": rule.client,
            "rules_url": rules_url(rule.client_id),
            "backlog": queries.backlog_of_rule(rule.pk),
        }
        return TemplateResponse(request, "distribution/rule_stop.html", context)

    def _stop(self, request: HttpRequest, rule: Rule, how: str) -> HttpResponse:
        if how == "pause":
            services.pause_rule(rule=rule, by=cast(User, request.user))
            said = _("The rule is paused: it goes on taking leads.")
        elif how == "off":
            services.deactivate_rule(rule=rule)
            said = _("The rule is switched off: it takes no further leads.")
        elif how == "cancel":
            services.deactivate_rule(rule=rule)
            cancelled = services.cancel_waiting(rule=rule)
            said = ngettext(
                "The rule is switched off, and %(count)d delivery was cancelled.",
                "The rule is switched off, and %(count)d deliveries were cancelled.",
                cancelled,
            ) % {"count": cancelled}
        else:
            raise Http404
        self.log_change(request, rule, said)
        messages.success(request, f"{said} {tell_left(queries.backlog_of_rule(rule.pk))}".strip())
        return redirect(rules_url(rule.client_id))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say what waits before anything is deleted."""
        waits = (
            {"backlog": queries.backlog_of_rule(int(object_id))}
            if object_id.isdecimal() and len(object_id) <= 18
            else {}
        )
        return super().delete_view(request, object_id, (extra_context or {}) | waits)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        """Take the rule out of use; its history stays."""
        cancelled = services.delete_rule(rule=obj, now=timezone.now())
        if cancelled:
            messages.warning(request, _("%(count)d waiting deliveries were cancelled.") % {"count": cancelled})
        if sending := queries.backlog_of_rule(obj.pk).sending:
            messages.warning(request, tell_under_way(sending))
