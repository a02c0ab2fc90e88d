"""The registry of values that a field mapping can send. Apps above add their own when they are ready."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(slots=True, kw_only=True)
class Subject:
    """What one request is about: a lead, the client it is given to, and the routing between them.

    Plain values, so that the same rendering serves the transmit loop (rows of SQL), a test send and a preview.
    `time_zone` is the client's, by its name in the time zone database.
    """

    routing_id: UUID
    routing_number: int
    client_name: str = ""
    time_zone: str = "Asia/Jerusalem"
    lead_id: int = 0
    name: str = ""
    phone: str = ""
    phone_normalized: str = ""
    email: str = ""
    city: str = ""
    notes: str = ""
    consent: bool | None = None
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    source_name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    client_reference: str = ""
    captured: Mapping[str, str] = field(default_factory=dict)
    client_id: int = 0
    client_language: str = "he"
    # What values with a `context_sql` read from the database: {their key: rows}.
    context: Mapping[str, Sequence[tuple[Any, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Links:
    """A value that is several links, each with its text; where only text can stand, a line each."""

    links: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "\n".join(f"{text}: {url}" for text, url in self.links)


@dataclass(frozen=True, kw_only=True)
class SendableValue:
    """One entry of the list “our field”.

    `read` gives the value of a subject; it is called with the mapping's `source_key`, which only entries with
    `takes_key` use. `read_phone`, where there is one, gives the same number normalised already. `context_sql`, where
    there is one, is asked once for all the leads that are put together at a time; its rows are in the subject's
    `context` under the value's key.
    """

    key: str
    label: str | Promise
    sample: str
    read: Callable[[Subject, str], Any]
    takes_key: bool = False
    read_phone: Callable[[Subject], str] | None = None
    context_sql: str = ""


CONSTANT = "constant"
# Offered by feedback: what a mail needs instead of the routing ID, for a person answers and not a system.
FEEDBACK_LINKS = "feedback.links"
SECRET = "secret"  # noqa: S105 - a key of the list
# What feedback names the lead by.
ROUTING_SOURCES = ("routing.id", "routing.number")

_values: dict[str, SendableValue] = {}


def register(value: SendableValue) -> None:
    """Offer a value to mappings; the same key again replaces it."""
    _values[value.key] = value


def sendable_values() -> list[SendableValue]:
    """Give all values in the order in which a list shows them."""
    return list(_values.values())


def sendable_value(key: str) -> SendableValue | None:
    """Give the value registered under a mapping's `source`, None when there is none."""
    return _values.get(key)


def context_queries(sources: Iterable[str]) -> dict[str, str]:
    """Give the SQL that has to be asked before these values can be read, by the value's key."""
    values = (sendable_value(source) for source in set(sources))
    return {value.key: value.context_sql for value in values if value is not None and value.context_sql}


def last_name(name: str) -> str:
    """Give the name after its first word."""
    return name.partition(" ")[2].strip() if (name := name.strip()) else ""


def first_name(name: str) -> str:
    """Give the first word of the name."""
    return name.partition(" ")[0] if (name := name.strip()) else ""


for _value in (
    SendableValue(key="routing.id", label=_("Routing ID"), sample="", read=lambda s, key: str(s.routing_id)),
    SendableValue(key="routing.number", label=_("Routing number"), sample="", read=lambda s, key: s.routing_number),
    SendableValue(
        key="routing.client_reference",
        label=_("The client's own ID of the lead"),
        sample="8812",
        read=lambda s, key: s.client_reference,
    ),
    SendableValue(
        key="routing.captured",
        label=_("Value taken from an earlier answer"),
        sample="8812",
        read=lambda s, key: s.captured.get(key),
        takes_key=True,
    ),
    SendableValue(key="lead.name", label=_("Full name"), sample="נועה בן־דוד", read=lambda s, key: s.name),
    SendableValue(key="lead.first_name", label=_("First name"), sample="נועה", read=lambda s, key: first_name(s.name)),
    SendableValue(key="lead.last_name", label=_("Last name"), sample="בן־דוד", read=lambda s, key: last_name(s.name)),
    SendableValue(
        key="lead.phone",
        label=_("Phone"),
        sample="050-123-4567",
        read=lambda s, key: s.phone,
        read_phone=lambda s: s.phone_normalized,
    ),
    SendableValue(key="lead.email", label=_("E-mail"), sample="noa@example.co.il", read=lambda s, key: s.email),
    SendableValue(key="lead.city", label=_("City"), sample="חיפה", read=lambda s, key: s.city),
    SendableValue(key="lead.notes", label=_("Notes"), sample="לחזור אחר הצהריים", read=lambda s, key: s.notes),
    SendableValue(key="lead.consent", label=_("Consent to marketing"), sample="1", read=lambda s, key: s.consent),
    SendableValue(
        key="lead.submitted_at",
        label=_("Time of the enquiry"),
        sample="",
        read=lambda s, key: s.submitted_at or s.received_at,
    ),
    SendableValue(
        key="lead.received_at", label=_("Time of arrival here"), sample="", read=lambda s, key: s.received_at
    ),
    SendableValue(key="lead.source", label=_("Source of the lead"), sample="קמפיין", read=lambda s, key: s.source_name),
    SendableValue(key="lead.id", label=_("Number of the lead"), sample="1", read=lambda s, key: s.lead_id),
    SendableValue(
        key="lead.data",
        label=_("Further field"),
        sample="בדיקה",
        read=lambda s, key: s.data.get(key),
        takes_key=True,
    ),
    SendableValue(key="client.name", label=_("Name of the client"), sample="", read=lambda s, key: s.client_name),
    # Its value stands in the mapping itself; rendering puts it in.
    SendableValue(key=CONSTANT, label=_("Fixed value"), sample="", read=lambda s, key: None),
    SendableValue(key=SECRET, label=_("Secret fixed value (hidden everywhere)"), sample="", read=lambda s, key: None),
):
    register(_value)
