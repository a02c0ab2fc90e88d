"""The page Test send (שידור בדיקה) of a rule: the exact request, and an answer to point at."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from distribution import queries, services
from distribution.admin.rule_editor.answer_clicks import AnswerClicks, answer_url
from distribution.admin.rule_editor.tab import rules_url
from distribution.errors import RequestNotRenderable
from distribution.models import Rule, RuleVersion
from distribution.rules.outcome import explain


class TestSends(AnswerClicks):
    """The part of the rules' admin that sends tests."""

    __test__ = False

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.test_view)
        return [path("<int:rule_id>/test/", page, name="distribution_rule_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Show the exact request for a chosen lead; a POST sends it, and its answer is shown.

        `?attempt=` shows the answer of any attempt of the rule.
        """
        rule = self.changeable(request, rule_id)
        version = rule.draft_version or rule.live_version
        if version is None:
            raise Http404
        chosen = request.POST.get("lead") or request.GET.get("lead")
        leads = queries.recent_leads(rule.client)
        lead = next((lead for lead in leads if str(lead.pk) == chosen), None)
        context = self.admin_site.each_context(request) | {
            "title": _("Test send"),
            "rule": rule,
            "client": rule.client,
            "version": version,
            "leads": leads,
            "lead": lead,
            "rules_url": rules_url(rule.client_id),
            "samples": rule.samples.all(),
            "warnings": services.sample_warnings(rule=rule, version=version),
            "missing": services.what_is_missing(rule) if rule.draft_version else [],
        }
        try:
            if request.method == "POST":
                result = services.send_test(
                    version=version, lead=lead, now=timezone.now(), mail_to=_chosen_recipient(request)
                )
                return redirect(answer_url(rule.pk, result.attempt_id))
            context["preview"] = services.preview(version=version, lead=lead, now=timezone.now())
        except RequestNotRenderable as error:
            context["problem"] = error
        if attempt := request.GET.get("attempt"):
            context |= _answered(rule, version, attempt)
        return TemplateResponse(request, "distribution/rule_test.html", context)


def _chosen_recipient(request: HttpRequest) -> str:
    """Give the staff member's own address when the test mail is to come to them."""
    return str(getattr(request.user, "email", "")) if "to_me" in request.POST else ""


def _answered(rule: Rule, version: RuleVersion, text: str) -> dict[str, Any]:
    """Give an attempt and its answer; 404 when the rule has no such attempt."""
    try:
        attempt_id = UUID(text)
    except ValueError:
        raise Http404 from None
    attempt = queries.attempt_of_rule(rule, attempt_id)
    if attempt is None:
        raise Http404
    stored = queries.stored_answer(rule, attempt_id)
    exchange = queries.exchange_of(attempt)
    return {
        "steps": exchange.steps if exchange else None,
        "attempt": attempt,
        "explanation": explain(attempt.error_code) if attempt.error_code else "",
        "answer": queries.laid_out(stored, version) if stored else None,
    }
