"""The part Which leads: conditions, hours, caps, repeats, and the rule's place among others."""

from dataclasses import dataclass, field

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from distribution.choices import DeliveryState, MatchCode
from distribution.engine.wakeup import wake_transmitters
from distribution.errors import RuleInvalid
from distribution.models import CapTally, Delivery, Rule, RuleVersion
from distribution.queries import clock
from distribution.rules.selection import Selection, compile_selection
from distribution.rules.selection_check import find_selection_problems
from distribution.services.places import place_anew

HIGHEST_PRIORITY, LOWEST_PRIORITY = 1, 99
LARGEST_WEIGHT = 1_000


@dataclass(frozen=True, kw_only=True)
class SelectionPart:
    """Which leads the rule takes beside their sources. It belongs to the rule: saving changes it at once."""

    selection: Selection = field(default_factory=Selection)
    priority: int = 5
    is_exclusive: bool = False
    weight: int = 1

    def fill(self, rule: Rule, version: RuleVersion) -> None:
        """Put it into the rule; a change makes a new revision. Raises `RuleInvalid`."""
        problems = find_selection_problems(self.selection)
        if not HIGHEST_PRIORITY <= self.priority <= LOWEST_PRIORITY or not 1 <= self.weight <= LARGEST_WEIGHT:
            problems.append(_("Priority and share are numbers from 1 on."))
        if problems:
            raise RuleInvalid({"selection": problems})
        stored = self.selection.as_json()
        if stored != rule.selection:
            # Never a number that the rule had before: what was compiled for it is kept by other processes.
            rule.selection_revision = int(clock.database_now().timestamp() * 1_000_000) if stored else 0
        rule.selection = stored
        rule.priority, rule.is_exclusive, rule.weight = self.priority, self.is_exclusive, self.weight

    def write(self, rule: Rule, version: RuleVersion) -> None:
        """Count anew for changed caps, and let what waits for hours or caps that are no more be due."""
        waiting = Delivery.objects.filter(rule=rule, state=DeliveryState.WAITING)
        # The transmit loop asks again whether it is open and lets them wait for the new opening.
        waiting.filter(outcome_code=MatchCode.WAITS_FOR_HOURS).update(due_at=Now(), outcome_code="")
        if self.selection.caps:
            place_anew(rule.pk, compile_selection(self.selection, client_zone=rule.client.time_zone))
        else:
            CapTally.objects.filter(rule=rule).delete()
            waiting.filter(outcome_code=MatchCode.WAITS_FOR_CAP).update(due_at=Now(), outcome_code="")
        wake_transmitters()
