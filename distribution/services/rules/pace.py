"""The part of a rule's draft that says how fast it may send and what follows doubt."""

from dataclasses import dataclass

from distribution.choices import AfterUnknown, RatePeriod
from distribution.models import Rule, RuleVersion


@dataclass(frozen=True, kw_only=True)
class Pace:
    """At most `rate_limit` requests (None: no limit) in any `rate_period` seconds; what follows an unknown outcome."""

    rate_limit: int | None = None
    rate_period: int = RatePeriod.MINUTE
    after_unknown: str = AfterUnknown.RETRY

    def fill(self, rule: Rule, version: RuleVersion) -> None:
        """Put it into the rule; it holds at once, also for what waits already."""
        rule.rate_limit, rule.rate_period, rule.after_unknown = self.rate_limit, self.rate_period, self.after_unknown

    def write(self, rule: Rule, version: RuleVersion) -> None:
        """Nothing has rows of its own."""
