"""The page Versions of a rule: what each one changed, and the way back to it."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import services
from distribution.admin.rule_editor.card_buttons import CardButtons
from distribution.admin.rule_editor.tab import asking_url, rules_url
from distribution.models import RuleVersion
from distribution.queries.versions import differences, version_stories


class ComparisonForm(forms.Form):
    """Two versions of a rule, by their numbers."""

    before = forms.ChoiceField(label=gettext_lazy("changes from version"))
    after = forms.ChoiceField(label=gettext_lazy("to version"))

    def __init__(self, versions: Sequence[RuleVersion], data: Any) -> None:
        super().__init__(data, initial={"before": versions[-1].number, "after": versions[0].number} if versions else {})
        self._by_number = {str(version.number): version for version in versions}
        choices = [(number, _("Version %(number)s") % {"number": number}) for number in self._by_number]
        for field in self.fields.values():
            cast(forms.ChoiceField, field).choices = choices

    def chosen(self) -> tuple[RuleVersion, RuleVersion]:
        """Give the two versions of the valid form."""
        return self._by_number[self.cleaned_data["before"]], self._by_number[self.cleaned_data["after"]]


class Versions(CardButtons):
    """The part of the rules' admin that shows versions and goes back to one."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page and its button."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:rule_id>/versions/", wrap(self.versions_view), name="distribution_rule_versions"),
            path(
                "<int:rule_id>/versions/<int:number>/restore/",
                wrap(require_POST(self.restore_view)),
                name="distribution_rule_restore",
            ),
            *super().get_urls(),
        ]

    def versions_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Show a rule's versions, newest first, each with what it changed; `?before=1&after=3` compares any two."""
        rule = self.changeable(request, rule_id)
        stories = version_stories(rule)
        versions = [story.version for story in stories]
        comparing = ComparisonForm(versions, request.GET if "before" in request.GET else None)
        context = self.admin_site.each_context(request) | {
            "title": _("Versions"),
            "rule": rule,
            "client": rule.client,
            "stories": stories,
            "comparing": comparing,
            "differences": differences(*comparing.chosen()) if comparing.is_valid() else None,
            "rules_url": rules_url(rule.client_id),
        }
        return TemplateResponse(request, "distribution/versions.html", context)

    def restore_view(self, request: HttpRequest, rule_id: int, number: int) -> HttpResponse:
        """Make an earlier version the draft; it goes live like every draft."""
        rule = self.changeable(request, rule_id)
        version = get_object_or_404(rule.versions, number=number)
        by = request.user if isinstance(request.user, User) else None
        draft = services.restore_version(rule=rule, version=version, by=by, now=timezone.now())
        said = _("version %(draft)d made from version %(number)d") % {"draft": draft.number, "number": number}
        self.log_change(request, rule, said)
        messages.success(
            request, _("Version %(number)d is the draft now. It counts once you activate it.") % {"number": number}
        )
        return redirect(asking_url(rule))
