"""Phone numbers: the one form they are compared and searched in, and the forms that clients' systems want.

A number is taken when it is *possible* (its length can be dialled), not only when it is known to be in use: numbering
plans change faster than libraries. Star numbers (`*6565`), which exist inside Israel only, are kept as they are.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

HOME_REGION = "IL"
HOME_CODE = 972

_STAR = re.compile(r"\*\d{3,6}")
# What nearly all leads of an Israeli agency bring; saves the library's parsing in imports of many rows.
_PLAIN_MOBILE = re.compile(r"(?:\+?972-?0?|0)(5\d)[ -]?(\d{3})[ -]?(\d{4})", re.ASCII)
_LONGEST = 250  # the library refuses longer texts; so do we before looking at them


def normalize(raw: str, *, region: str = HOME_REGION) -> str:
    """Give a number in E.164 (`+972501234567`), a star number as it is, or `""` for what cannot be a phone number.

    `region` is the country whose numbers come without a country code.
    """
    text = _visible(raw)
    if region == HOME_REGION and (plain := _PLAIN_MOBILE.fullmatch(text)):
        return f"+{HOME_CODE}{''.join(plain.groups())}"
    squeezed = re.sub(r"[\s-]", "", text)
    if _STAR.fullmatch(squeezed):
        return unicodedata.normalize("NFKC", squeezed)
    if len(text) > _LONGEST:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def local(normalized: str) -> str:
    """Give the digits as dialled in Israel: `0501234567`, `035556677`, `1800123456`; foreign numbers with `00`."""
    number = _parsed(normalized)
    if number is None:
        return normalized
    if number.country_code != HOME_CODE:
        return f"00{normalized.removeprefix('+')}"
    return re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def dashed(normalized: str) -> str:
    """Give the local form with a dash after the prefix (`050-1234567`, `03-5556677`); foreign numbers spaced."""
    if plain := _PLAIN_MOBILE.fullmatch(normalized):
        prefix, middle, end = plain.groups()
        return f"0{prefix}-{middle}{end}"
    number = _parsed(normalized)
    if number is None:
        return normalized
    if number.country_code != HOME_CODE:
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    digits = local(normalized)
    if not digits.startswith("0"):
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    # Mobile (05x) and network-independent (07x) prefixes have three digits, area codes two.
    prefix = 3 if digits[1] in "57" else 2
    return f"{digits[:prefix]}-{digits[prefix:]}"


def prefix(normalized: str) -> str:
    """Give what stands before the dash: `050`, `03`; nothing for a number without a prefix."""
    before, dash, _after = dashed(normalized).partition("-")
    return before if dash and before.startswith("0") else ""


def without_prefix(normalized: str) -> str:
    """Give what stands after the dash: `1234567`; the whole local number where there is no prefix."""
    return dashed(normalized).partition("-")[2].replace("-", "") if prefix(normalized) else local(normalized)


def double_zero(normalized: str) -> str:
    """Give the international number as dialled from abroad: `00972501234567`; a star number as it is."""
    return f"00{normalized[1:]}" if normalized.startswith("+") else normalized


def without_leading_zero(normalized: str) -> str:
    """Give the local digits without their leading 0: `501234567`; foreign numbers in international digits."""
    number = _parsed(normalized)
    if number is None or number.country_code != HOME_CODE:
        return international_digits(normalized)
    return local(normalized).removeprefix("0")


def international_digits(normalized: str) -> str:
    """Give the international number without its plus: `972501234567`."""
    return normalized.removeprefix("+")


def _parsed(normalized: str) -> phonenumbers.PhoneNumber | None:
    if not normalized.startswith("+"):
        return None
    try:
        return phonenumbers.parse(normalized)
    except phonenumbers.NumberParseException:
        return None


def _visible(raw: str) -> str:
    """Drop what a copied number brings along unseen: direction marks, zero-width characters, non-breaking spaces."""
    shown = "".join(character for character in raw if unicodedata.category(character) not in {"Cf", "Cc"})
    return " ".join(shown.split())
