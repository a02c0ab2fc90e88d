"""From the names and values that came in to a lead, and the reasons for which there can be none.

Nothing that came is lost: a value that does not fit its field (too long, no date, no yes or no, a second phone)
is kept as a further field under the name it came with.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.rules import phones
from distribution.rules.dates import parse_moment
from distribution.rules.fields import FURTHER

# Characters that a field holds; what is longer is cut there and kept whole as a further field.
LIMITS = {"name": 200, "phone": 40, "city": 100, "notes": 10_000}
EMAIL_LIMIT = 254
EXTERNAL_ID_LIMIT = 200

YES = {"1", "true", "yes", "y", "on", "כן", "מאשר", "מאשרת", "v", "✓"}
NO = {"0", "false", "no", "n", "off", "לא"}

# Why there is no lead: the codes that the API and the file of refused rows give.
REFUSALS: dict[str, str | Promise] = {
    "unreachable": _("There is neither a phone nor an e-mail address."),
    "phone_impossible": _("The phone number cannot exist. Check its digits."),
    "email_invalid": _("The e-mail address is not one. Check its spelling."),
}


@dataclass(frozen=True)
class Entry:
    """One value that came: under a name, perhaps with a title that people read."""

    name: str
    value: Any
    title: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What its field may be recognised by."""
        return (self.name, self.title) if self.title else (self.name,)

    @property
    def shown_name(self) -> str:
        """The name to keep it under: the title where the name was made by a machine (`field_3fa1`)."""
        return self.title if self.title and (not self.name or self.name.startswith("field_")) else self.name


@dataclass(slots=True)
class LeadDraft:
    """A lead as it came, its values fitted to our fields."""

    external_id: str | None = None
    name: str = ""
    phone: str = ""
    phone_normalized: str = ""
    email: str = ""
    city: str = ""
    notes: str = ""
    consent: bool | None = None
    submitted_at: datetime | None = None
    is_test: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    # Fields that came with something that cannot be right: {"phone": "phone_impossible"}.
    wrong: dict[str, str] = field(default_factory=dict)

    def refusals(self) -> dict[str, str]:
        """Give {field: reason code} when nobody could be reached; empty when this is a lead."""
        if self.phone_normalized or self.email:
            return {}
        return self.wrong or {"phone": "unreachable", "email": "unreachable"}

    def keep(self, name: str, value: Any) -> None:
        """Keep a further field; of two with one name both stay."""
        free = name
        number = 1
        while free in self.data and self.data[free] != value:
            number += 1
            free = f"{name} ({number})"
        self.data[free] = value


def draft_lead(matched: Iterable[tuple[str, Entry]], *, zone: tzinfo, is_test: bool = False) -> LeadDraft:
    """Give the lead that values make, each with the field it is for (`fields.FIELD_LABELS`).

    Of two values for one field the first that says something takes it. `zone` is where dates without an offset
    were written.
    """
    drafting = _Drafting(zone, is_test=is_test)
    for target, entry in matched:
        drafting.take(target, entry)
    return drafting.finished()


def text_of(value: Any) -> str | None:
    """Give a value as text without surrounding white space; None for what is no single value."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    return None


def yes_or_no(text: str) -> bool | None:
    """Read yes or no; None for anything else."""
    folded = text.casefold()
    return True if folded in YES else False if folded in NO else None


class _Drafting:
    """A lead being put together."""

    def __init__(self, zone: tzinfo, *, is_test: bool) -> None:
        self._zone = zone
        self._draft = LeadDraft(is_test=is_test)
        self._name_parts: dict[str, Entry] = {}
        self._impossible_phone: Entry | None = None
        self._setters: dict[str, Callable[[str], bool]] = {
            "phone": self._set_phone,
            "email": self._set_email,
            "external_id": self._set_external_id,
            "consent": self._set_consent,
            "submitted_at": self._set_submitted_at,
        }

    def take(self, target: str, entry: Entry) -> None:
        """Put a value into its field, or keep it as a further one."""
        text = None if target == FURTHER else text_of(entry.value)
        if text is None:
            if target == FURTHER or entry.value is not None:
                self._draft.keep(entry.shown_name, entry.value)
        elif not text:
            return
        elif target in ("first_name", "last_name"):
            if target in self._name_parts:
                self._draft.keep(entry.shown_name, entry.value)
            else:
                self._name_parts[target] = Entry(entry.shown_name, text)
        elif target == "phone" and not phones.normalize(_without_meta_prefix(text)):
            self._draft.wrong.setdefault("phone", "phone_impossible")
            if self._impossible_phone is None:
                self._impossible_phone = Entry(entry.shown_name, text)
            else:
                self._draft.keep(entry.shown_name, text)
        elif getattr(self._draft, target) not in ("", None) or not self._set(target, text):
            self._draft.keep(entry.shown_name, entry.value)

    def finished(self) -> LeadDraft:
        """Give the lead once all values are in."""
        draft = self._draft
        parts = [self._name_parts[key] for key in ("first_name", "last_name") if key in self._name_parts]
        if parts and not draft.name:
            if not self._set("name", " ".join(part.value for part in parts)):
                for part in parts:
                    draft.keep(part.name, part.value)
        else:
            for part in parts:
                draft.keep(part.name, part.value)
        entry = self._impossible_phone
        # No machine can dial it, a person may still make sense of it.
        if entry is not None and (draft.phone or not self._set("phone", entry.value)):
            draft.keep(entry.name, entry.value)
        return draft

    def _set(self, target: str, text: str) -> bool:
        """Put a text into an empty field; False when it has to be kept as a further field (too)."""
        if setter := self._setters.get(target):
            return setter(text)
        setattr(self._draft, target, text[: LIMITS[target]])
        return len(text) <= LIMITS[target]

    def _set_phone(self, text: str) -> bool:
        text = _without_meta_prefix(text)
        self._draft.phone = text[: LIMITS["phone"]]
        self._draft.phone_normalized = phones.normalize(text)
        return len(text) <= LIMITS["phone"]

    def _set_email(self, text: str) -> bool:
        local, at, domain = text.removeprefix("mailto:").rpartition("@")
        if not (local and at and domain) or len(text) > EMAIL_LIMIT or any(mark.isspace() for mark in text):
            self._draft.wrong.setdefault("email", "email_invalid")
            return False
        self._draft.email = f"{local}@{domain}"
        return True

    def _set_external_id(self, text: str) -> bool:
        text = text.removeprefix("l:")  # Meta's exports write l:1201 for the lead that its webhook calls 1201
        if len(text) <= EXTERNAL_ID_LIMIT:
            self._draft.external_id = text or None
            return True
        # Cut, two long ids could become one; by their digest they stay two, and a repeat stays a repeat.
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._draft.external_id = f"{text[: EXTERNAL_ID_LIMIT - len(digest) - 1]}#{digest}"
        return False

    def _set_consent(self, text: str) -> bool:
        self._draft.consent = yes_or_no(text)
        return self._draft.consent is not None

    def _set_submitted_at(self, text: str) -> bool:
        self._draft.submitted_at = parse_moment(text, zone=self._zone)
        return self._draft.submitted_at is not None


def _without_meta_prefix(text: str) -> str:
    return text.removeprefix("p:").strip()  # Meta's exports write p:+972...
