"""How requests of a key are counted: the bucket by itself, and the memory that processes share."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts import rate_limit
from accounts.rate_limit import Allowance, count, count_requests

NOW = 1_800_000_000.0


def spent(requests: list[tuple[float, int]], *, limit: int) -> list[Allowance]:
    """Count requests at seconds after NOW, in a bucket that begins full."""
    full_at, allowances = 0.0, []
    for second, number in requests:
        full_at, allowance = count(full_at, number, limit=limit, now=NOW + second)
        allowances.append(allowance)
    return allowances


@pytest.mark.parametrize("limit", [1, 3, 7, 60, 1_200, 6_000, 12_000])
def test_a_full_bucket_holds_a_minutes_requests_exactly(limit: int) -> None:
    allowances = spent([(0, 1)] * (limit + 1), limit=limit)
    assert [allowance.remaining for allowance in allowances[:limit]] == list(range(limit - 1, -1, -1))
    assert not any(allowance.retry_after_s for allowance in allowances[:limit])
    assert allowances[limit].retry_after_s >= 1


@pytest.mark.parametrize(
    ("requests", "remaining", "reset_s", "retry_after_s"),
    [
        ([(0, 1)], 59, 1, 0),
        ([(0, 60)], 0, 60, 0),
        ([(0, 60), (0, 1)], 0, 60, 1),
        ([(0, 60), (10, 1)], 9, 51, 0),  # ten have come back
        ([(0, 60), (10, 11)], 10, 50, 1),  # one too many: none is taken
        ([(0, 60), (10, 40)], 10, 50, 30),
        ([(0, 60), (0, 1), (0, 1)], 0, 60, 1),  # what is refused does not count
        ([(0, 60), (0, 40), (1, 1)], 0, 60, 0),
        ([(0, 60), (120, 1)], 59, 1, 0),  # it fills up, not over
        ([(0, 1_000)], 0, 60, 0),  # more than the bucket holds: all of it
        ([(0, 1), (0, 1_000)], 59, 1, 1),
        ([(0, 60), (-3_600, 1)], 59, 1, 0),  # the clock was set back
        ([(0, 0)], 60, 0, 0),
    ],
)
def test_what_is_left(requests: list[tuple[float, int]], remaining: int, reset_s: int, retry_after_s: int) -> None:
    last = spent(requests, limit=60)[-1]
    assert (last.remaining, last.reset_s, last.retry_after_s) == (remaining, reset_s, retry_after_s)


def test_waiting_as_long_as_told_is_enough() -> None:
    for limit in (1, 7, 60, 1_200):
        refused = spent([(0, limit), (0, 1)], limit=limit)[-1]
        assert not spent([(0, limit), (refused.retry_after_s, 1)], limit=limit)[-1].retry_after_s


def test_the_headers_tell_it_in_both_ways() -> None:
    assert Allowance(limit=60, remaining=9, reset_s=51).headers() == {
        "RateLimit-Policy": '"key";q=60;w=60',
        "RateLimit": '"key";r=9;t=51',
        "RateLimit-Limit": "60",
        "RateLimit-Remaining": "9",
        "RateLimit-Reset": "51",
    }
    assert Allowance(limit=60, remaining=0, reset_s=60, retry_after_s=1).headers()["Retry-After"] == "1"


def test_keys_do_not_count_for_each_other_and_zero_is_no_limit(settings: Any, tmp_path: Path) -> None:
    settings.HOME_DIR, settings.API_REQUESTS_PER_MINUTE = tmp_path, 5
    mine, yours = 1, 2
    assert [allowance.remaining for _ in range(2) if (allowance := count_requests(mine, 1, now=NOW))] == [4, 3]
    assert count_requests(yours, 1, now=NOW) == Allowance(limit=5, remaining=4, reset_s=12)
    settings.API_REQUESTS_PER_MINUTE = 0
    assert count_requests(mine, 1, now=NOW) is None


def test_processes_count_together(settings: Any, tmp_path: Path) -> None:
    settings.HOME_DIR, settings.API_REQUESTS_PER_MINUTE = tmp_path, 5
    count_requests(7, 2, now=NOW)
    program = (
        "from pathlib import Path; from django.conf import settings; import django\n"
        f"settings.configure(HOME_DIR=Path({str(tmp_path)!r}), API_REQUESTS_PER_MINUTE=5, "
        "AUTH_USER_MODEL='accounts.User', "
        "INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes', 'accounts.apps.AccountsConfig'])\n"
        "django.setup()\n"
        "from accounts.rate_limit import count_requests\n"
        f"print(count_requests(7, 1, now={NOW}).remaining)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
    allowance = count_requests(7, 1, now=NOW)
    assert allowance is not None
    assert allowance.remaining == 1


def test_without_a_place_of_its_own_a_process_counts_for_itself(settings: Any, tmp_path: Path) -> None:
    settings.HOME_DIR, settings.API_REQUESTS_PER_MINUTE = tmp_path / "absent", 5
    allowances = [count_requests(1, 1, now=NOW) for _ in range(6)]
    assert [bool(allowance and allowance.retry_after_s) for allowance in allowances] == [False] * 5 + [True]
    assert not (tmp_path / "absent").exists()
    assert (rate_limit.BUCKETS & (rate_limit.BUCKETS - 1)) == 0
