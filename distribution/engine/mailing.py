"""One mail of a rule handed to the mail server: what goes out is exactly what was frozen."""

import asyncio
import email
import email.policy
import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage as ParsedMail

from django.core.mail import get_connection
from django.core.mail.message import EmailMessage

from accounts.mail.sending import reply_of
from distribution.rules.mail_outcome import HANDED_OVER, UNREACHABLE, read_failure
from distribution.rules.rendering import RenderedRequest

# The mail server is the agency's own and takes its mails one by one; smtplib waits in threads.
_threads = ThreadPoolExecutor(8, thread_name_prefix="mail")
SCHEME = "mailto:"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What came of it: a code of `rules.outcome`, and what the mail server said."""

    code: str
    detail: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the mail server has the mail now."""
        return self.code == HANDED_OVER


class _Frozen(EmailMessage):
    """A mail of bytes that are made already, for Django's mail backends."""

    def __init__(self, content: bytes, *, to: str, from_email: str) -> None:
        super().__init__(to=[to], from_email=from_email)
        self._content = content

    def message(self) -> "_Bytes":  # type: ignore[override]
        return _Bytes(self._content)


class _Bytes:
    """The part of `email.message.Message` that the backends ask for."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __getitem__(self, name: str) -> str | None:
        return read_mail(self._content)[name]

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:
        return self._content


async def hand_in(request: RenderedRequest, *, deadline_s: float) -> HandedIn:
    """Hand the mail of a rendered request to the mail server, waiting at most until the deadline.

    A mail that was broken off may have been taken all the same; sent again, it is the same by its Message-ID.
    """
    loop = asyncio.get_running_loop()
    content = request.body or b""
    try:
        async with asyncio.timeout(deadline_s):
            await loop.run_in_executor(_threads, _send, content, request.url.removeprefix(SCHEME))
    except TimeoutError:
        return HandedIn(UNREACHABLE, f"> {deadline_s} s")
    except smtplib.SMTPException as error:
        return HandedIn(read_failure(error), reply_of(error))
    except OSError as error:
        return HandedIn(read_failure(error), str(error))
    return HandedIn(HANDED_OVER)


def _send(content: bytes, to: str) -> None:
    sender = str(read_mail(content)["From"])
    get_connection().send_messages([_Frozen(content, to=to, from_email=sender)])


def read_mail(content: bytes) -> ParsedMail:
    """Read a mail's bytes."""
    return email.message_from_bytes(content, policy=email.policy.default)


def readable(content: bytes) -> tuple[Sequence[tuple[str, str]], str]:
    """Give a mail as people read it: its headers and the text of its text part."""
    mail = read_mail(content)
    part = mail.get_body(("plain",))
    headers = [(name, str(value)) for name, value in mail.items() if name not in {"MIME-Version", "Content-Type"}]
    return headers, part.get_content().replace("\r\n", "\n") if part is not None else ""
