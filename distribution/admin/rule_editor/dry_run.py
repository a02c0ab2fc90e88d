"""The panel “Would it take this lead?” of the rule editor: the rule as it is typed, and a lead chosen or typed."""

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution import queries, services
from distribution.admin.rule_editor.leads import LeadsSection
from distribution.admin.rule_editor.test_sends import TestSends
from distribution.models import Lead, Rule, Source
from distribution.queries.lead_facts import facts_of_lead
from distribution.rules.lead_draft import Entry, draft_lead
from distribution.rules.lead_facts import LeadFacts, facts_of_draft
from distribution.services.intake import agency_zone

_TYPED = ("name", "phone", "email", "city", "notes")


class TrialForm(forms.Form):
    """A lead to try: one that is here, or one that is typed."""

    lead = forms.IntegerField(label=_("number of a lead that is here"), required=False, min_value=1)
    source = forms.ModelChoiceField(
        label=_("source"), queryset=Source.objects.active(), required=False, empty_label=_("Choose…")
    )
    name = forms.CharField(label=_("name"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"})
    )
    email = forms.CharField(label=_("e-mail"), max_length=254, required=False, widget=forms.TextInput({"dir": "ltr"}))
    city = forms.CharField(label=_("city"), max_length=100, required=False)
    notes = forms.CharField(label=_("notes"), max_length=10_000, required=False)
    further = forms.CharField(
        label=_("further fields"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("One line each: name = value"),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a lead that is there, or for a source."""
        cleaned = super().clean() or {}
        if number := cleaned.get("lead"):
            if not Lead.objects.real().filter(pk=min(number, 2**62)).exists():
                self.add_error("lead", _("There is no lead with this number. Take it from the lead's page."))
        elif not cleaned.get("source"):
            self.add_error("source", _("Choose the source that the lead comes from."))
        return cleaned

    def facts(self) -> LeadFacts:
        """Give the lead of the valid form, read as at every door."""
        data = self.cleaned_data
        if data["lead"]:
            return facts_of_lead(Lead.objects.select_related("source").get(pk=data["lead"]))
        matched = [(name, Entry(name, data[name])) for name in _TYPED if data[name]]
        for line in data["further"].splitlines():
            name, _equals, value = line.partition("=")
            if name.strip():
                matched.append(("data", Entry(name.strip(), value.strip())))
        draft = draft_lead(matched, zone=agency_zone())
        source = data["source"]
        return facts_of_draft(draft, source_id=source.pk, source_name=source.name, received_at=timezone.now())


class DryRuns(TestSends):
    """The part of the rules' admin that tries leads."""

    def get_urls(self) -> list[URLPattern]:
        """Add the panel."""
        panel = self.admin_site.admin_view(require_POST(self.dry_run_view))
        return [path("try/<int:client_id>/", panel, name="distribution_rule_try"), *super().get_urls()]

    def dry_run_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Say which rules would take the lead, this one as it is typed; nothing is saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        client = get_object_or_404(User.objects.clients(), pk=client_id)
        number = request.POST.get("trial-rule", "")
        rule = None
        if number.isdecimal() and len(number) < 18:
            rule = get_object_or_404(Rule.objects.filter(client=client), pk=int(number))
        trial = TrialForm(request.POST, prefix="trial")
        section = LeadsSection(request.POST, rule=rule, version=None, user=cast(User, request.user))
        context: dict[str, Any] = {"trial": trial}
        if not section.is_valid():
            context["has_wrong_conditions"] = True
        elif trial.is_valid():
            tried = services.TriedRule(rule=rule, client=client, part=section.selection_part(), **section.said())
            name = request.POST.get("name", "")[:100]
            unsaved = Rule(name=name, client=client)
            context["said"] = queries.rules_said(services.try_lead(trial.facts(), tried), unsaved=unsaved)
        is_panel = request.headers.get("X-Requested-With") == "fetch"
        template = "distribution/rule_trial.html" if is_panel else "distribution/rule_trial_page.html"
        page = {} if is_panel else self.admin_site.each_context(request) | {"title": _("Would it take this lead?")}
        return TemplateResponse(request, template, page | context)
