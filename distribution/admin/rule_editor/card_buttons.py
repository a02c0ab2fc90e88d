"""What the buttons of a rule's card do."""

from datetime import UTC, datetime
from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import queries, services
from distribution.admin.rule_editor.backlog_texts import tell_versions
from distribution.admin.rule_editor.tab import asking_url, rules_url
from distribution.errors import DraftChanged, RuleError, RuleInvalid
from distribution.models import Rule


class CardButtons(admin.ModelAdmin):
    """The part of the rules' admin that a card's buttons reach."""

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons' addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:rule_id>/switch/", wrap(require_POST(self.switch_view)), name="distribution_rule_switch"),
            path("<int:rule_id>/activate/", wrap(require_POST(self.activate_view)), name="distribution_rule_activate"),
            path("<int:rule_id>/discard/", wrap(require_POST(self.discard_view)), name="distribution_rule_discard"),
            path("<int:rule_id>/resume/", wrap(require_POST(self.resume_view)), name="distribution_rule_resume"),
            *super().get_urls(),
        ]

    def switch_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Switch a rule on or off; what was never live, or changed since, asks first whether to test it."""
        rule = self.changeable(request, rule_id)
        if rule.is_active:
            services.deactivate_rule(rule=rule)
            self.log_change(request, rule, _("switched off"))
            messages.success(
                request, _("The rule is switched off: it takes no further leads. What waits goes on waiting.")
            )
            return redirect(rules_url(rule.client_id))
        if rule.draft_version is not None:
            return redirect(asking_url(rule))
        return self._switch_on(request, rule, _("switched on"))

    def activate_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Make the draft live as the person saw it; history says who, which version, and whether it was tested."""
        rule = self.changeable(request, rule_id)
        draft = rule.draft_version
        if draft is None:
            messages.info(request, _("Everything in this rule is live already."))
            return redirect(rules_url(rule.client_id))
        said = (
            _("version %(number)d activated after a passed test")
            if draft.tested_at
            else _("version %(number)d activated without a test")
        )
        return self._switch_on(request, rule, said % {"number": draft.number}, seen=_moment(request.POST.get("seen")))

    def _switch_on(self, request: HttpRequest, rule: Rule, said: str, *, seen: datetime | None = None) -> HttpResponse:
        try:
            services.activate_rule(rule=rule, now=timezone.now(), seen=seen)
        except DraftChanged as error:
            messages.error(request, str(error))
            return redirect(asking_url(rule))
        except RuleInvalid as error:
            messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
            return redirect("admin:distribution_rule_change", rule.pk)
        except RuleError as error:
            messages.error(request, str(error))
            return redirect("admin:distribution_rule_change", rule.pk)
        self.log_change(request, rule, said)
        said = _("The rule is switched on: it sends the leads that arrive from now on.")
        messages.success(request, f"{said} {tell_versions(queries.backlog_of_rule(rule.pk))}".strip())
        return redirect(rules_url(rule.client_id))

    def discard_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Give up the changes that are not live yet."""
        rule = services.discard_draft(rule=self.changeable(request, rule_id))
        self.log_change(request, rule, _("changes discarded"))
        messages.success(request, _("The changes were discarded: the rule stays as it sends now."))
        return redirect(rules_url(rule.client_id))

    def resume_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Let a paused rule send again."""
        rule = services.resume_rule(rule=self.changeable(request, rule_id), by=cast(User, request.user))
        self.log_change(request, rule, _("resumed"))
        messages.success(request, _("The rule sends again, beginning with what waited."))
        return redirect(rules_url(rule.client_id))

    def changeable(self, request: HttpRequest, rule_id: int) -> Rule:
        """Give a rule that the person may change; 404 or 403 otherwise."""
        rule: Rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        return rule


def _moment(text: str | None) -> datetime | None:
    """Read the moment that a page carried; one that nobody wrote is like one of long ago."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
