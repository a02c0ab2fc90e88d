"""The page of the rule editor, shown in the same way wherever what it shows comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from distribution import queries
from distribution.admin.rule_editor.backlog_texts import tell_versions
from distribution.admin.rule_editor.dry_run import DryRuns, TrialForm
from distribution.admin.rule_editor.sections import Sections
from distribution.admin.rule_editor.tab import rules_url
from distribution.models import Rule

if TYPE_CHECKING:
    from distribution.admin.rule_editor.pasting import PasteForm


class EditorPage(DryRuns):
    """The part of the rules' admin that shows the editor."""

    def show(
        self,
        request: HttpRequest,
        rule: Rule | None,
        client: User,
        sections: Sections,
        *,
        paste: "PasteForm",
        notes: Sequence[str | Promise] = (),
    ) -> HttpResponse:
        """Show the editor; `notes` are what is to be checked in what it was filled in with."""
        context = self.admin_site.each_context(request) | {
            "title": rule.name if rule else _("New transmission rule"),
            "opts": self.opts,
            "rule": rule,
            "client": client,
            "sections": sections,
            "paste": paste,
            "notes": notes,
            "leads": queries.recent_leads(client),
            "sample_lead": request.POST.get("sample_lead", ""),
            "trial": TrialForm(prefix="trial"),
            "rules_url": rules_url(client.pk),
            "waits": tell_versions(queries.backlog_of_rule(rule.pk)) if rule and rule.live_version_id else "",
        }
        return TemplateResponse(request, "admin/distribution/rule/editor.html", context)
