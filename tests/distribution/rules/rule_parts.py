"""Versions and mappings as plain values, for tests of what is rendered from them and what is refused."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Version:
    """A rule version being edited."""

    url: str = "https://crm.example.co.il/api/leads"
    method: str = "POST"
    body_format: str = "json"
    charset: str = "utf-8"
    is_lossy: bool = False
    template: str = ""
    soap_action: str = ""


@dataclass
class Mapping:
    """A mapping being edited."""

    name: str
    source: str = "lead.name"
    placement: str = "field"
    source_key: str = ""
    constant: str = ""
    transform: str = ""
    date_format: str = ""
    value_table: dict[str, Any] = field(default_factory=dict)
    default: str = ""
    joined_source: str = ""
    joined_key: str = ""
    separator: str = " "
    secret: bytes | None = None
    secret_slot: str = ""
    max_length: int | None = None
    json_type: str = ""
    is_always_sent: bool = False


def slot(name: str, source: str = "lead.name", **fields: Any) -> Mapping:
    """Give a mapping that fills a slot."""
    return Mapping(name, source, placement="slot", **fields)
