"""What a declaration's functions are given, and what they give back."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request: who asks, in which language, when, and under which absolute service root (ends with a slash)."""

    request: HttpRequest
    principal: Any
    language: str
    now: dt.datetime
    root: str


@dataclass(frozen=True, kw_only=True)
class Idempotency:
    """The sender's promise that equal keys mean one request.

    From `Repeatability-Request-ID` and `Repeatability-First-Sent` (OASIS Repeatable Requests 1.0), or from
    `Idempotency-Key` (IETF draft), bare or quoted; `first_sent` is None then.
    """

    key: str
    first_sent: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Write:
    """One insert, update or delete, already parsed and checked against the declaration.

    `values` holds what the body gave, by property name, as Python values (UUID, Decimal, aware datetime, ...); what
    clients may not write is left out. `key` is the key of the addressed entity (updates, deletes), by property name; an
    alternate key only where the set upserts and there is no such entity. `check` raises where `If-Match`
    or `If-None-Match` does not hold, and keeps the entity locked; it is for the updates of sets that are
    `is_repeatable`, and has been called already for all others.
    """

    context: Context
    values: Mapping[str, Any] = field(default_factory=dict)
    key: Mapping[str, Any] = field(default_factory=dict)
    idempotency: Idempotency | None = None
    replace: bool = False
    check: Callable[[], None] = lambda: None
    target: str = ""  # name of the operation and the set, part of the fingerprint

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 over operation, key and values: equal for the same request, however its body is spelled."""
        given = (self.target, sorted(self.key.items()), sorted(self.values.items()))
        return hashlib.sha256(repr(given).encode("utf-8", "backslashreplace")).digest()


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a write function did.

    `key`: the entity's key by property name. `values`: all structural properties by name when they are at hand (saves
    reading them again). `created`: False when nothing new came into being (an update, or a duplicate that is answered
    with what is there already, status 200). `replayed`: an earlier request with the same idempotency key was answered
    again, with its original `created`.
    """

    key: Mapping[str, Any]
    values: Mapping[str, Any] | None = None
    created: bool = True
    replayed: bool = False
