"""Small Django expressions from which the translation is built."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.db.models import Field, Func, Value
from django.db.models import fields as model_fields
from django.db.models.expressions import Combinable

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType

_FIELDS: dict[PrimitiveType, tuple[type[Field[Any, Any]], str]] = {
    edm.BOOLEAN: (model_fields.BooleanField, "boolean"),
    edm.BYTE: (model_fields.BigIntegerField, "bigint"),
    edm.SBYTE: (model_fields.BigIntegerField, "bigint"),
    edm.INT16: (model_fields.BigIntegerField, "bigint"),
    edm.INT32: (model_fields.BigIntegerField, "bigint"),
    edm.INT64: (model_fields.BigIntegerField, "bigint"),
    edm.SINGLE: (model_fields.FloatField, "double precision"),
    edm.DOUBLE: (model_fields.FloatField, "double precision"),
    edm.STRING: (model_fields.TextField, "text"),
    edm.GUID: (model_fields.UUIDField, "uuid"),
    edm.DATE: (model_fields.DateField, "date"),
    edm.TIME_OF_DAY: (model_fields.TimeField, "time"),
    edm.DATE_TIME_OFFSET: (model_fields.DateTimeField, "timestamptz"),
    edm.DURATION: (model_fields.DurationField, "interval"),
    edm.BINARY: (model_fields.BinaryField, "bytea"),
}


class _AnyDecimalField(model_fields.DecimalField):
    """Digits as the database computed them; a DecimalField would round to its own places."""

    def __init__(self) -> None:
        super().__init__(max_digits=None, decimal_places=None)


def field_of(kind: PrimitiveType) -> Field[Any, Any]:
    """The Django field that reads values of an Edm type from the database."""
    return _AnyDecimalField() if kind is edm.DECIMAL else _FIELDS[_stored(kind)][0]()


def type_name(kind: PrimitiveType) -> str:
    """PostgreSQL's name for the values of an Edm type; all integers compute as bigint."""
    return "numeric" if kind is edm.DECIMAL else _FIELDS[_stored(kind)][1]


def _stored(kind: PrimitiveType) -> PrimitiveType:
    return edm.INT32 if isinstance(kind, edm.EnumType) else kind


class Slot(Value):
    """The place of a value that is put in when the statement is run; see `plans`."""

    def __init__(self, number: int, kind: PrimitiveType = edm.STRING) -> None:
        super().__init__(number, output_field=field_of(kind))

    @property
    def number(self) -> int:
        """Which of the request's values it is."""
        return int(self.value)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """A placeholder with the slot itself as its parameter."""
        return "%s", [self]


class Sql(Func):
    """SQL text with `{}` for each operand, for instance `Sql("({} = {})", left, right)`. The text is ours, never a
    client's.
    """

    def __init__(self, template: str, *operands: Any, kind: PrimitiveType = edm.BOOLEAN) -> None:
        super().__init__(*operands, output_field=field_of(kind))
        self.pieces = template.replace("%", "%%").split("{}")

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Put the compiled operands into the text."""
        text, params = [], []
        for piece, operand in zip_longest(self.pieces, self.source_expressions):
            text.append(piece)
            if operand is not None:
                sql, own = compiler.compile(operand)
                text.append(sql)
                params.extend(own)
        return "".join(text), params


def with_names(body: str, *operands: Any, kind: PrimitiveType) -> Sql:
    """SQL that needs its operands more than once, as v.a, v.b, ...

    Each operand is written once however often the body uses it: repeating it would double the statement with every
    level of nesting. OFFSET 0 keeps the planner from putting the operands back into the body, which would do the same
    to its work.
    """
    values = ", ".join(f"{{}} AS {name}" for name, _operand in zip("abcdefgh", operands, strict=False))
    text = f"(SELECT {body} FROM (SELECT {values} OFFSET 0) AS v)"  # noqa: S608 - our own text, operands stay apart
    return Sql(text, *operands, kind=kind)


def is_any_of(operand: Any, items: list[Any]) -> Sql:
    """Whether a value is among others, where null equals null; each is written once."""
    rows = ", ".join(["({})"] * len(items))
    found = f"SELECT bool_or(v.a IS NOT DISTINCT FROM i.x) FROM (VALUES {rows}) AS i(x)"  # noqa: S608 - no names
    text = f"(SELECT ({found}) FROM (SELECT {{}} AS a OFFSET 0) AS v)"  # noqa: S608 - as above
    return Sql(text, *items, operand)


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


def constant(value: Any, kind: PrimitiveType | None) -> Combinable:
    """A literal with an explicit type, so that PostgreSQL never has to guess."""
    if value is None or kind is None:
        return Sql("NULL" if kind is None else f"NULL::{type_name(kind)}", kind=kind or edm.STRING)
    operand = value if isinstance(value, Slot) else Value(value, output_field=field_of(kind))
    return Sql(f"({{}})::{type_name(kind)}", operand, kind=kind)
