"""Which addresses a socket may be opened to."""

import pytest

from distribution.rules.address_policy import AllowedNetworkUnreadable, is_allowed, read_allowed_network

REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.253 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9
192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:169.254.169.254 ::8.8.8.8 ::ffff:0:127.0.0.1
64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::a9fe:a9fe 64:ff9b:1::1 100::1 100:0:0:1::1
2001::1 2001:0:a9fe:a9fe:: 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff::1
2001:db8::1 2001:db8:ffff::1 2002::1 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808:: 2002:c0a8:1::1 3fff::1
3fff:fff:ffff::1 2620:4f:8000::1 2620:4f:8000:ffff::1 4000::1 5f00::1 8000::1 fc00::1 fd00::1
fd00:ec2::254 fd20:ce::254
fdff:ffff::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1 1fff::1 fe80::1%lo
2606:4700::1111%1
"""

ALLOWED = """
1.0.0.1 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 142.250.75.14
147.237.0.71 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1
185.60.216.35 191.255.255.255
192.0.1.1 192.0.3.1 192.31.195.255 192.31.197.0 192.52.192.255 192.88.98.1 192.88.100.1 192.167.255.255 192.169.0.1
198.17.255.255 198.20.0.1 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 212.143.0.1 223.255.255.255
2000::1 2001:200::1 2001:4860:4860::8888 2003::1 2400:cb00::1 2606:4700:4700::1111 2620:4e:ffff::1 2620:4f:8001::1
2a00:1450:4006:80a::200e 2a02:26f0::1 3ffe::1 3fff:1000::1 2001:db7:ffff::1 2001:db9::1
"""

NO_ADDRESS = [
    "",
    "localhost",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "1.2.3",
    "[::1]",
    "1.2.3.4:80",
    "٨.8.8.8",
    "08.8.8.8",
]


@pytest.mark.parametrize("address", REFUSED.split())
def test_refused(address: str) -> None:
    assert not is_allowed(address, 443)


@pytest.mark.parametrize("address", ALLOWED.split())
def test_allowed(address: str) -> None:
    assert is_allowed(address, 443)


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_allowed(text, 443, allowed_networks=["0.0.0.0/0:*", "::/0:*"])


@pytest.mark.parametrize(
    ("address", "port", "networks", "expected"),
    [
        ("10.1.2.3", 443, ["10.1.2.0/24:443"], True),
        ("10.1.2.3", 80, ["10.1.2.0/24:443"], False),
        ("10.1.3.3", 443, ["10.1.2.0/24:443"], False),
        ("127.0.0.1", 8080, ["127.0.0.0/8:*"], True),
        ("::1", 8080, ["[::1/128]:*"], True),
        ("::1", 8080, ["[::1]/128:*"], True),
        ("::1", 8080, ["::1/128:8080"], True),
        ("fd12::1", 443, ["fd00::/8:443"], True),
        ("10.0.0.1", 443, ["fd00::/8:443"], False),
        ("8.8.8.8", 443, ["10.0.0.0/8:443"], True),
    ],
)
def test_an_allow_list_opens_networks_by_port(address: str, port: int, networks: list[str], expected: bool) -> None:
    assert is_allowed(address, port, allowed_networks=networks) is expected


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::a9fe:a9fe",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "2001:0:a9fe:a9fe::",
        "::ffff:168.63.129.16",
    ],
)
def test_no_allow_list_ever_opens_a_metadata_address(address: str) -> None:
    assert not is_allowed(address, 80, allowed_networks=["0.0.0.0/0:*", "::/0:*", "169.254.169.254/32:80"])


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "10.0.0.1/8:443", "10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:x", "host:443", "", ":*"]
)
def test_an_entry_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(AllowedNetworkUnreadable):
        read_allowed_network(text)
