"""Which rules took a lead and why each other one did not, as the lead's page and the dry run show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from distribution.choices import SourcesMode
from distribution.models import Lead, MatchReport, Rule
from distribution.rules.match_words import explain_verdict

UNSAVED = -1


@dataclass(frozen=True, kw_only=True)
class RuleSaid:
    """What one rule said. Without a rule it is said of all of them. `earlier_lead_id` is that of a repeat."""

    rule: Rule | None
    takes: bool
    code: str
    text: str
    earlier_lead_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class MatchStory:
    """What the rules for the lead's source said, and how many others there are that were not asked."""

    said: list[RuleSaid]
    is_repeat: bool = False
    other_sources: int = 0
    by_hand_only: int = 0
    switched_off: int = 0


def match_story(lead: Lead) -> MatchStory:
    """Give what is kept about the matching of a lead. The rules that were not asked are counted as they are now."""
    report = MatchReport.objects.filter(lead=lead).first()
    others = Rule.objects.filter(deleted_at__isnull=True).aggregate(
        other_sources=Count(
            "pk",
            filter=Q(is_active=True, sources_mode=SourcesMode.SOME)
            & ~Q(pk__in=Rule.objects.filter(sources=lead.source_id or 0)),
        ),
        by_hand_only=Count("pk", filter=Q(is_active=True, sources_mode=SourcesMode.MANUAL)),
        switched_off=Count("pk", filter=Q(is_active=False)),
    )
    return MatchStory(
        said=rules_said(report.verdicts if report else []), is_repeat=bool(report and report.is_repeat), **others
    )


def rules_said(verdicts: Iterable[Mapping[str, Any]], *, unsaved: Rule | None = None) -> list[RuleSaid]:
    """Give verdicts in words; those that took the lead come first. One query.

    `unsaved` is a rule that is being written: it stands for the id `UNSAVED`.
    """
    stored = list(verdicts)
    named = {said.get("rule") or 0 for said in stored} | {said.get("by") or 0 for said in stored}
    rules = Rule.objects.select_related("client").in_bulk(sorted(named))
    if unsaved is not None:
        rules[UNSAVED] = unsaved

    def rule_name(rule_id: int) -> str:
        return rules[rule_id].name if rule_id in rules else _("another rule")

    found = [
        RuleSaid(
            rule=rules.get(said.get("rule") or 0),
            takes=bool(said.get("takes")),
            code=str(said.get("code", "")),
            text=explain_verdict(said, rule_name=rule_name),
            earlier_lead_id=(said.get("repeat") or said).get("lead") or None,
        )
        for said in stored
    ]
    return sorted(found, key=lambda said: not said.takes)
