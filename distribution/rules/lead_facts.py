"""A lead as conditions, duplicates and the block list see it: plain values, whatever door it came through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.rules.fields import comparable
from distribution.rules.lead_draft import LeadDraft
from distribution.rules.values import first_name, last_name

FURTHER_FIELD = "data"

# The fields that conditions can ask about, in the order in which screens offer them.
CONDITION_FIELDS: dict[str, str | Promise] = {
    "source": _("source"),
    "name": _("name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "city": _("city"),
    "notes": _("notes"),
    "consent": _("consent to marketing"),
    "submitted_at": _("time of the enquiry"),
    "external_id": _("id at the source"),
    FURTHER_FIELD: _("further field"),
}
DATE_FIELDS = {"submitted_at"}


@dataclass(kw_only=True)
class LeadFacts:
    """What is known of a lead. `id` is None while it is on its way in."""

    id: int | None = None
    source_id: int = 0
    source_name: str = ""
    external_id: str = ""
    name: str = ""
    phone: str = ""
    phone_normalized: str = ""
    email: str = ""
    city: str = ""
    notes: str = ""
    consent: bool | None = None
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def value(self, name: str, key: str = "") -> Any:
        """Give the value of a field of `CONDITION_FIELDS`; `key` names the further field, as people write names."""
        match name:
            case "data":
                return self._further.get(comparable(key))
            case "source":
                return self.source_name
            case "first_name":
                return first_name(self.name)
            case "last_name":
                return last_name(self.name)
            case "phone":
                return self.phone_normalized or self.phone
            case "submitted_at":
                return self.submitted_at or self.received_at
            case _:
                return getattr(self, name)

    @cached_property
    def _further(self) -> dict[str, Any]:
        return {comparable(key): value for key, value in self.data.items()}

    @property
    def person(self) -> tuple[str, ...]:
        """What tells that two leads are of one person: the phone and the e-mail address, each marked as such."""
        keys = (self.phone_normalized, self.email.lower() and f"@{self.email.lower()}")
        return tuple(key for key in keys if key)


def facts_of_draft(draft: LeadDraft, *, source_id: int, source_name: str, received_at: datetime) -> LeadFacts:
    """Give what is known of a lead that is on its way in."""
    return LeadFacts(
        source_id=source_id,
        source_name=source_name,
        external_id=draft.external_id or "",
        name=draft.name,
        phone=draft.phone,
        phone_normalized=draft.phone_normalized,
        email=draft.email,
        city=draft.city,
        notes=draft.notes,
        consent=draft.consent,
        submitted_at=draft.submitted_at,
        received_at=received_at,
        data=draft.data,
    )
