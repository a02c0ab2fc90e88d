"""What a row of a client's file says: a table of cells and what becomes of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from distribution.rules.import_rows import propose_matching
from distribution.rules.table_files import Row
from feedback.rules.file_rows import FEEDBACK_FIELDS, ReasonNames, read_row

NAMES = ReasonNames([(1, "לא ענה", "No answer"), (4, "עסקה", "Deal"), (9, 'נדל"ן', "deal")])
ID = "019a2b3c-4d5e-7f60-8123-456789abcdef"


def read(**cells: str) -> Any:
    matching = {name: name for name in cells}
    return read_row(Row(2, list(cells.values())), list(cells), matching, NAMES, zone=ZoneInfo("Asia/Jerusalem"))


@pytest.mark.parametrize(
    ("cell", "routing_id", "number"),
    [("204", None, 204), ("#204", None, 204), (ID, UUID(ID), None), (ID.upper(), UUID(ID), None)],
)
def test_a_routing_is_named_by_number_or_id(cell: str, routing_id: UUID | None, number: int | None) -> None:
    row = read(routing=cell, reason="1")
    assert (row.said.routing_id, row.said.routing_number, row.refusal) == (routing_id, number, "")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("4", 4), ("עסקה", 4), (" עסקה ", 4), ("DEAL", 4), ("no answer", 1), ("נדל״ן", 9)],
)
def test_a_reason_is_named_by_number_or_by_name_in_either_language(cell: str, reason: int) -> None:
    assert read(routing="1", reason=cell).said.reason_id == reason


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1500", "1500"),
        ("1,500.50", "1500.50"),
        ("₪ 1,500", "1500"),
        ("1500,5", "1500.50"),
        ('12 ש"ח', "12"),
        ("-3", "-3"),
        ("", None),
        ("1,234,567", "1234567"),
    ],
)
def test_an_amount_is_read_as_people_write_it(cell: str, amount: str | None) -> None:
    assert read(routing="1", reason="1", amount=cell).said.amount == (None if amount is None else Decimal(amount))


def test_a_date_is_of_the_clients_own_clock() -> None:
    assert read(routing="1", reason="1", occurred_at="31/01/2026 09:30").said.occurred_at == datetime(
        2026, 1, 31, 7, 30, tzinfo=UTC
    )


def test_a_phone_stands_for_the_routing_where_none_is_named() -> None:
    row = read(phone="050-123 4567", reason="1")
    assert (row.phone, row.said.routing_number, row.said.routing_id, row.refusal) == ("+972501234567", None, None, "")
    assert read(phone="050-1234567", routing="7", reason="1").said.routing_number == 7


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"reason": "1"}, "routing_missing"),
        ({"routing": "0", "reason": "1"}, "routing_not_found"),
        ({"routing": "9" * 30, "reason": "1"}, "routing_not_found"),
        ({"routing": "abc", "reason": "1"}, "routing_not_found"),
        ({"routing": "٣", "reason": "1"}, "routing_not_found"),
        ({"phone": "12", "reason": "1"}, "phone_not_found"),
        ({"routing": "1"}, "reason_missing"),
        ({"routing": "1", "reason": "999"}, "reason_unknown"),
        ({"routing": "1", "reason": "²"}, "reason_unknown"),
        ({"routing": "1", "reason": "?"}, "reason_unknown"),
        ({"routing": "1", "reason": "1", "amount": "1.234.567"}, "amount_invalid"),
        ({"routing": "1", "reason": "1", "amount": "many"}, "amount_invalid"),
        ({"routing": "1", "reason": "1", "amount": "1e99999"}, "amount_invalid"),
        ({"routing": "1", "reason": "1", "amount": "NaN"}, "amount_invalid"),
        ({"routing": "1", "reason": "1", "amount": "1.234"}, "amount_invalid"),
        ({"routing": "1", "reason": "1", "occurred_at": "31/31/2026"}, "occurred_at_invalid"),
        ({"routing": "1", "reason": "1", "comment": "א" * 2001}, "text_too_long"),
        ({"phone": "050-1234567", "reason": "1", "comment": "א" * 2001}, "text_too_long"),
        ({"routing": "1", "reason": "1", "client_reference": "x" * 101}, "text_too_long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(cells: dict[str, str], code: str) -> None:
    assert read(**cells).refusal == code


def test_columns_are_known_by_the_names_that_people_give_them() -> None:
    columns = ["מספר ניתוב", "טלפון נייד", "סטטוס", "הערות", "סכום העסקה", "תאריך", "צבע"]
    fields = ["routing", "phone", "reason", "comment", "amount", "occurred_at", "unused"]
    assert propose_matching(columns, {}, FEEDBACK_FIELDS) == dict(zip(columns, fields, strict=True))
    assert propose_matching(["צבע"], {"צבע": "comment"}, FEEDBACK_FIELDS) == {"צבע": "comment"}
