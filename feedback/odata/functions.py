"""The canonical functions: how many arguments of which kind, and the type of the result (OData URL Conventions 4.01,
5.1.1).
"""

from dataclasses import dataclass

from feedback.odata import edm
from feedback.odata.edm import PrimitiveType

STRINGS = (edm.STRING,)
NUMBERS = tuple(each for each in edm.PRIMITIVE_TYPES.values() if each.is_numeric)
INTEGERS = tuple(each for each in NUMBERS if each.is_integer)
INSTANTS = (edm.DATE_TIME_OFFSET,)
DAYS = (edm.DATE_TIME_OFFSET, edm.DATE)
TIMES = (edm.DATE_TIME_OFFSET, edm.TIME_OF_DAY)
DURATIONS = (edm.DURATION,)


@dataclass(frozen=True, slots=True)
class Signature:
    """Accepted types per argument, how many of them may be left out, and the result; None: the type of the first
    argument.
    """

    arguments: tuple[tuple[PrimitiveType, ...], ...]
    result: PrimitiveType | None
    optional: int = 0


FUNCTIONS: dict[str, Signature] = {
    "contains": Signature((STRINGS, STRINGS), edm.BOOLEAN),
    "startswith": Signature((STRINGS, STRINGS), edm.BOOLEAN),
    "endswith": Signature((STRINGS, STRINGS), edm.BOOLEAN),
    "length": Signature((STRINGS,), edm.INT32),
    "indexof": Signature((STRINGS, STRINGS), edm.INT32),
    "substring": Signature((STRINGS, INTEGERS, INTEGERS), edm.STRING, optional=1),
    "tolower": Signature((STRINGS,), edm.STRING),
    "toupper": Signature((STRINGS,), edm.STRING),
    "trim": Signature((STRINGS,), edm.STRING),
    "concat": Signature((STRINGS, STRINGS), edm.STRING),
    "year": Signature((DAYS,), edm.INT32),
    "month": Signature((DAYS,), edm.INT32),
    "day": Signature((DAYS,), edm.INT32),
    "hour": Signature((TIMES,), edm.INT32),
    "minute": Signature((TIMES,), edm.INT32),
    "second": Signature((TIMES,), edm.INT32),
    "fractionalseconds": Signature((TIMES,), edm.DECIMAL),
    "date": Signature((DAYS,), edm.DATE),
    "time": Signature((TIMES,), edm.TIME_OF_DAY),
    "totaloffsetminutes": Signature((INSTANTS,), edm.INT32),
    "totalseconds": Signature((DURATIONS,), edm.DECIMAL),
    "now": Signature((), edm.DATE_TIME_OFFSET),
    "mindatetime": Signature((), edm.DATE_TIME_OFFSET),
    "maxdatetime": Signature((), edm.DATE_TIME_OFFSET),
    "round": Signature((NUMBERS,), None),
    "floor": Signature((NUMBERS,), None),
    "ceiling": Signature((NUMBERS,), None),
}

# Defined by OData, not served here: 501, never a wrong result. matchesPattern would need ECMAScript's dialect in the
# database.
UNSUPPORTED = frozenset(
    {"matchespattern", "hassubset", "hassubsequence", "geo.distance", "geo.intersects", "geo.length"}
)

# Functions whose result depends on the offset of an instant. Instants are kept in UTC, so a literal with another
# offset is refused (sections 5.1.1.8.1 and following say that it must be).
ZONED = frozenset({"year", "month", "day", "hour", "date", "time", "totaloffsetminutes"})
