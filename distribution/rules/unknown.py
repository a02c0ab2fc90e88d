"""What follows an attempt of which nobody knows whether it arrived, by the rule's own wish."""

from distribution.choices import AfterUnknown, DeliveryState
from distribution.rules.outcome import OUTCOME_UNKNOWN, Verdict


def follow_up(verdict: Verdict, *, after_unknown: str) -> Verdict:
    """Give the verdict of an attempt as the rule wants it followed up.

    A rule that holds what is unknown holds what broke off, was cut off, or got no answer in time: its client's
    system does not know the idempotency key, and a repeat would be a second lead.
    """
    is_unknown = verdict.outcome is None or verdict.code == "timeout"
    if after_unknown == AfterUnknown.HOLD and is_unknown:
        return Verdict(verdict.outcome, DeliveryState.HELD, OUTCOME_UNKNOWN)
    return verdict
