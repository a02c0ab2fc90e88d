"""What a person makes by pointing at an answer: response rules, the client's own ID, samples."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import services
from distribution.admin.rule_editor.card_buttons import CardButtons
from distribution.choices import AnswerMeaning, SampleKind
from distribution.errors import RuleError
from distribution.models import Rule

REFERENCE = "reference"
REASON = "reason"


def answer_url(rule_id: int, attempt_id: UUID) -> str:
    """Give the address at which an attempt's answer can be pointed at."""
    return f"{reverse('admin:distribution_rule_test', args=[rule_id])}?attempt={attempt_id}#answer"


class AnswerClicks(CardButtons):
    """The part of the rules' admin that an answer's buttons reach."""

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons' addresses."""
        wrap = self.admin_site.admin_view
        answer = "<int:rule_id>/answers/<uuid:attempt_id>/"
        return [
            path(f"{answer}mean/", wrap(require_POST(self.mean_view)), name="distribution_rule_mean"),
            path(f"{answer}keep/", wrap(require_POST(self.keep_view)), name="distribution_rule_keep"),
            path(
                "<int:rule_id>/samples/<int:sample_id>/remove/",
                wrap(require_POST(self.remove_sample_view)),
                name="distribution_rule_remove_sample",
            ),
            *super().get_urls(),
        ]

    def mean_view(self, request: HttpRequest, rule_id: int, attempt_id: UUID) -> HttpResponse:
        """Make a response rule or a capture of the place that was chosen."""
        rule = self.changeable(request, rule_id)
        part, _colon, place = request.POST.get("choice", "").partition(":")
        meaning = request.POST.get("meaning", "")
        try:
            said = self._make(request, rule, attempt_id, part, place, meaning)
        except RuleError as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, rule, said)
            messages.success(request, said)
            self.warn_of_samples(request, rule)
        return redirect(answer_url(rule_id, attempt_id))

    def _make(self, request: HttpRequest, rule: Rule, attempt_id: UUID, part: str, place: str, meaning: str) -> str:
        by = request.user if isinstance(request.user, User) else None
        if meaning == REFERENCE:
            services.add_capture(rule=rule, attempt_id=attempt_id, part=part, place=place, by=by, now=timezone.now())
            return _("The draft now takes the client's own ID from this place.")
        made = services.add_response_rule(
            rule=rule,
            attempt_id=attempt_id,
            part=part,
            place=place,
            meaning=AnswerMeaning.REFUSED if meaning == REASON else meaning,
            is_reason=meaning == REASON,
            by=by,
            now=timezone.now(),
        )
        return _("Response rule added to the draft: such an answer means “%(meaning)s”.") % {
            "meaning": made.get_meaning_display()
        }

    def keep_view(self, request: HttpRequest, rule_id: int, attempt_id: UUID) -> HttpResponse:
        """Keep the answer as an example of success or failure."""
        rule = self.changeable(request, rule_id)
        kind = SampleKind.SUCCESS if request.POST.get("kind") == SampleKind.SUCCESS else SampleKind.FAILURE
        by = request.user if isinstance(request.user, User) else None
        try:
            services.keep_sample(rule=rule, attempt_id=attempt_id, kind=kind, by=by, now=timezone.now())
        except RuleError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The answer is kept: the response rules are checked against it at each edit."))
            self.warn_of_samples(request, rule)
        return redirect(answer_url(rule_id, attempt_id))

    def remove_sample_view(self, request: HttpRequest, rule_id: int, sample_id: int) -> HttpResponse:
        """Forget an example."""
        rule = self.changeable(request, rule_id)
        services.remove_sample(rule=rule, sample_id=sample_id)
        messages.success(request, _("The sample was removed."))
        return redirect("admin:distribution_rule_test", rule.pk)

    def warn_of_samples(self, request: HttpRequest, rule: Rule) -> None:
        """Say what the rule reads otherwise than its samples were kept for."""
        rule.refresh_from_db()
        for warning in services.sample_warnings(rule=rule, version=rule.draft_version or rule.live_version):
            messages.warning(request, str(warning))
