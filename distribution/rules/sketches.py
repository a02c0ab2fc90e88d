"""A rule as somebody else described it, to be looked through by staff: from a pasted command or from a template."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.functional import Promise

from distribution.choices import AuthKind, BodyFormat, Method, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchedMapping:
    """One mapping, by the names of the rule editor's form (see `FieldMapping`); `secret` is in the clear."""

    source: str
    name: str = ""
    placement: str = Placement.FIELD
    source_key: str = ""
    constant: str = ""
    transform: str = ""
    date_format: str = ""
    json_type: str = ""
    secret: str = ""

    def as_row(self) -> dict[str, Any]:
        """Give the row of the mapping table."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSketch:
    """What a rule would send; an empty `url` is asked of staff.

    `notes` are sentences for staff: what is to be checked, and what was left out.
    """

    url: str
    method: str = Method.POST
    body_format: str = BodyFormat.JSON
    charset: str = "utf-8"
    template: str = ""
    soap_action: str = ""
    auth_kind: str = AuthKind.NONE
    auth_username: str = ""
    auth_secret: str = ""
    auth_options: Mapping[str, str] = field(default_factory=dict)
    mappings: Sequence[SketchedMapping] = ()
    notes: Sequence[str | Promise] = ()
