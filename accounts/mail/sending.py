"""Handing mails to the mail server, and which of its refusals are final."""

import smtplib
import uuid
from email.utils import parseaddr

import uuid_utils.compat
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import EmailMessage
from procrastinate.contrib.django import app

from accounts.mail.writing import Mail

LEAST_PERMANENT_CODE = 500  # RFC 5321, 4.2.1
SEND_MAIL = "accounts.send_mail"


class MailRefused(Exception):
    """The mail server refuses this mail or its recipient for good; trying again would bring the same answer."""


def new_message_id() -> str:
    """Make the identification of a mail (RFC 5322, 3.6.4), in order of time."""
    return message_id(uuid_utils.compat.uuid7())


def message_id(key: uuid.UUID | str) -> str:
    """Give the identification that belongs to a key: the same mail sent twice is recognised by it."""
    return f"<{key}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"


def queue(mail: Mail) -> None:
    """Let the worker send a mail when the current transaction commits; it goes on trying while the server is away."""
    app.configure_task(SEND_MAIL).defer(
        to=mail.to, subject=mail.subject, text=mail.text, html=mail.html, identification=new_message_id()
    )


def send(mail: Mail, *, identification: str) -> None:
    """Hand a mail to the mail server and wait until it is taken.

    Raises `MailRefused` when the server will never take it, and `OSError` or `smtplib.SMTPException` for what may
    pass.
    """
    email = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to],
        headers={"Message-ID": identification, "Auto-Submitted": "auto-generated"},
    )
    email.attach_alternative(mail.html, "text/html")
    hand_over(email)


def hand_over(email: EmailMessage) -> None:
    """Give a message to the mail server; raises as `send` does."""
    try:
        get_connection().send_messages([email])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        if code_of(error) >= LEAST_PERMANENT_CODE:
            raise MailRefused(reply_of(error)) from error
        raise


def code_of(error: smtplib.SMTPException) -> int:
    """Give the server's reply code; 0 when it gave none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _text in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def reply_of(error: smtplib.SMTPException) -> str:
    """Give what the server said, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {_text(text)}" for code, text in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        said = str(error)
    return " ".join(said.split())


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
