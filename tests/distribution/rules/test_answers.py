"""Answers in any character set."""

import pytest

from distribution.rules.answers import decode, excerpt

HEBREW = "נקלט בהצלחה"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=windows-1255", HEBREW.encode("windows-1255")),
        ('text/html; charset="UTF-8"', HEBREW.encode()),
        ("text/html", HEBREW.encode()),
        ("text/html", HEBREW.encode("windows-1255")),
        ("text/html; charset=iso-8859-8", HEBREW.encode("iso-8859-8")),
        ("text/html; charset=martian", HEBREW.encode()),
        ("application/json; charset=utf-16", HEBREW.encode("utf-16")),
    ],
)
def test_hebrew_is_read_in_the_set_it_came_in(content_type: str, body: bytes) -> None:
    assert decode([("Content-Type", content_type)], body) == HEBREW


def test_a_page_that_names_its_set_only_inside_is_read_by_it() -> None:
    body = b'<meta charset="windows-1255">' + HEBREW.encode("windows-1255")
    assert decode([], body).endswith(HEBREW)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x00", bytes(range(256)), b"\xed\xa0\x80"])
def test_any_bytes_become_text_that_the_database_can_hold(body: bytes) -> None:
    text = decode([("Content-Type", "application/json; charset=utf-8")], body)
    assert "\x00" not in text
    text.encode()


def test_an_xml_declaration_names_the_set() -> None:
    text = f'<?xml version="1.0" encoding="windows-1255"?><a>{HEBREW}</a>'
    assert decode([], text.encode("windows-1255")) == text


@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "unicode_escape", "utf-7", "undefined", "zlib", "\0"])
def test_a_strange_character_set_ends_in_text_too(charset: str) -> None:
    text = decode([("Content-Type", f"text/html; charset={charset}")], b"+2AA- \\ud800 \\x00 ok", charset=charset)
    text.encode()
    assert "ok" in text


def test_the_rules_own_character_set_comes_first() -> None:
    headers = [("Content-Type", "text/html; charset=utf-8")]
    assert decode(headers, HEBREW.encode("windows-1255"), charset="windows-1255") == HEBREW


def test_an_excerpt_is_one_line_with_the_status() -> None:
    assert excerpt(422, [], b'{"errors":\n  "phone"}') == 'HTTP 422: {"errors": "phone"}'
    assert excerpt(204, [], b"") == "HTTP 204"
    assert len(excerpt(500, [], b"x" * 60_000)) < 400
