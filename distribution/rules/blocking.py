"""The block list: how its entries are written, and whether a lead is on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.choices import BlockedKind
from distribution.rules import phones
from distribution.rules.lead_facts import LeadFacts

_SHORTEST_PREFIX = 2


class NotBlockable(ValueError):
    """The text is no phone, address or domain; the message says what to write."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry as it is compared."""

    id: int
    kind: str
    value: str
    reason: str


def entry_value(kind: str, text: str) -> str:
    """Give the form in which an entry is stored and compared; raises `NotBlockable`."""
    text = text.strip()
    if kind == BlockedKind.PHONE:
        if not (number := phones.normalize(text)):
            raise NotBlockable(_("This is no phone number. Write it as 050-123-4567 or +972501234567."))
        return number
    if kind == BlockedKind.PHONE_PREFIX:
        return _prefix(text)
    local, at, domain = text.lower().rpartition("@")
    if kind == BlockedKind.EMAIL:
        if not (local and at and domain) or any(mark.isspace() for mark in text):
            raise NotBlockable(_("This is no e-mail address. Write it as name@example.com."))
        return f"{local}@{domain}"
    if local or "." not in domain or any(mark.isspace() for mark in domain):
        raise NotBlockable(_("This is no domain. Write it as example.com."))
    return domain


def _prefix(text: str) -> str:
    digits = "".join(mark for mark in text if mark.isdecimal())
    if len(digits) < _SHORTEST_PREFIX:
        raise NotBlockable(_("Write at least two digits of the beginning, such as 055 or +44."))
    if text.startswith("*"):
        return f"*{digits}"
    if text.startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"+{phones.HOME_CODE}{digits.removeprefix('0')}"


class BlockList:
    """All entries, ready to be asked."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_kind: dict[str, dict[str, Entry]] = {kind: {} for kind in BlockedKind.values}
        for entry in entries:
            self._by_kind[entry.kind][entry.value] = entry
        self._prefix_lengths = sorted({len(value) for value in self._by_kind[BlockedKind.PHONE_PREFIX]})

    def entry_for(self, lead: LeadFacts) -> Mapping[str, Any] | None:
        """Give the entry that names a lead's phone or address, as a report keeps it; None when there is none."""
        found = self._by_phone(lead.phone_normalized) or self._by_email(lead.email.lower())
        if found is None:
            return None
        return {"entry": found.id, "kind": found.kind, "value": found.value, "reason": found.reason}

    def _by_phone(self, phone: str) -> Entry | None:
        if not phone:
            return None
        prefixes = self._by_kind[BlockedKind.PHONE_PREFIX]
        beginnings = (prefixes.get(phone[:length]) for length in self._prefix_lengths if length <= len(phone))
        return self._by_kind[BlockedKind.PHONE].get(phone) or next((entry for entry in beginnings if entry), None)

    def _by_email(self, email: str) -> Entry | None:
        if not email:
            return None
        if found := self._by_kind[BlockedKind.EMAIL].get(email):
            return found
        # A domain names those below it, too.
        labels = email.rpartition("@")[2].split(".")
        domains = (".".join(labels[at:]) for at in range(len(labels) - 1))
        return next((entry for domain in domains if (entry := self._by_kind[BlockedKind.DOMAIN].get(domain))), None)
