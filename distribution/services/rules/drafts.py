"""A rule as staff wrote it, before anything of it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from distribution.choices import AuthKind, BodyFormat, Method, Placement
from distribution.models import Rule, RuleVersion


class RulePart(Protocol):
    """A part of a rule that has a draft of its own: one section of the editor, told to the service.

    Both methods may raise `RuleInvalid`, naming fields as its section's form does; then nothing is saved.
    """

    def fill(self, rule: Rule, version: RuleVersion) -> None:
        """Put what the part says into columns of the two, which are validated and saved afterwards. Also called
        for a preview, where neither is ever saved."""

    def write(self, rule: Rule, version: RuleVersion) -> None:
        """Write the rows that belong to the part anew; `rule` and `version`, the draft, are saved already."""


@dataclass(frozen=True, kw_only=True)
class MappingDraft:
    """One mapping as staff wrote it; see `FieldMapping` for the fields.

    `secret` None keeps the secret that is stored for a mapping of the same placement and name.
    """

    source: str
    name: str
    placement: str = Placement.FIELD
    source_key: str = ""
    constant: str = ""
    transform: str = ""
    date_format: str = ""
    value_table: dict[str, str] = field(default_factory=dict)
    default: str = ""
    joined_source: str = ""
    joined_key: str = ""
    separator: str = " "
    max_length: int | None = None
    json_type: str = ""
    is_always_sent: bool = False
    secret: str | None = None


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """A rule as staff wrote it. `auth_secret` and `signing_secret` None keep the secrets that are stored.

    A part that is not among `parts` is left as a new rule has it.
    """

    name: str
    url: str
    mappings: Sequence[MappingDraft]
    sources_mode: str = ""
    source_ids: Sequence[int] = ()
    method: str = Method.POST
    body_format: str = BodyFormat.JSON
    auth_kind: str = AuthKind.NONE
    auth_username: str = ""
    auth_secret: str | None = None
    auth_options: dict[str, str] = field(default_factory=dict)
    charset: str = "utf-8"
    is_lossy: bool = False
    template: str = ""
    soap_action: str = ""
    mail_subject: str = ""
    mail_text: str = ""
    sandbox_url: str = ""
    is_signed: bool = False
    signing_secret: str | None = None
    ca_certificate: str = ""
    timeout_s: int = 20
    allow_http: bool = False
    max_in_flight: int = 8
    parts: Sequence[RulePart] = ()
