"""Delays and what a client's system may ask for."""

from datetime import UTC, datetime

import pytest

from distribution.rules.backoff import next_delay_s, read_retry_after

ANSWERED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("jitter", "expected"), [(0.0, 90.0), (0.5, 100.0), (1.0, 110.0)])
def test_jitter_moves_a_delay_by_a_tenth(jitter: float, expected: float) -> None:
    delay = next_delay_s(attempts_made=1, backoff_s=[100], jitter=jitter, retry_after_s=None)
    assert delay == pytest.approx(expected)


def test_there_is_one_attempt_more_than_delays() -> None:
    assert next_delay_s(attempts_made=1, backoff_s=[], jitter=0, retry_after_s=5) is None
    assert next_delay_s(attempts_made=2, backoff_s=[1], jitter=0, retry_after_s=None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("99999999999999999999", 86_400.0),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, expected: float | None) -> None:
    assert read_retry_after(value, answered_at=ANSWERED) == expected
