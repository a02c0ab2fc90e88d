"""What keeps a rule version from being sent, said at a field of its form."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is the version's or mapping's field it belongs to; `mapping` is the mapping's place in the list, None
    for the version itself."""

    field: str
    code: str
    message: str | Promise
    mapping: int | None = None
