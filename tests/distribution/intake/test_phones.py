"""Phone numbers are compared in one form and handed out in the forms that clients want."""

import phonenumbers
import pytest

from distribution.rules import phones


@pytest.mark.parametrize(
    ("raw", "normalized"),
    [
        ("050-1234567", "+972501234567"),
        ("050 123 4567", "+972501234567"),
        ("+972 50-123-4567", "+972501234567"),
        ("+972-050-1234567", "+972501234567"),
        ("00972501234567", "+972501234567"),
        ("972501234567", "+972501234567"),
        ("501234567", "+972501234567"),
        ("\u202a+972543334455\u202c", "+972543334455"),
        ("٠٥٠١٢٣٤٥٦٧", "+972501234567"),
        ("03-5556677", "+97235556677"),
        ("1-800-123-456", "+9721800123456"),
        ("+1 202 555 0123", "+12025550123"),
        ("*6565", "*6565"),
        ("* 65-65", "*6565"),
        ("12345", ""),
        ("*", ""),
        ("abc", ""),
        ("", ""),
        ("5" * 10_000, ""),
        ("050-1234567-8901234567", ""),
    ],
)
def test_a_number_has_one_form_and_what_cannot_be_dialled_has_none(raw: str, normalized: str) -> None:
    assert phones.normalize(raw) == normalized


@pytest.mark.parametrize(
    ("normalized", "local", "dashed", "digits"),
    [
        ("+972501234567", "0501234567", "050-1234567", "972501234567"),
        ("+97235556677", "035556677", "03-5556677", "97235556677"),
        ("+972771234567", "0771234567", "077-1234567", "972771234567"),
        ("+9721800123456", "1800123456", "1-800-123-456", "9721800123456"),
        ("+12025550123", "0012025550123", "+1 202-555-0123", "12025550123"),
        ("*6565", "*6565", "*6565", "*6565"),
        ("", "", "", ""),
    ],
)
def test_clients_get_the_form_they_ask_for(normalized: str, local: str, dashed: str, digits: str) -> None:
    assert phones.local(normalized) == local
    assert phones.dashed(normalized) == dashed
    assert phones.international_digits(normalized) == digits


@pytest.mark.parametrize("prefix", ["05%d", "+9725%d", "9725%d", "+972-05%d"])
@pytest.mark.parametrize("digit", range(10))
def test_the_short_way_for_mobiles_says_what_the_library_says(prefix: str, digit: int) -> None:
    raw = f"{prefix % digit}1234567"
    number = phonenumbers.parse(raw, "IL")
    assert phones.normalize(raw) == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
