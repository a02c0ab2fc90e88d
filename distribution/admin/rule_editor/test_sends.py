"""The page Test send (שידור בדיקה) of a rule."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from distribution import queries, services
from distribution.admin.rule_editor.card_buttons import CardButtons
from distribution.admin.rule_editor.tab import rules_url
from distribution.errors import RequestNotRenderable


class TestSends(CardButtons):
    """The part of the rules' admin that sends tests."""

    __test__ = False

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.test_view)
        return [path("<int:rule_id>/test/", page, name="distribution_rule_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Show the exact request for a chosen lead; a POST sends it and shows the answer."""
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
        }
        try:
            if request.method == "POST":
                context["result"] = services.send_test(
                    version=version, lead=lead, now=timezone.now(), mail_to=_chosen_recipient(request)
                )
                rule.refresh_from_db()  # whether it passed
            context["preview"] = services.preview(version=version, lead=lead, now=timezone.now())
        except RequestNotRenderable as error:
            context["problem"] = error
        context["missing"] = services.what_is_missing(rule) if rule.draft_version else []
        return TemplateResponse(request, "distribution/rule_test.html", context)


def _chosen_recipient(request: HttpRequest) -> str:
    """Give the staff member's own address when the test mail is to come to them."""
    return str(getattr(request.user, "email", "")) if "to_me" in request.POST else ""
