"""Addresses of rules: one strict reading."""

import pytest

from distribution.rules.target import Target, TargetRefused, read_target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://crm.example.co.il/api/leads", Target("https", "crm.example.co.il", 443, False)),
        ("https://CRM.example.co.il:8443/a?b=%D7%90&c", Target("https", "crm.example.co.il", 8443, False)),
        ("http://xn--4dbcagdahymbxekheh6e0a7fei0b.xn--9dbq2a", None),
        ("http://10.1.2.3:8080/x", Target("http", "10.1.2.3", 8080, True)),
        ("https://[2606:4700::1111]/x", Target("https", "2606:4700::1111", 443, True)),
        ("https://example.com./", Target("https", "example.com.", 443, False)),
        ("https://example.com", Target("https", "example.com", 443, False)),
    ],
)
def test_a_good_address_is_read(url: str, target: Target | None) -> None:
    found = read_target(url, allow_http=True)
    assert target is None or found == target


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://crm.example.co.il/", "url_not_https"),
        ("ftp://crm.example.co.il/", "url_unreadable"),
        ("file:///etc/passwd", "url_unreadable"),
        ("gopher://x/", "url_unreadable"),
        ("//crm.example.co.il/", "url_unreadable"),
        ("crm.example.co.il", "url_unreadable"),
        ("", "url_unreadable"),
        ("https://", "url_unreadable"),
        ("HTTPS://example.com/", "url_unreadable"),
        ("https://user:pw@example.com/", "url_userinfo"),
        ("https://example.com@127.0.0.1/", "url_userinfo"),
        ("https://example.com/#x", "url_fragment"),
        ("https://example.com#@127.0.0.1/", "url_fragment"),
        ("https://example.com\\@127.0.0.1/", "url_userinfo"),
        ("https://example.com\\.evil/", "url_unreadable"),
        ("https://דוגמה.co.il/", "url_unreadable"),
        ("https://example.com/דוגמה", "url_unreadable"),
        ("https://example.com/a b", "url_unreadable"),
        (" https://example.com/", "url_unreadable"),
        ("https://example.com/\r\nX: y", "url_unreadable"),
        ("https://example.com/\n", "url_unreadable"),
        ("https://example.com/\x00", "url_unreadable"),
        ("https://example.com/%zz", "url_unreadable"),
        ("https://exa%6dple.com/", "url_unreadable"),
        ("https://example.com:0/", "url_unreadable"),
        ("https://example.com:65536/", "url_unreadable"),
        ("https://example.com:٤٤٣/", "url_unreadable"),
        ("https://example..com/", "url_unreadable"),
        ("https://-example.com/", "url_unreadable"),
        ("https://example.com../", "url_unreadable"),
        ("https://2130706433/", "url_unreadable"),
        ("https://0x7f000001/", "url_unreadable"),
        ("https://0x7f.0.0.1/", "url_unreadable"),
        ("https://127.1/", "url_unreadable"),
        ("https://0177.0.0.1/", "url_unreadable"),
        ("https://127.0.0.1./", "url_unreadable"),
        ("https://[::1%25lo]/", "url_unreadable"),
        ("https://[::1/", "url_unreadable"),
        ("https://[1.2.3.4]/", "url_unreadable"),
        ("https://ⓔxample.com/", "url_unreadable"),
        ("https://example。com/", "url_unreadable"),
        ("https://example.com/" + "x" * 16_000, "url_too_long"),
    ],
)
def test_a_bad_address_is_refused_with_a_reason(url: str, code: str) -> None:
    with pytest.raises(TargetRefused) as caught:
        read_target(url, allow_http=False)
    assert caught.value.code == code
    assert str(caught.value.message)
