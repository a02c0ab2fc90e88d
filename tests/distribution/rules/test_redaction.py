"""Secrets leave no trace."""

import pytest

from distribution.rules.redaction import MASK, redact_body, redact_headers, redact_text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abcdef", f"Bearer {MASK}"),
        ("authorization", "Basic dTpw", f"Basic {MASK}"),
        ("Authorization", "abcdef", MASK),
        ("X-API-Key", "abcdef", MASK),
        ("Api-Token", "abcdef", MASK),
        ("X-Client-Secret", "abcdef", MASK),
        ("Set-Cookie", "sid=1", MASK),
        ("webhook-signature", "v1,abc", MASK),
        ("Content-Type", "application/json", "application/json"),
        ("Idempotency-Key", "0190", "0190"),
        ("X-Echo", "it was s3cr3t!", f"it was {MASK}!"),
    ],
)
def test_a_header_is_shown_without_its_secret(name: str, value: str, shown: str) -> None:
    assert redact_headers([(name, value)], ["s3cr3t"]) == [[name, shown]]


def test_an_answer_that_repeats_a_secret_is_kept_without_it() -> None:
    assert redact_body(b"token s3cr3t is bad", ["s3cr3t"]) == f"token {MASK} is bad".encode()
    assert redact_text("s3cr3t", ["s3cr3t"]) == MASK
    assert redact_body(None, ["s3cr3t"]) is None


def test_texts_too_short_to_be_secrets_do_not_black_out_everything() -> None:
    assert redact_text("a b c", ["a"]) == "a b c"
