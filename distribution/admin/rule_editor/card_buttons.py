"""What the buttons of a rule's card do."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from distribution import services
from distribution.admin.rule_editor.tab import rules_url
from distribution.errors import RuleError, RuleInvalid
from distribution.models import Rule


class CardButtons(admin.ModelAdmin):
    """The part of the rules' admin that a card's buttons reach."""

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons' addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:rule_id>/switch/", wrap(require_POST(self.switch_view)), name="distribution_rule_switch"),
            path("<int:rule_id>/resume/", wrap(require_POST(self.resume_view)), name="distribution_rule_resume"),
            *super().get_urls(),
        ]

    def switch_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Switch a rule on or off."""
        rule = self.changeable(request, rule_id)
        if rule.is_active:
            services.deactivate_rule(rule=rule)
            self.log_change(request, rule, _("switched off"))
            messages.success(
                request, _("The rule is switched off: it takes no further leads. What waits goes on waiting.")
            )
            return redirect(rules_url(rule.client_id))
        try:
            services.activate_rule(rule=rule, now=timezone.now())
        except RuleInvalid as error:
            messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
            return redirect("admin:distribution_rule_change", rule.pk)
        except RuleError as error:
            messages.error(request, str(error))
            return redirect("admin:distribution_rule_change", rule.pk)
        self.log_change(request, rule, _("switched on"))
        messages.success(request, _("The rule is switched on: it sends the leads that arrive from now on."))
        return redirect(rules_url(rule.client_id))

    def resume_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Let a paused rule send again."""
        rule = services.resume_rule(rule=self.changeable(request, rule_id))
        self.log_change(request, rule, _("resumed"))
        messages.success(request, _("The rule sends again, beginning with what waited."))
        return redirect(rules_url(rule.client_id))

    def changeable(self, request: HttpRequest, rule_id: int) -> Rule:
        """Give a rule that the person may change; 404 or 403 otherwise."""
        rule: Rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        return rule
