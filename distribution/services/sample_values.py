"""What each row of a mapping table would send for one lead, and what that lead has to offer to further rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from accounts.models import User
from distribution.models import FieldMapping, Lead
from distribution.rules.rendering import RenderFailure
from distribution.rules.rendering.readers import field_of
from distribution.rules.values import CONSTANT, SECRET, Subject, sendable_values
from distribution.services.rules.drafts import MappingDraft
from distribution.services.rules.filling import mapping_of
from distribution.services.transmission import subject_of, test_routing

_LONGEST = 200
_MOST_FURTHER = 30


@dataclass(frozen=True, kw_only=True)
class OfferedField:
    """A field that a mapping could send, with the value it has in the lead."""

    source: str
    source_key: str
    label: str | Promise
    value: str


@dataclass(frozen=True, kw_only=True)
class SampleValues:
    """`rows` are the texts that rows would send, by the rows' names; empty where nothing is sent."""

    rows: Mapping[str, str]
    offered: Sequence[OfferedField]


def sample_values(*, client: User, lead: Lead | None, rows: Mapping[str, MappingDraft], now: datetime) -> SampleValues:
    """Give the values of a lead (of the client's test lead for None) in the forms that rows ask for."""
    routing = test_routing(client=client, now=now)
    mappings = {name: mapping_of(draft, position=0) for name, draft in rows.items()}
    subject = subject_of(lead or routing.lead, routing, list(mappings.values()))
    return SampleValues(
        rows={name: _text(mapping, subject) for name, mapping in mappings.items()},
        offered=_offered(subject),
    )


def _text(mapping: FieldMapping, subject: Subject) -> str:
    if mapping.source == SECRET:
        return ""
    try:
        return (field_of(mapping).text(subject) or "")[:_LONGEST]
    except (RenderFailure, ValueError, TypeError):
        return ""  # still being written; the preview and saving say what is wrong


def _offered(subject: Subject) -> list[OfferedField]:
    plain = [value for value in sendable_values() if not value.takes_key and not value.context_sql]
    found = [
        OfferedField(source=value.key, source_key="", label=value.label, value=_text(_bare(value.key), subject))
        for value in plain
        if value.key not in {CONSTANT, SECRET}
    ]
    further = [
        OfferedField(source="lead.data", source_key=key, label=key, value=_text(_bare("lead.data", key), subject))
        for key in list(subject.data)[:_MOST_FURTHER]
        if key
    ]
    return [field for field in (*found, *further) if field.value]


def _bare(source: str, key: str = "") -> FieldMapping:
    return FieldMapping(source=source, source_key=key)
