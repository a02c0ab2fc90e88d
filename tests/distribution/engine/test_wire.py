"""The wire against real receivers, friendly and hostile."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from distribution.engine import wire as wire_module
from distribution.engine.wire import READ_CAP, Answer, Outgoing, Wire, WireError
from tests.receivers import Receiver, closed_port, receiving
from tests.receivers.certificates import self_made

LOOPBACK = ("127.0.0.0/8:*",)


def send(url: str, *, allowed: tuple[str, ...] = LOOPBACK, resolver: Any = None, **given: Any) -> Answer:
    fields = {"method": "POST", "headers": [("Content-Type", "text/plain")], "body": b"x", "deadline_s": 5.0}
    outgoing = Outgoing(**(fields | {"url": url, "allow_http": True} | given))

    async def exchange() -> Answer:
        async with Wire(allowed_networks=allowed, resolver=resolver) as wire:
            return await wire.send(outgoing)

    return asyncio.run(exchange())


def failure(url: str, **given: Any) -> str:
    with pytest.raises(WireError) as caught:
        send(url, **given)
    return caught.value.code


class Resolver(AbstractResolver):
    """Answers every question with the next of its answers."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def look_up(self, host: str, port: int) -> list[tuple[int, str]]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture(scope="module")
def receiver() -> Any:
    with receiving() as running:
        yield running


def test_the_request_goes_out_as_it_is_given_and_with_nothing_of_its_own(receiver: Receiver) -> None:
    answer = send(
        receiver.url("accept?a=%D7%90&b=%2F"), headers=[("X-One", "1"), ("Content-Type", "a/b")], body=b"\x00\xff"
    )
    request = receiver.requests[-1]
    assert (request.method, request.path, request.body) == ("POST", "/accept?a=%D7%90&b=%2F", b"\x00\xff")
    sent = {name.lower(): value for name, value in request.headers}
    assert sent == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": "LeadManager/1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "x-one": "1",
        "content-type": "a/b",
        "content-length": "2",
    }
    assert (answer.status, answer.body, answer.header("CONTENT-TYPE")) == (200, b'{"ok":true}', "application/json")


def test_a_get_without_a_body_has_none(receiver: Receiver) -> None:
    send(receiver.url("accept"), method="GET", body=None, headers=[])
    assert receiver.requests[-1].header("Content-Type") is None
    assert receiver.requests[-1].body == b""


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302, 307, 400, 404, 410, 429, 500, 503, 600])
def test_any_status_is_an_answer(receiver: Receiver, status: int) -> None:
    assert send(receiver.url(f"status/{status}")).status == status


def test_a_redirect_is_an_answer_and_never_followed(receiver: Receiver) -> None:
    before = len(receiver.requests)
    answer = send(receiver.url("redirect/http:%2F%2F169.254.169.254%2Flatest"))
    assert (answer.status, answer.header("location")) == (302, "http://169.254.169.254/latest")
    assert len(receiver.requests) == before + 1


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("reset", "broken_off"),
        ("close", "broken_off"),
        ("reset-mid-body", "broken_off"),
        ("short-body", "broken_off"),
        ("bad-chunk", "bad_response"),
        ("raw/99999", "bad_response"),
        ("raw/abc", "bad_response"),
        ("garbage", "bad_response"),
        ("many-headers/200", "too_many_headers"),
        ("many-headers/110", "too_many_headers"),
        ("long-header", "too_many_headers"),
    ],
)
def test_an_answer_that_is_none_has_a_code(receiver: Receiver, behaviour: str, code: str) -> None:
    assert failure(receiver.url(behaviour)) == code


@pytest.mark.parametrize("behaviour", ["hang", "drip-headers", "drip-body", "delay/3000"])
def test_every_exchange_ends_at_its_deadline_by_the_wall_clock(receiver: Receiver, behaviour: str) -> None:
    started = time.monotonic()
    assert failure(receiver.url(behaviour), deadline_s=0.3) == "timeout"
    assert time.monotonic() - started < 2.5  # it would be for ever, or 3 s


@pytest.mark.parametrize("behaviour", ["big/200000", "big/1000000000"])
def test_no_more_than_the_cap_is_read_and_the_rest_is_judged_by_it(receiver: Receiver, behaviour: str) -> None:
    answer = send(receiver.url(behaviour))
    assert (answer.status, len(answer.body), answer.is_cut) == (200, READ_CAP, True)


def test_compressed_answers_are_not_opened(receiver: Receiver) -> None:
    answer = send(receiver.url("gzip-bomb"))
    assert len(answer.body) <= READ_CAP


def test_exactly_the_cap_is_not_cut(receiver: Receiver) -> None:
    answer = send(receiver.url(f"big/{READ_CAP}"))
    assert (len(answer.body), answer.is_cut) == (READ_CAP, False)


def test_a_port_that_refuses_is_no_connection() -> None:
    with closed_port() as port:
        assert failure(f"http://127.0.0.1:{port}/") == "connect_failed"


def test_a_system_that_takes_no_connection_is_known_to_have_got_nothing() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # all that it lets wait; it answers nobody else
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        assert failure(f"http://127.0.0.1:{full.getsockname()[1]}/", deadline_s=1.0) == "connect_failed"


@pytest.mark.parametrize("is_expired", [False, True])
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, is_expired: bool) -> None:
    with receiving(tls=self_made(tmp_path, is_expired=is_expired)) as receiver:
        assert failure(receiver.url("accept")) == "tls_failed"
        assert receiver.requests == []


@pytest.mark.parametrize(
    ("address", "is_expired", "is_taken"),
    [("127.0.0.1", False, True), ("127.0.0.2", False, False), ("127.0.0.1", True, False)],
)
def test_a_certificate_of_a_known_authority_must_be_for_the_host_and_in_date(
    tmp_path: Path, address: str, is_expired: bool, is_taken: bool
) -> None:
    with receiving(tls=self_made(tmp_path, address=address, is_expired=is_expired)) as receiver:
        known = "-----BEGIN CERT" + (tmp_path / "server.pem").read_text("ascii").partition("-----BEGIN CERT")[2]
        if is_taken:
            assert send(receiver.url("accept"), ca_certificate=known).status == 200
        else:
            assert failure(receiver.url("accept"), ca_certificate=known) == "tls_failed"
        assert len(receiver.requests) == is_taken


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://localhost:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
    ],
)
def test_a_refused_address_gets_no_connection(receiver: Receiver, url: str) -> None:
    before = len(receiver.requests)
    assert failure(url.format(port=receiver.port), allowed=()) == "address_refused"
    assert len(receiver.requests) == before


def test_metadata_stays_refused_whatever_is_allowed() -> None:
    assert failure("http://169.254.169.254/", allowed=("0.0.0.0/0:*",)) == "address_refused"


def test_a_name_is_refused_when_any_of_its_addresses_is(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Resolver(["127.0.0.1", "10.0.0.1"])
    monkeypatch.setattr(wire_module, "look_up", names.look_up)
    before = len(receiver.requests)
    assert failure(f"http://crm.example.com:{receiver.port}/") == "address_refused"
    assert (names.asked, len(receiver.requests)) == (["crm.example.com"], before)


def test_a_name_whose_address_changes_is_connected_to_at_the_vetted_one(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Resolver(["127.0.0.1"], ["169.254.169.254"])
    monkeypatch.setattr(wire_module, "look_up", names.look_up)
    assert send(f"http://crm.example.com:{receiver.port}/accept").status == 200
    assert receiver.requests[-1].header("Host") == f"crm.example.com:{receiver.port}"
    assert names.asked == ["crm.example.com"]
    assert failure(f"http://crm.example.com:{receiver.port}/accept") == "address_refused"


def test_a_resolver_that_lies_is_stopped_at_the_socket(receiver: Receiver) -> None:
    class Liar(Resolver):
        async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
            return [
                {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0},
                {"hostname": host, "host": "127.0.0.2", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0},
            ]

    before = len(receiver.requests)
    code = failure(f"http://crm.example.com:{receiver.port}/", resolver=Liar(["8.8.8.8"]), allowed=())
    assert (code, len(receiver.requests)) == ("address_refused", before)


def test_a_name_that_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> list[tuple[int, str]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(wire_module, "look_up", unknown)
    assert failure("http://nowhere.example.com/") == "dns_failed"


def test_proxies_of_the_environment_are_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert send(receiver.url("accept")).status == 200


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://user:pw@127.0.0.1/", "http://127.0.0.1/#x", "nonsense"])
def test_an_address_that_is_none_is_refused_before_anything_else(url: str) -> None:
    assert failure(url) == "url_refused"


def test_http_needs_its_flag(receiver: Receiver) -> None:
    assert failure(receiver.url(), allow_http=False) == "url_refused"


def test_a_connection_that_broke_is_not_tried_again_by_itself(receiver: Receiver) -> None:
    """A repeat is a decision of ours, and counted; aiohttp would repeat a GET on a kept-alive connection unasked."""

    async def twice() -> str:
        async with Wire(allowed_networks=LOOPBACK) as wire:
            outgoing = Outgoing("GET", receiver.url("accept"), [], None, 5.0, True)
            await wire.send(outgoing)
            try:
                await wire.send(Outgoing("GET", receiver.url("close"), [], None, 5.0, True))
            except WireError as error:
                return error.code
            return ""

    before = len(receiver.requests)
    assert asyncio.run(twice()) == "broken_off"
    assert len(receiver.requests) == before + 2


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_a_header_that_slipped_through_does_not_go_out(receiver: Receiver, value: str) -> None:
    before = len(receiver.requests)
    assert failure(receiver.url("accept"), headers=[("X-A", value)]) == "internal_error"
    assert len(receiver.requests) == before
