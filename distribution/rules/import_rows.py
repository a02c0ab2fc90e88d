"""From a file's rows to leads, by the matching of its columns."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from distribution.rules.fields import FURTHER, LEAD_FIELDS, Recogniser, Vocabulary, comparable
from distribution.rules.lead_draft import Entry, LeadDraft, draft_lead
from distribution.rules.table_files import Row

# Normalised phone, e-mail where there is no phone, and when the enquiry was made.
PresenceKey = tuple[str, str, datetime | None]


def propose_matching(
    columns: Sequence[str], field_names: Mapping[str, str], vocabulary: Vocabulary = LEAD_FIELDS
) -> dict[str, str]:
    """Give {column: our field} by the source's own names and the usual ones."""
    recogniser = Recogniser(field_names, vocabulary)
    return {column: recogniser.field(column) for column in columns}


def learnt_names(matching: Mapping[str, str], field_names: Mapping[str, str]) -> dict[str, str]:
    """Give a source's field names with what this matching teaches: whatever would not be recognised without it."""
    learnt = dict(field_names)
    usual = Recogniser({})
    for column, field in matching.items():
        if Recogniser(learnt).field(column) != field:
            same = [name for name in learnt if comparable(name) == comparable(column)]
            for name in same:
                del learnt[name]
            if usual.field(column) != field:
                learnt[column] = field
    return learnt


def draft_row(row: Row, columns: Sequence[str], matching: Mapping[str, str], *, zone: tzinfo) -> LeadDraft:
    """Give the lead that a row is; cells beyond the named columns are kept under their place."""
    entries = []
    for place, cell in enumerate(row.cells):
        if not cell:
            continue
        name = columns[place] if place < len(columns) else f"column {place + 1}"
        entries.append((matching.get(name, FURTHER), Entry(name, cell)))
    return draft_lead(entries, zone=zone)


def presence_key(draft: LeadDraft) -> PresenceKey:
    """Give what tells whether a row without an id is here already: who, and when."""
    return draft.phone_normalized, "" if draft.phone_normalized else draft.email.lower(), draft.submitted_at
