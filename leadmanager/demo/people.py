"""Made-up people: the same every time, since the randomness comes from a seed that the caller gives."""

import random
from dataclasses import dataclass, field

FIRST_NAMES = (
    "נועה", "תמר", "מיכל", "שירה", "יעל", "אביגיל", "רוני", "הילה", "מאיה", "ליאת", "אורית", "סיגל", "רחל", "אסתר",
    "איתי", "יונתן", "עומר", "דניאל", "אורי", "נדב", "גיא", "רועי", "אלון", "משה", "יוסף", "אחמד", "סמי", "ולדימיר",
    "לינה", "אירנה", "פאטמה", "טל", "עדן", "שקד",
)  # fmt: skip
LAST_NAMES = (
    "כהן", "לוי", "מזרחי", "פרץ", "ביטון", "דהן", "אברהם", "פרידמן", "אזולאי", "מלכה", "כץ", "יוסף", "גבאי", "עמר",
    "אוחיון", "חדד", "בן־דוד", "רוזנברג", "שפירא", "אדלר", "קליין", "סגל", "חורי", "מנסור", "איבנוב", "בן שושן",
    "טל־שחר", "גולן", "ברק", "נחום",
)  # fmt: skip
LATIN = {
    "נועה": "noa", "תמר": "tamar", "מיכל": "michal", "שירה": "shira", "יעל": "yael", "רוני": "roni", "מאיה": "maya",
    "איתי": "itay", "עומר": "omer", "דניאל": "daniel", "אורי": "uri", "גיא": "guy", "אלון": "alon", "טל": "tal",
}  # fmt: skip
CITIES = ("חיפה", "רמת גן", "ירושלים", "תל אביב", "נהריה", "עפולה", "כרמיאל", "ראשון לציון", "באר שבע", "טבריה")
NOTES = ("", "", "", "לחזור אחר הצהריים", "מעדיף/ה הודעה בוואטסאפ", "לא לפני 17:00", "מתעניין/ת גם בתשלומים")
PREFIXES = ("050", "052", "053", "054", "055", "058")
INTERESTS = {
    "interest": ("עיצוב גרפי", "ניהול חשבונות", "בניית אתרים", "יועץ מס", "אנגלית עסקית"),
    "rooms": ("3", "4", "4.5", "5", "דופלקס"),
    "product": ("ביטוח רכב", "ביטוח דירה", "ייעוץ משכנתאות", "חשמל מוזל"),
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who left their details; `data` are the answers to the form's further questions."""

    name: str
    phone: str
    email: str
    city: str
    notes: str
    consent: bool
    data: dict[str, str] = field(default_factory=dict)


def make_person(chance: random.Random, *, question: str) -> Person:
    """Make somebody; `question` is the further question that the form asked (a key of `INTERESTS`)."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    serial = chance.randrange(2_000_000, 9_999_999)
    separator = chance.choice(("-", "-", "", " "))
    return Person(
        name=f"{first} {last}",
        phone=f"{chance.choice(PREFIXES)}{separator}{serial}",
        email=f"{LATIN[first]}{serial % 1000}@example.com" if first in LATIN else "",
        city=chance.choice(CITIES),
        notes=chance.choice(NOTES),
        consent=chance.random() < 0.7,
        data={question: chance.choice(INTERESTS[question])},
    )
