"""When a destination is paused, tried, and let go on: every case a row."""

from datetime import UTC, datetime, timedelta

import pytest

from distribution.choices import AttemptOutcome, DeliveryState
from distribution.rules.breaker import Limits, Observation, Sign, Standing, observe, sign_of
from distribution.rules.outcome import _BY_ERROR, OUTCOME_UNKNOWN, Verdict, cut_off, judge
from distribution.rules.unknown import follow_up

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIMITS = Limits(failures=3, after_s=60, probe_s=(10, 20, 40))
WORKS, FAILS, GONE, NOTHING = (Observation(sign, "code") for sign in (Sign.WORKS, Sign.FAILS, Sign.GONE, Sign.NOTHING))
FAILED_PROBE, GOOD_PROBE, SILENT_PROBE = (
    Observation(sign, "code", is_probe=True) for sign in (Sign.FAILS, Sign.WORKS, Sign.NOTHING)
)


def since(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


PAUSED = Standing(failures=5, failing_since=since(300), pause="failing")
GONE_PAUSE = Standing(pause="gone")
BY_STAFF = Standing(pause="staff")


@pytest.mark.parametrize(
    ("before", "seen", "after", "told"),
    [
        # working
        (Standing(), [WORKS], Standing(), []),
        (Standing(failures=2, failing_since=since(90)), [WORKS], Standing(), []),
        (Standing(), [NOTHING], Standing(), []),
        # failing: often enough AND long enough
        (Standing(), [FAILS], Standing(1, NOW), []),
        (Standing(), [FAILS] * 9, Standing(9, NOW), []),
        (Standing(1, since(3600)), [FAILS], Standing(2, since(3600)), []),
        (Standing(2, since(59)), [FAILS], Standing(3, since(59)), []),
        (Standing(2, since(60)), [FAILS], Standing(3, since(60), "failing", 0, 10), [("paused", "failing")]),
        (Standing(2, since(60)), [WORKS, FAILS], Standing(1, NOW), []),
        (Standing(2, since(60)), [NOTHING, FAILS], Standing(3, since(60), "failing", 0, 10), [("paused", "failing")]),
        (Standing(2, since(60)), [FAILS, WORKS], Standing(), [("paused", "failing"), ("resumed", "failing")]),
        # paused: what was still under way says nothing new, a probe does
        (PAUSED, [FAILS], Standing(6, since(300), "failing"), []),
        (PAUSED, [FAILED_PROBE], Standing(6, since(300), "failing", 1, 20), []),
        (Standing(6, since(300), "failing", 1), [FAILED_PROBE], Standing(7, since(300), "failing", 2, 40), []),
        (Standing(9, since(300), "failing", 7), [FAILED_PROBE], Standing(10, since(300), "failing", 8, 40), []),
        (PAUSED, [SILENT_PROBE], Standing(5, since(300), "failing", 1, 20), []),
        (PAUSED, [GOOD_PROBE], Standing(), [("resumed", "failing")]),
        (PAUSED, [WORKS], Standing(), [("resumed", "failing")]),
        # gone: a person is asked, and nothing ends it by itself
        (Standing(), [GONE], GONE_PAUSE, [("paused", "gone")]),
        (Standing(2, since(60)), [GONE], GONE_PAUSE, [("paused", "gone")]),
        (PAUSED, [GONE], GONE_PAUSE, [("paused", "gone")]),
        (GONE_PAUSE, [GONE], GONE_PAUSE, []),
        (GONE_PAUSE, [WORKS], GONE_PAUSE, []),
        # staff paused it: nothing but staff ends it
        (BY_STAFF, [GONE], BY_STAFF, []),
        (BY_STAFF, [WORKS], BY_STAFF, []),
        (Standing(2, since(60), "staff"), [FAILS], Standing(3, since(60), "staff"), []),
        (Standing(2, since(60), "staff"), [FAILED_PROBE], Standing(3, since(60), "staff"), []),
    ],
)
def test_what_attempts_show_decides_whether_the_rule_goes_on(
    before: Standing, seen: list[Observation], after: Standing, told: list[tuple[str, str]]
) -> None:
    standing, changes = observe(before, seen, now=NOW, limits=LIMITS)
    assert standing == after
    assert [(change.kind, change.reason) for change in changes] == told


@pytest.mark.parametrize(
    ("status", "error", "sign"),
    [
        *[(status, "", Sign.WORKS) for status in (200, 204, 400, 409, 422)],
        *[(status, "", Sign.FAILS) for status in (301, 401, 403, 404, 408, 429, 500, 503)],
        (410, "", Sign.GONE),
        (600, "", Sign.NOTHING),
        *[
            (None, error, Sign.FAILS)
            for error in ("connect_failed", "dns_failed", "timeout", "tls_failed", "broken_off", "bad_response")
        ],
        (None, "credentials_unreadable", Sign.FAILS),
        (None, "internal_error", Sign.NOTHING),
    ],
)
def test_an_answer_says_something_about_its_destination(status: int | None, error: str, sign: Sign) -> None:
    verdict = judge(status=status, error_code=error, attempts_made=1, backoff_s=[5], jitter=0.5)
    assert sign_of(verdict) is sign
    last = judge(status=status, error_code=error, attempts_made=9, backoff_s=[5], jitter=0.5)
    assert sign_of(last) is sign


@pytest.mark.parametrize("code", sorted(_BY_ERROR))
def test_every_failure_says_something_but_our_own(code: str) -> None:
    verdict = judge(status=None, error_code=code, attempts_made=1, backoff_s=[5], jitter=0.5)
    assert (sign_of(verdict) is Sign.NOTHING) is (code == "internal_error")


def test_what_we_cut_off_says_nothing() -> None:
    assert sign_of(cut_off()) is Sign.NOTHING


@pytest.mark.parametrize(
    ("status", "error", "is_held"),
    [(None, "broken_off", True), (None, "timeout", True), (None, "connect_failed", False), (500, "", False)],
)
def test_a_rule_that_holds_what_is_unknown_holds_that_and_nothing_else(
    status: int | None, error: str, is_held: bool
) -> None:
    verdict = judge(status=status, error_code=error, attempts_made=1, backoff_s=[5], jitter=0.5)
    assert follow_up(verdict, after_unknown="retry") == verdict
    held = follow_up(verdict, after_unknown="hold")
    assert held == (Verdict(verdict.outcome, DeliveryState.HELD, OUTCOME_UNKNOWN) if is_held else verdict)
    if is_held:
        assert sign_of(held) is Sign.FAILS


def test_what_we_cut_off_is_held_too() -> None:
    assert follow_up(cut_off(), after_unknown="hold").state == DeliveryState.HELD
    accepted = Verdict(AttemptOutcome.ACCEPTED, DeliveryState.ACCEPTED, "accepted_not_verified")
    assert follow_up(accepted, after_unknown="hold") == accepted
