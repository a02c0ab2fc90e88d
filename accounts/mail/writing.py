"""What every mail has in common: its reader's language and clock, absolute links, a text and an HTML part."""

import zoneinfo
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import timezone, translation


class Reader(Protocol):
    """Whoever a mail is for."""

    email: str
    language: str
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail ready to be sent. `subject` is one line; `html` shows what `text` says."""

    to: str
    subject: str
    text: str
    html: str


def absolute_url(path: str) -> str:
    """Give the address under which others reach a page of this installation: `PUBLIC_URL`, else this machine's."""
    return f"{settings.PUBLIC_URL or f'http://127.0.0.1:{settings.PORT}'}{path}"


def write_mail(*, reader: Reader, template: str, context: dict[str, Any]) -> Mail:
    """Write a mail in its reader's language by the templates `<template>.subject.txt`, `.txt` and `.html`.

    Line breaks in the subject become spaces, so that nothing in it can begin another header.
    """
    with translation.override(reader.language), timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        known = context | {"language": reader.language, "is_rtl": translation.get_language_bidi()}
        return Mail(
            to=reader.email,
            subject=" ".join(_plain(f"{template}.subject.txt", known).split()),
            text=_plain(f"{template}.txt", known).strip() + "\n",
            html=render_to_string(f"{template}.html", known),
        )


def _plain(template: str, context: dict[str, Any]) -> str:
    """Render what no browser reads: nothing is escaped."""
    return Engine.get_default().get_template(template).render(Context(context, autoescape=False))
