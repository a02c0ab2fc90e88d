"""What answers mean by response rules: every part, every test, every meaning, every default."""

from types import SimpleNamespace
from typing import Any

import pytest

from distribution.choices import AttemptOutcome
from distribution.rules.answer_documents import PathUnreadable
from distribution.rules.patterns import PatternUnreadable
from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import (
    StatusesUnreadable,
    Understood,
    compile_answers,
    read_statuses,
    understand,
)

JSON = '{"data": {"leadId": 8812, "ok": true, "none": null}, "errors": [{"message": "כבר  קיים"}], "a.b": "dot"}'
SOAP = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Result id="7">'
    "<Code>0</Code><Code>5</Code><Message>שגוי</Message></Result></s:Body></s:Envelope>"
)


def rule(meaning: str = "accepted", **fields: str) -> Any:
    empty = dict.fromkeys(("statuses", "place", "value", "reason", "reason_part", "reason_place", "reason_pattern"), "")
    return SimpleNamespace(**(empty | {"part": "body", "test": "contains", "meaning": meaning} | fields))


def capture(part: str = "json", place: str = "", pattern: str = "", name: str = "") -> Any:
    target = "value" if name else "reference"
    return SimpleNamespace(target=target, name=name, part=part, place=place, pattern=pattern)


def read(
    body: str | bytes,
    *rules: Any,
    status: int = 200,
    captures: tuple[Any, ...] = (),
    other_answers: str = "held",
    charset: str = "",
    headers: tuple[tuple[str, str], ...] = (),
) -> Understood:
    version = SimpleNamespace(answer_charset=charset, other_answers=other_answers)
    plan = compile_answers(version, rules, captures)
    assert plan is not None
    content = body.encode() if isinstance(body, str) else body
    return understand(plan, ReceivedAnswer(status=status, headers=headers, body=content, charset=charset))


@pytest.mark.parametrize(
    ("fields", "body", "fits"),
    [
        ({"test": "contains", "value": "OK"}, "all OK here", True),
        ({"test": "contains", "value": "OK"}, "ok", False),
        ({"test": "equals", "value": "OK"}, " OK\r\n", True),
        ({"test": "equals", "value": "valid"}, "invalid", False),
        ({"test": "contains", "value": "valid"}, "invalid", True),
        ({"test": "matches", "value": r"(?i)^ok\b"}, "OK 7", True),
        ({"test": "matches", "value": r"^ok$"}, "not ok", False),
        ({"test": "exists"}, "x", True),
        ({"test": "exists"}, "  ", False),
        ({"part": "json", "place": "data.leadId", "test": "equals", "value": "8812"}, JSON, True),
        ({"part": "json", "place": "$.data.leadId", "test": "exists"}, JSON, True),
        ({"part": "json", "place": "data.ok", "test": "equals", "value": "true"}, JSON, True),
        ({"part": "json", "place": "data.none", "test": "exists"}, JSON, False),
        ({"part": "json", "place": "errors[0].message", "test": "contains", "value": "קיים"}, JSON, True),
        ({"part": "json", "place": "errors[1].message", "test": "exists"}, JSON, False),
        ({"part": "json", "place": '["a.b"]', "test": "equals", "value": "dot"}, JSON, True),
        ({"part": "json", "place": "data", "test": "contains", "value": "leadId"}, JSON, True),
        ({"part": "json", "place": "data.leadId", "test": "exists"}, "OK", False),
        ({"part": "json", "place": "data.leadId", "test": "exists"}, JSON[:40], False),
        ({"part": "json", "place": "a", "test": "exists"}, "[" * 60_000, False),
        ({"part": "json", "place": "a", "test": "equals", "value": "9" * 5_000}, '{"a":' + "9" * 5_000 + "}", True),
        ({"part": "xml", "place": "Envelope/Body/Result/Code", "test": "equals", "value": "0"}, SOAP, True),
        ({"part": "xml", "place": "//s:Code", "test": "equals", "value": "0"}, SOAP, True),
        ({"part": "xml", "place": "Result/Code[2]", "test": "equals", "value": "5"}, SOAP, True),
        ({"part": "xml", "place": "Code[2]", "test": "equals", "value": "5"}, SOAP, True),
        ({"part": "xml", "place": "Result/@id", "test": "equals", "value": "7"}, SOAP, True),
        ({"part": "xml", "place": "Result/Nothing", "test": "exists"}, SOAP, False),
        ({"part": "xml", "place": "a", "test": "exists"}, "no xml", False),
        ({"part": "xml", "place": "a", "test": "exists"}, "<a>" * 16_000, False),
        ({"part": "xml", "place": "a", "test": "exists"}, "<a>" * 8_000 + "x" + "</a>" * 8_000, True),
        ({"part": "xml", "place": "a", "test": "exists"}, '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', False),
        ({"part": "xml", "place": "a", "test": "exists"}, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>x</a>', False),
    ],
)
def test_a_rule_fits(fields: dict[str, str], body: str, fits: bool) -> None:
    assert (read(body, rule(**fields)).rule == 0) is fits


@pytest.mark.parametrize(
    ("statuses", "status", "fits"),
    [
        ("", 503, True),
        ("200", 200, True),
        ("200", 201, False),
        ("200, 201", 201, True),
        ("2xx", 204, True),
        ("4XX 200", 409, True),
        ("2xx", 409, False),
    ],
)
def test_statuses_limit_a_rule(statuses: str, status: int, fits: bool) -> None:
    assert (read("x", rule(statuses=statuses, test="exists"), status=status).rule == 0) is fits
    if statuses:
        assert (read("", rule(statuses=statuses, part="status"), status=status).rule == 0) is fits


@pytest.mark.parametrize(
    ("meaning", "outcome", "code"),
    [
        ("accepted", AttemptOutcome.ACCEPTED, "accepted_by_rule"),
        ("refused", AttemptOutcome.REFUSED, "refused_by_rule"),
        ("retry", AttemptOutcome.RETRY, "retry_by_rule"),
        ("held", AttemptOutcome.HELD, "held_by_rule"),
    ],
)
def test_a_meaning_becomes_an_outcome(meaning: str, outcome: AttemptOutcome, code: str) -> None:
    found = read("x", rule(meaning, test="exists"))
    assert (found.reading.outcome, found.reading.code) == (outcome, code)


def test_the_first_rule_that_fits_decides() -> None:
    rules = [rule("refused", value="ERROR"), rule("accepted", test="exists"), rule("held", test="exists")]
    assert read("ERROR: duplicate", *rules).rule == 0
    assert read("OK", *rules).rule == 1


@pytest.mark.parametrize(
    ("other", "outcome", "code"),
    [
        ("held", AttemptOutcome.HELD, "held_other_answer"),
        ("refused", AttemptOutcome.REFUSED, "refused_other_answer"),
        ("accepted", AttemptOutcome.ACCEPTED, "accepted_other_answer"),
    ],
)
def test_once_a_rule_says_what_success_is_another_2xx_is_what_the_version_says(
    other: str, outcome: AttemptOutcome, code: str
) -> None:
    found = read("maybe", rule("accepted", value="OK"), other_answers=other)
    assert (found.reading.outcome, found.reading.code, found.rule) == (outcome, code, None)


@pytest.mark.parametrize(
    ("status", "code"), [(200, "accepted_not_verified"), (409, "refused_by_status"), (503, "client_failed")]
)
def test_without_a_rule_that_fits_and_a_rule_for_success_the_defaults_hold(status: int, code: str) -> None:
    assert read("maybe", rule("refused", value="ERROR"), status=status).reading.code == code


def test_other_answers_are_about_success_only() -> None:
    assert read("", rule("accepted", value="OK"), status=503, other_answers="refused").reading.code == "client_failed"


@pytest.mark.parametrize(
    ("fields", "body", "reason"),
    [
        ({"reason": "קיים"}, "x", "קיים"),
        ({"reason_part": "json", "reason_place": "errors[0].message"}, JSON, "כבר קיים"),
        ({"reason_part": "xml", "reason_place": "Result/Message"}, SOAP, "שגוי"),
        ({"reason_part": "body", "reason_pattern": r"ERROR:\s*(.*)"}, "ERROR: duplicate", "duplicate"),
        ({"reason_part": "body", "reason_pattern": r"ERROR.*"}, "ERROR: duplicate", "ERROR: duplicate"),
        ({"reason_part": "header", "reason_place": "x-why"}, "x", "quota"),
        ({"reason_part": "json", "reason_place": "nothing", "reason": "else"}, JSON, "else"),
        ({"reason_part": "body"}, "y" * 5_000, "y" * 300),
    ],
)
def test_the_reason_is_taken_from_the_answer_or_given(fields: dict[str, str], body: str, reason: str) -> None:
    assert read(body, rule("refused", test="exists", **fields), headers=(("X-Why", "quota"),)).reason == reason


@pytest.mark.parametrize(
    ("given", "body", "reference", "values"),
    [
        (capture(place="data.leadId"), JSON, "8812", {}),
        (capture(place="data.none"), JSON, "", {}),
        (capture("xml", "Result/@id"), SOAP, "7", {}),
        (capture("header", "Location", r"/leads/(\d+)"), "", "99", {}),
        (capture("body", pattern=r"id=(\d+)"), "OK id=55;", "55", {}),
        (capture(place="data.leadId", name="crm"), JSON, "", {"crm": "8812"}),
        (capture("body"), "x" * 101, "", {}),
        (capture("json", "a"), '{"a": "\\ud800\\u0000"}', "\ufffd\ufffd", {}),
    ],
)
def test_a_value_is_taken_from_the_answer(given: Any, body: str, reference: str, values: dict[str, str]) -> None:
    found = read(body, captures=(given,), headers=(("Location", "https://crm.example/leads/99"),))
    assert (found.reference, found.values) == (reference, values)
    assert found.reading.code == "accepted_not_verified"


@pytest.mark.parametrize(
    ("headers", "charset", "body"),
    [
        ((("Content-Type", "text/html; charset=windows-1255"),), "", "נקלט בהצלחה"),
        ((), "windows-1255", "נקלט בהצלחה"),
        ((), "", '<meta charset="windows-1255">נקלט בהצלחה'),
        ((("Content-Type", "text/html; charset=utf-8"),), "windows-1255", "נקלט בהצלחה"),
    ],
)
def test_hebrew_in_windows_1255_is_found(headers: Any, charset: str, body: str) -> None:
    found = read(body.encode("windows-1255"), rule(value="נקלט בהצלחה"), headers=headers, charset=charset)
    assert found.rule == 0


def test_xml_is_read_in_the_set_of_its_declaration() -> None:
    body = '<?xml version="1.0" encoding="windows-1255"?><a><b>נקלט</b></a>'.encode("windows-1255")
    assert read(body, rule(part="xml", place="a/b", test="equals", value="נקלט")).rule == 0


def test_a_pattern_that_would_take_for_ever_elsewhere_takes_no_time() -> None:
    assert read("a" * 60_000 + "b", rule(test="matches", value="(a+)+$")).rule is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (rule(statuses="2000", test="exists"), StatusesUnreadable),
        (rule(statuses="ok", test="exists"), StatusesUnreadable),
        (rule(test="matches", value="("), PatternUnreadable),
        (rule(test="matches", value="(?<=a)b"), PatternUnreadable),
        (rule(part="json", place="a..b", test="exists"), PathUnreadable),
        (rule(part="json", place="", test="exists"), PathUnreadable),
        (rule(part="xml", place="a/@b/c", test="exists"), PathUnreadable),
        (rule(part="header", place="a b", test="exists"), PathUnreadable),
        (rule("refused", test="exists", reason_part="json", reason_place="["), PathUnreadable),
    ],
)
def test_what_nobody_can_read_is_refused(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        read("x", given)


def test_a_version_without_rules_and_captures_costs_nothing() -> None:
    assert compile_answers(SimpleNamespace(answer_charset="", other_answers="held"), [], []) is None


def test_statuses_are_read_as_beginnings() -> None:
    assert read_statuses("200, 4xx 503") == ("200", "4", "503")
