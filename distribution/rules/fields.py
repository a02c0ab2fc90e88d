"""Under which names a lead's fields come: ours, and those of the forms and files that agencies meet.

A source's own names (`Source.field_names`) are asked first, these second; what neither knows stays a further field.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

# Our fields, in the order in which screens offer them. FURTHER says: keep it as a further field, whatever its name.
FURTHER = "data"
FIELD_LABELS = {
    "name": _("name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "city": _("city"),
    "notes": _("notes"),
    "consent": _("consent to marketing"),
    "external_id": _("id at the source"),
    "submitted_at": _("submitted"),
    FURTHER: _("further field"),
}

# English, Hebrew, Google lead forms (column_id), Elementor, Meta. Compared by `comparable`.
KNOWN_NAMES = {
    "name": (
        "name", "full name", "your name", "contact name", "lead name", "customer name",
        "שם", "שם מלא", "שם הלקוח", "שם לקוח", "שם ושם משפחה", "שם פרטי ומשפחה", "שם פרטי ושם משפחה",
    ),
    "first_name": ("first name", "fname", "given name", "שם פרטי", "פרטי"),
    "last_name": ("last name", "lname", "surname", "family name", "שם משפחה", "משפחה"),
    "phone": (
        "phone", "phone number", "your phone", "user phone", "mobile", "mobile phone", "mobile number", "cell",
        "cell phone", "cellphone", "tel", "telephone", "work phone", "contact phone", "whatsapp",
        "טלפון", "טלפון נייד", "נייד", "מספר טלפון", "מס טלפון", "טל", "טלפון סלולרי", "סלולרי", "פלאפון", "מספר נייד",
    ),
    "email": (
        "email", "e-mail", "email address", "your email", "user email", "work email", "mail", "contact email",
        "דואל", "דואר אלקטרוני", "אימייל", "מייל", "כתובת מייל", "כתובת אימייל", "כתובת דואל",
    ),
    "city": ("city", "town", "עיר", "עיר מגורים", "ישוב", "יישוב"),
    "notes": (
        "notes", "note", "comments", "comment", "message", "your message", "remarks",
        "הערות", "הערה", "הודעה", "תוכן ההודעה",
    ),
    "consent": (
        "consent", "marketing", "marketing consent", "opt in", "newsletter",
        "הסכמה", "הסכמה לדיוור", "אישור דיוור", "אישור קבלת דיוור",
    ),
    "external_id": ("external id", "id", "lead id", "leadgen id", "submission id", "entry id", "מזהה", "מזהה ליד"),
    "submitted_at": (
        "submitted at", "created time", "created at", "date", "datetime", "timestamp", "submission date",
        "תאריך", "תאריך ושעה", "תאריך פנייה", "תאריך פניה", "תאריך יצירה", "מועד פנייה",
    ),
}  # fmt: skip


def comparable(name: str) -> str:
    """Give the part of a name that matters: letters and digits, no case, no quotes (`דוא"ל` is `דואל`)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]", "", folded)


@dataclass(frozen=True)
class Vocabulary:
    """The fields that names can mean, and the usual names of each; `otherwise` is the field of unknown names."""

    labels: Mapping[str, Any]
    field_of: Mapping[str, str]
    otherwise: str

    @classmethod
    def of(cls, labels: Mapping[str, Any], known_names: Mapping[str, Sequence[str]], *, otherwise: str) -> "Vocabulary":
        """Make one from the fields' usual names: {field: names}."""
        field_of = {comparable(name): field for field, names in known_names.items() for name in names}
        return cls(labels, field_of, otherwise)


LEAD_FIELDS = Vocabulary.of(FIELD_LABELS, KNOWN_NAMES, otherwise=FURTHER)


class Recogniser:
    """Says which of our fields a name means, for one source (or for one client's files)."""

    def __init__(self, field_names: Mapping[str, str], vocabulary: Vocabulary = LEAD_FIELDS) -> None:
        """`field_names` are the source's own: {"their name": "our field"}."""
        self._vocabulary = vocabulary
        self._own = {comparable(name): field for name, field in field_names.items() if field in vocabulary.labels}
        self._seen: dict[str, str] = {}

    def field(self, *names: str) -> str:
        """Give the field that the first known of these names means; `otherwise` when none is known."""
        for known in (self._own, self._vocabulary.field_of):
            for name in names:
                if (key := self._key(name)) in known:
                    return known[key]
        return self._vocabulary.otherwise

    def _key(self, name: str) -> str:
        key = self._seen.get(name)
        if key is None:
            key = self._seen[name] = comparable(name)
        return key
