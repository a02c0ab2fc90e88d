"""Plans: what a query needs that does not depend on the values in the request, made once and kept.

A plan is found by everything else that can influence a statement or how its rows are written: set, options, format,
language, service root, and what `Declaration.plan_key` says of who asks. Literals leave their place to slots, which are
filled each time. What is not clear to be a mere value stays part of the key; when in doubt nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, cast, get_args

from feedback.odata.model import EntitySet, Navigation, Property
from feedback.odata.nodes import Arithmetic, Call, Literal, Node
from feedback.odata.sql import Slot

_NODES = get_args(Node)
# Who divides literals by literals gets the database's error while it plans; a slot would hide that from it.
_DIVISIONS = ("div", "divby", "mod")
_LARGEST = 512


class Unplannable(Exception):
    """This query cannot be a plan and is asked in the ordinary way."""


class Plans:
    """The plans of one service in one process, those last used; safe for threads."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._largest = largest
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: Hashable) -> Any:
        """Give what is kept for the key, None where there is nothing."""
        with self._lock:
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
            return found

    def keep(self, key: Hashable, plan: Any) -> None:
        """Keep a plan; the one that was not used for longest goes."""
        with self._lock:
            self._plans[key] = plan
            self._plans.move_to_end(key)
            while len(self._plans) > self._largest:
                self._plans.popitem(last=False)


def slotted(part: Any, values: list[Any]) -> Any:
    """The same expression with slots for its literals, whose values are added to `values`. Null and Booleans decide
    what SQL is written, so they stay.
    """
    if isinstance(part, tuple):
        return tuple([slotted(each, values) for each in part])
    if not isinstance(part, _NODES):
        return part
    if isinstance(part, Literal):
        if part.value is None or part.type is None or isinstance(part.value, bool):
            return part
        values.append(part.value)
        return Literal(Slot(len(values) - 1, part.type), part.type)
    if isinstance(part, Arithmetic) and part.operator in _DIVISIONS:
        return part
    if isinstance(part, Call) and part.name == "now":
        raise Unplannable("now() is another value each time")
    return type(part)(*[slotted(getattr(part, name), values) for name in part.__slots__])


def key_of(part: Any) -> Hashable:
    """What tells one expression from another, slots apart. Parts of the declaration are known by identity: it lives as
    long as its plans.
    """
    if isinstance(part, tuple):
        return tuple([key_of(each) for each in part])
    if isinstance(part, Literal):
        # By its text: 1, 1.0 and true are equal in Python, but not in SQL.
        return (Literal, part.type, type(part.value), None if isinstance(part.value, Slot) else repr(part.value))
    if isinstance(part, _NODES):
        if isinstance(part, Call) and part.name == "now":
            raise Unplannable("now() is another value each time")
        return (type(part), *[key_of(getattr(part, name)) for name in part.__slots__])
    if isinstance(part, Property | Navigation | EntitySet):
        return id(part)
    return cast(Hashable, part)  # operators, names, numbers, types
