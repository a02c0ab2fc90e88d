"""What the demo's client systems answer: to the leads of the past in `history`, and live in the stand-in.

No Django here: the stand-in is a process of its own.
"""

import json
import random
from dataclasses import dataclass

from leadmanager.demo import agreed


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of a client's system."""

    status: int
    content_type: str
    body: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that go with it."""
        return [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]


BUSY = Answer(status=503, content_type="text/plain; charset=utf-8", body=b"Service temporarily unavailable")

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_HTML = "text/html; charset=windows-1255"


def taken(name: str, chance: random.Random) -> Answer:
    """Give what the system of the client called `name` answers to a lead that it takes."""
    if name == agreed.COLLEGE:
        return Answer(status=200, content_type=_TEXT, body=b"OK")
    if name == agreed.ESTATE:
        return _json(201, {"data": {"leadId": chance.randrange(8_000, 99_999)}})
    return _html(200, agreed.CENTRE_SUCCESS)


def refused(name: str, chance: random.Random) -> Answer:
    """Give what it answers to a lead that it does not want."""
    if name == agreed.COLLEGE:
        return Answer(status=400, content_type=_TEXT, body=b"ERROR: duplicate")
    if name == agreed.ESTATE:
        exists = {"errors": [{"field": "contact.phones", "message": "exists"}]}
        invalid = {"errors": [{"field": "contact.name.last", "message": "is required"}]}
        return chance.choice((_json(409, exists), _json(422, invalid)))
    return _html(422, "מספר הטלפון אינו תקין")


def locked_out(name: str) -> Answer:
    """Give what it answers to credentials that it does not know."""
    if name == agreed.COLLEGE:
        return Answer(status=403, content_type=_TEXT, body=b"ERROR: unknown sp or secret")
    if name == agreed.ESTATE:
        return _json(401, {"errors": [{"message": "token expired"}]})
    return _html(403, "קוד קמפיין לא מוכר")


def _json(status: int, document: object) -> Answer:
    return Answer(status=status, content_type=_JSON, body=json.dumps(document).encode())


def _html(status: int, text: str) -> Answer:
    page = f'<html dir="rtl"><body>{text}</body></html>'
    return Answer(status=status, content_type=_HTML, body=page.encode("windows-1255"))
