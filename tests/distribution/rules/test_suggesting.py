"""What pointing at a place in a real answer makes, and that it fits that answer and the next one."""

from types import SimpleNamespace
from typing import Any

import pytest

from distribution.rules.received import ReceivedAnswer
from distribution.rules.response_rules import compile_answers, understand
from distribution.rules.suggesting import NothingThere, suggest_capture, suggest_rule

JSON = '{"status": "ok", "data": {"leadId": 8812}, "errors": [{"message": "הטלפון כבר קיים במערכת"}], "none": null}'
SOAP = "<E><Result><Code>0</Code><Message>שגוי</Message></Result></E>"
PAGE = "<html>\n<body>הליד נקלט בהצלחה 20251125</body></html>"


def answer(body: str, status: int = 200, headers: Any = ()) -> ReceivedAnswer:
    return ReceivedAnswer(status=status, headers=headers, body=body.encode())


@pytest.mark.parametrize(
    ("body", "part", "place", "meaning", "expected"),
    [
        (JSON, "json", "status", "accepted", ("2xx", "equals", "ok", "")),
        (JSON, "json", "data.leadId", "accepted", ("2xx", "exists", "", "")),
        (JSON, "json", "errors[0].message", "refused", ("2xx", "exists", "", "json")),
        (JSON, "json", "status", "refused", ("2xx", "equals", "ok", "")),
        (SOAP, "xml", "E/Result/Code", "accepted", ("2xx", "equals", "0", "")),
        ("OK", "body", "0", "accepted", ("2xx", "equals", "OK", "")),
        ("OK\nid 7", "body", "0", "accepted", ("2xx", "contains", "OK", "")),
        ("ERROR: duplicate", "body", "0", "refused", ("2xx", "contains", "ERROR:", "body")),
        (PAGE, "body", "1", "accepted", ("2xx", "contains", "הליד נקלט בהצלחה", "")),
        ("x", "status", "", "retry", ("200", "contains", "", "")),
    ],
)
def test_a_response_rule_is_made(body: str, part: str, place: str, meaning: str, expected: tuple[str, ...]) -> None:
    given = answer(body)
    made = suggest_rule(given, part=part, place=place, meaning=meaning)
    assert (made.statuses, made.test, made.value, made.reason_part) == expected
    plan = compile_answers(SimpleNamespace(answer_charset="", other_answers="held"), [made], [])
    assert plan is not None
    understood = understand(plan, given)
    assert (understood.rule, str(understood.reading.outcome)) == (0, meaning)


@pytest.mark.parametrize(
    ("body", "part", "place", "reason"),
    [
        (JSON, "json", "errors[0].message", "הטלפון כבר קיים במערכת"),
        (JSON, "json", "status", "ok"),
        (SOAP, "xml", "E/Result/Message", "שגוי"),
        ("ERROR: duplicate (phone)", "body", "0", "duplicate (phone)"),
        ("<p>שגיאה: כפול</p>", "body", "0", "כפול"),
        ("quota exceeded", "body", "0", "quota exceeded"),
    ],
)
def test_a_reason_is_taken_from_where_it_was_shown(body: str, part: str, place: str, reason: str) -> None:
    given = answer(body)
    made = suggest_rule(given, part=part, place=place, meaning="refused", is_reason=True)
    plan = compile_answers(SimpleNamespace(answer_charset="", other_answers="held"), [made], [])
    assert plan is not None
    assert understand(plan, given).reason == reason


@pytest.mark.parametrize(
    ("body", "headers", "part", "place", "reference"),
    [
        (JSON, (), "json", "data.leadId", "8812"),
        (SOAP, (), "xml", "E/Result/Code", "0"),
        ("OK id=(551)", (), "body", "0", "551"),
        ("7f3a-x", (), "body", "0", "7f3a-x"),
        ("x", (("Location", "https://crm.example/leads/9931"),), "header", "Location", "9931"),
    ],
)
def test_the_clients_id_is_taken_from_where_it_was_shown(
    body: str, headers: Any, part: str, place: str, reference: str
) -> None:
    given = answer(body, headers=headers)
    made = suggest_capture(given, part=part, place=place)
    plan = compile_answers(SimpleNamespace(answer_charset="", other_answers="held"), [], [made])
    assert plan is not None
    assert understand(plan, given).reference == reference


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ("json", "nothing"), ("json", "none"), ("json", "a..b"), ("json", "x" * 400), ("xml", "a"), ("header", "X-A"),
        ("body", "7"), ("body", "-1"), ("body", "٣"), ("body", ""), ("body", "9" * 30), ("strange", "x"),
    ],
)  # fmt: skip
def test_a_place_where_nothing_is_makes_nothing(part: str, place: str) -> None:
    for make in (lambda: suggest_rule(answer(JSON), part=part, place=place, meaning="accepted"),
                 lambda: suggest_capture(answer(JSON), part=part, place=place)):  # fmt: skip
        with pytest.raises(NothingThere):
            make()
