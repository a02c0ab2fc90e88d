"""Every row of design.md's default answers."""

import pytest

from distribution.choices import AttemptOutcome, DeliveryState
from distribution.rules.outcome import EXPLANATIONS, Verdict, cut_off, explain, judge

BACKOFF = [5, 300, 1_800]
ACCEPTED, REFUSED, HELD, RETRY = (
    AttemptOutcome.ACCEPTED,
    AttemptOutcome.REFUSED,
    AttemptOutcome.HELD,
    AttemptOutcome.RETRY,
)


def verdict(status: int | None, error_code: str = "", *, attempts_made: int = 1, **given: float) -> Verdict:
    return judge(
        status=status, error_code=error_code, attempts_made=attempts_made, backoff_s=BACKOFF, jitter=0.5, **given
    )


@pytest.mark.parametrize(
    ("status", "outcome", "state", "code"),
    [
        *[(status, ACCEPTED, DeliveryState.ACCEPTED, "accepted_not_verified") for status in (200, 201, 202, 204, 299)],
        *[(status, REFUSED, DeliveryState.REFUSED, "refused_by_status") for status in (400, 409, 422)],
        (401, HELD, DeliveryState.HELD, "unauthorized"),
        (403, HELD, DeliveryState.HELD, "forbidden"),
        (404, HELD, DeliveryState.HELD, "not_found"),
        (410, HELD, DeliveryState.HELD, "gone"),
        *[(status, HELD, DeliveryState.HELD, "redirected") for status in (300, 301, 302, 303, 304, 307, 308)],
        *[(status, RETRY, DeliveryState.WAITING, "client_busy") for status in (408, 425, 429)],
        *[(status, RETRY, DeliveryState.WAITING, "client_failed") for status in (500, 502, 503, 504, 599)],
        *[
            (status, HELD, DeliveryState.HELD, "unexpected_status")
            for status in (99, 100, 402, 405, 418, 451, 600, 999)
        ],
    ],
)
def test_a_status_leads_to(status: int, outcome: AttemptOutcome, state: DeliveryState, code: str) -> None:
    found = verdict(status)
    assert (found.outcome, found.state, found.code) == (outcome, state, code)
    assert found.pauses_rule is (status == 410)
    assert (found.delay_s is not None) is (state == DeliveryState.WAITING)


@pytest.mark.parametrize(
    ("error", "outcome", "state"),
    [
        *[
            (code, RETRY, DeliveryState.WAITING)
            for code in ("connect_failed", "dns_failed", "timeout", "internal_error")
        ],
        *[
            (code, HELD, DeliveryState.HELD)
            for code in (
                "tls_failed",
                "address_refused",
                "url_refused",
                "bad_response",
                "too_many_headers",
                "credentials_unreadable",
            )
        ],
        ("broken_off", None, DeliveryState.WAITING),
    ],
)
def test_a_failure_of_the_wire_leads_to(error: str, outcome: AttemptOutcome | None, state: DeliveryState) -> None:
    found = verdict(None, error)
    assert (found.outcome, found.state, found.code) == (outcome, state, error)


@pytest.mark.parametrize(("attempts_made", "delay"), [(1, 5), (2, 300), (3, 1_800)])
def test_attempts_are_spaced_by_the_list(attempts_made: int, delay: float) -> None:
    assert verdict(503, attempts_made=attempts_made).delay_s == delay


@pytest.mark.parametrize(("status", "error"), [(503, ""), (None, "timeout"), (None, "broken_off")])
def test_after_the_last_attempt_it_is_given_up_with_the_last_reason(status: int | None, error: str) -> None:
    found = verdict(status, error, attempts_made=4)
    assert (found.state, found.delay_s) == (DeliveryState.GAVE_UP, None)
    assert found.code in {"client_failed", "timeout", "broken_off"}


@pytest.mark.parametrize(
    ("retry_after", "delay"), [(None, 5), (1, 5), (0, 5), (60, 60), (86_400, 86_400), (10_000_000, 86_400)]
)
def test_retry_after_can_only_delay_and_is_capped(retry_after: float | None, delay: float) -> None:
    found = judge(status=429, error_code="", attempts_made=1, backoff_s=BACKOFF, jitter=0.5, retry_after_s=retry_after)
    assert found.delay_s == delay


def test_what_we_cut_off_ourselves_is_unknown_and_due_at_once() -> None:
    assert cut_off() == Verdict(None, DeliveryState.WAITING, "cut_off", delay_s=0.0)


def test_every_outcome_says_what_to_do() -> None:
    statuses = [verdict(status).code for status in range(100, 700)]
    errors = [verdict(None, code).code for code in ("connect_failed", "tls_failed", "broken_off", "address_refused")]
    assert set(statuses + errors) <= EXPLANATIONS.keys()
    assert explain("a code of tomorrow") == "a code of tomorrow"
