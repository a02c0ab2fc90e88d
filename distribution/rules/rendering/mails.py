"""The mail of a rule whose destination is an address: subject, a table of the mapped fields, the feedback links."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, localtime
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from accounts.mail.sending import message_id
from distribution.rules.rendering.bodies import BodyWriter
from distribution.rules.rendering.readers import Field
from distribution.rules.rendering.request import RenderFailure, VersionLike
from distribution.rules.values import Links, Subject

MAIL = "MAIL"  # stands where a request over HTTP has its method
CONTENT_TYPE = "message/rfc822"
SCHEME = "mailto:"
_TEMPLATE = "distribution/mail/lead"
# Every kind of line end and control character: a header is one line, whatever a lead is called.
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the mail's table."""

    label: str
    value: str


def write_mail(version: VersionLike, fields: Sequence[Field], in_subject: Sequence[Field], *, to: str) -> BodyWriter:
    """Write the whole mail to an address, headers included, as it is handed to the mail server (RFC 5322).

    The subject is the version's own text and the values placed in it; fields follow as a table, links as buttons. Its
    Message-ID is made of the key, so that the same delivery sent twice is one mail to whoever compares.
    """

    def write(subject: Subject, key: str) -> tuple[str, bytes]:
        values = [(field.name, field.read(subject)) for field in fields]
        links = [(name, value) for name, value in values if isinstance(value, Links)]
        if not all(value.links for _name, value in links):
            raise RenderFailure("no_feedback_reasons", "")
        rows = [Row(field.name, text) for field in fields if (text := _text(field, subject)) is not None]
        title = _title(version.mail_subject, [field.text(subject) or "" for field in in_subject])
        context = {
            "title": title,
            "opening": version.mail_text,
            "rows": rows,
            "links": [(name, value.links) for name, value in links],
            "number": subject.routing_number,
        }
        return CONTENT_TYPE, _mail(to, title, _parts(context, subject.client_language), key).as_bytes()

    return write


def _text(field: Field, subject: Subject) -> str | None:
    value = field.read(subject)
    if isinstance(value, Links):
        return None
    if isinstance(value, bool):
        with translation.override(subject.client_language):
            return translation.gettext("Yes") if value else translation.gettext("No")
    return field.text(subject)


def _title(beginning: str, values: Sequence[str]) -> str:
    parts = [part for text in (beginning, *values) if (part := " ".join(_NOT_IN_A_HEADER.sub(" ", text).split()))]
    return " · ".join(parts)[:LONGEST_SUBJECT]


def _parts(context: dict[str, Any], language: str) -> tuple[str, str]:
    with translation.override(language):
        known = context | {"language": language, "is_rtl": translation.get_language_bidi()}
        engine = Engine.get_default()
        text = engine.get_template(f"{_TEMPLATE}.txt").render(Context(known, autoescape=False))
        return text.strip() + "\n", engine.get_template(f"{_TEMPLATE}.html").render(Context(known))


def _mail(to: str, title: str, parts: tuple[str, str], key: str) -> EmailMessage:
    text, html = parts
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = to
    mail["Subject"] = title
    mail["Date"] = formatdate(localtime().timestamp(), localtime=True)
    mail["Message-ID"] = message_id(key)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail
