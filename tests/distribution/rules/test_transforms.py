"""Forms of values, as tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from distribution.choices import Transform
from distribution.rules.transforms import (
    DateFormatUnknown,
    apply,
    check_date_format,
    format_date,
    look_up,
)

# 22:05:09 in Jerusalem (summer time, +03:00), on the day before in New York.
AT = datetime(2026, 7, 4, 19, 5, 9, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("DD/MM/YYYY HH:MM", "04/07/2026 22:05"),
        ("dd/mm/yyyy hh:mm:ss", "04/07/2026 22:05:09"),
        ("dd/MM/yyyy HH:mm", "04/07/2026 22:05"),
        ("D.M.YY", "4.7.26"),
        ("YYYY-MM-DDTHH:MM:SSZ", "2026-07-04T22:05:09+03:00"),
        ("YYYYMMDDHHMMSS", "20260704220509"),
        ("H:M", "22:5"),
        ("", "2026-07-04T22:05:09+03:00"),
        ("ISO", "2026-07-04T22:05:09+03:00"),
        ("UNIX", 1783191909),
        ("UNIXMS", 1783191909123),
        ("שעה HH:MM", "שעה 22:05"),
    ],
)
def test_a_date_is_written_as_the_client_writes_it(notation: str, expected: Any) -> None:
    check_date_format(notation)
    assert format_date(AT, notation, "Asia/Jerusalem") == expected


@pytest.mark.parametrize("notation", ["%d/%m/%Y", "day/month", "DD/MM/YYYY at HH", "-", "Q"])
def test_a_notation_that_is_none_is_refused(notation: str) -> None:
    with pytest.raises(DateFormatUnknown):
        check_date_format(notation)


def test_midnight_is_the_clients() -> None:
    assert format_date(datetime(2026, 1, 1, 22, 30, tzinfo=UTC), "DD/MM/YYYY", "Asia/Jerusalem") == "02/01/2026"
    assert format_date(datetime(2026, 1, 1, 2, 30, tzinfo=UTC), "DD/MM/YYYY", "America/New_York") == "31/12/2025"


@pytest.mark.parametrize(
    ("value", "transform", "expected"),
    [
        ("050-123-4567", Transform.PHONE_LOCAL, "0501234567"),
        ("+972 50 123 4567", Transform.PHONE_LOCAL, "0501234567"),
        ("050-123-4567", Transform.PHONE_INTERNATIONAL, "+972501234567"),
        ("050-123-4567", Transform.PHONE_INTERNATIONAL_DIGITS, "972501234567"),
        ("0501234567", Transform.PHONE_DASHED, "050-1234567"),
        ("*6565", Transform.PHONE_LOCAL, "*6565"),
        ("*6565", Transform.PHONE_INTERNATIONAL, "*6565"),
        ("call me", Transform.PHONE_LOCAL, "call me"),
        ("דנה לוי כהן", Transform.FIRST_NAME, "דנה"),
        ("דנה לוי כהן", Transform.LAST_NAME, "לוי כהן"),
        ("דנה", Transform.LAST_NAME, ""),
        (True, Transform.YES_NO, 1),
        (False, Transform.YES_NO, 0),
        ("כן", Transform.YES_NO, 1),
        ("on", Transform.YES_NO, 1),
        ("לא", Transform.YES_NO, 0),
        (None, Transform.YES_NO, None),
        ("aBc", Transform.UPPER, "ABC"),
        ("aBc", Transform.LOWER, "abc"),
        (7, Transform.NONE, 7),
        ({"a": [1]}, Transform.NONE, {"a": [1]}),
        ("   ", Transform.NONE, None),
        (AT, Transform.NONE, "2026-07-04T22:05:09+03:00"),
        ("2026-07-04", Transform.DATE, "04/07/2026"),
        ("2026-07-04T19:05:09Z", Transform.DATE, "04/07/2026"),
        ("tomorrow", Transform.DATE, "tomorrow"),
    ],
)
def test_a_value_takes_the_form_of_its_mapping(value: Any, transform: str, expected: Any) -> None:
    assert apply(value, transform=transform, date_format="DD/MM/YYYY", time_zone="Asia/Jerusalem") == expected


@pytest.mark.parametrize("transform", Transform.values)
def test_every_form_leaves_nothing_where_there_was_nothing(transform: str) -> None:
    assert apply("", transform=transform, date_format="", time_zone="Asia/Jerusalem") is None


BRANCHES = {"חיפה": "1", "רמת גן": "2", "ירושלים": "4"}


@pytest.mark.parametrize(
    ("value", "table", "default", "expected"),
    [
        ("חיפה", BRANCHES, "3", "1"),
        (" רמת גן ", BRANCHES, "3", "2"),
        ("אילת", BRANCHES, "3", "3"),
        ("אילת", BRANCHES, "", "אילת"),
        ("", BRANCHES, "3", "3"),
        (None, {}, "3", "3"),
        ("x", {}, "3", "x"),
        ("NORTH", {"north": 17}, "", 17),
        (True, {"1": "yes", "0": "no"}, "", "yes"),
        (False, {"1": "yes", "0": "no"}, "", "no"),
    ],
)
def test_a_table_translates_and_its_default_takes_the_rest(
    value: Any, table: dict[str, Any], default: str, expected: Any
) -> None:
    assert look_up(value, table, default) == expected
