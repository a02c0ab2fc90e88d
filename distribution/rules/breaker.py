"""The breaker: a destination that only fails is paused, and tried with one delivery at a time until it answers.

Decided from values alone. A destination fails when its attempts come to nothing through it (no connection, no answer
in time, a 5xx, credentials it does not take); a lead that it accepts or refuses shows that it works.
Source: reliability.md, “Delivery”.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from distribution.choices import AttemptOutcome, PauseReason, RuleEventKind
from distribution.rules.outcome import BROKEN_OFF, CUT_OFF, OUTCOME_UNKNOWN, Verdict


class Sign(Enum):
    """What one attempt says about its destination."""

    WORKS = "works"
    FAILS = "fails"
    GONE = "gone"
    NOTHING = "nothing"


# A person is asked about each of these, and each says that the next delivery would fare no better.
_HELD_BY_DESTINATION = {
    "unauthorized", "forbidden", "not_found", "redirected", "tls_failed", "address_refused", "url_refused",
    "bad_response", "too_many_headers", "credentials_unreadable", "token_refused", "token_missing",
    "mail_recipient_refused", "mail_sender_refused", "mail_login_refused", "mail_encryption_failed",
    "mail_server_refused",
}  # fmt: skip
_UNKNOWN = {BROKEN_OFF, OUTCOME_UNKNOWN}
_OURS = {"internal_error", CUT_OFF}


@dataclass(frozen=True, slots=True)
class Limits:
    """When the breaker pauses, and the pauses between its probes, in seconds; the last one goes on for ever."""

    failures: int = 10
    after_s: float = 60.0
    probe_s: Sequence[float] = (60.0, 120.0, 300.0, 600.0, 1_800.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a destination fares. `pause` is empty or a `PauseReason`; `probe_in_s` says when the next probe is due."""

    failures: int = 0
    failing_since: datetime | None = None
    pause: str = ""
    probes: int = 0
    probe_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One attempt's sign, what it came to, and whether it was sent to try a paused destination."""

    sign: Sign
    code: str
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Something that staff are told: the rule was paused or resumed, why, and by which outcome."""

    kind: RuleEventKind
    reason: str
    code: str


def sign_of(verdict: Verdict) -> Sign:
    """Give what an attempt says about its destination."""
    if verdict.pauses_rule:
        return Sign.GONE
    if verdict.outcome in {AttemptOutcome.ACCEPTED, AttemptOutcome.REFUSED}:
        return Sign.WORKS
    if verdict.code in _OURS:
        return Sign.NOTHING
    if verdict.outcome == AttemptOutcome.RETRY or verdict.code in _UNKNOWN | _HELD_BY_DESTINATION:
        return Sign.FAILS
    return Sign.NOTHING


def observe(
    standing: Standing, observations: Iterable[Observation], *, now: datetime, limits: Limits
) -> tuple[Standing, list[Change]]:
    """Give how a destination fares after some attempts, in their order, and what staff are to be told."""
    changes: list[Change] = []
    for observation in observations:
        standing, change = _observe_one(standing, observation, now, limits)
        if change is not None:
            changes.append(change)
    return standing, changes


def _observe_one(
    standing: Standing, seen: Observation, now: datetime, limits: Limits
) -> tuple[Standing, Change | None]:
    if seen.sign is Sign.GONE:
        if standing.pause in {PauseReason.GONE, PauseReason.STAFF}:
            return standing, None
        return Standing(pause=PauseReason.GONE), Change(RuleEventKind.PAUSED, PauseReason.GONE, seen.code)
    if seen.sign is Sign.WORKS:
        if standing.pause == PauseReason.FAILING:
            return Standing(), Change(RuleEventKind.RESUMED, PauseReason.FAILING, seen.code)
        return Standing(pause=standing.pause), None
    if seen.sign is Sign.FAILS:
        return _after_failure(standing, seen, now, limits)
    # Nothing was learnt; a probe that said nothing is followed by the next as if it had failed.
    return (_probed(standing, limits), None) if seen.is_probe else (standing, None)


def _after_failure(
    standing: Standing, seen: Observation, now: datetime, limits: Limits
) -> tuple[Standing, Change | None]:
    since = standing.failing_since or now
    failing = replace(standing, failures=standing.failures + 1, failing_since=since)
    if standing.pause:
        return (_probed(failing, limits) if seen.is_probe else failing), None
    if failing.failures < limits.failures or (now - since).total_seconds() < limits.after_s:
        return failing, None
    paused = replace(failing, pause=PauseReason.FAILING, probes=0, probe_in_s=limits.probe_s[0])
    return paused, Change(RuleEventKind.PAUSED, PauseReason.FAILING, seen.code)


def _probed(standing: Standing, limits: Limits) -> Standing:
    """Give the standing after a probe that did not succeed; another pause than the breaker's has no probes."""
    if standing.pause != PauseReason.FAILING:
        return standing
    probes = standing.probes + 1
    return replace(standing, probes=probes, probe_in_s=limits.probe_s[min(probes, len(limits.probe_s) - 1)])
