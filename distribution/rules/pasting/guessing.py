"""Which of our fields a client's field means, told by its name and by the sample that stands in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from distribution.choices import JsonType, Transform
from distribution.rules import phones
from distribution.rules.fields import LEAD_FIELDS, comparable
from distribution.rules.sketches import SketchedMapping
from distribution.rules.values import CONSTANT, SECRET

# Fields that a system keeps for somebody else's number of the lead, the likeliest first.
_ROUTING_NAMES = (
    "routingid", "externalleadid", "externalid", "externalref", "externalreference", "externalkey", "extid", "extref",
    "yourref", "yourreference", "partnerleadid", "partnerid", "supplierleadid", "referenceid", "reference", "refid",
    "ref", "rid", "transactionid", "clickid", "trackingid", "correlationid", "uniqueid", "foreignid", "leadid", "subid",
    "מזההחיצוני", "מספרחיצוני", "אסמכתא", "מזההליד",
)  # fmt: skip
_SECRET_NAMES = frozenset(
    {
        "password", "passwd", "pass", "secret", "clientsecret", "token", "accesstoken", "authtoken", "apitoken",
        "apikey", "apisecret", "privatekey", "securitytoken", "authkey", "appkey", "xapikey", "סיסמה", "טוקן",
    }
)  # fmt: skip
_OURS = {
    "name": "lead.name", "first_name": "lead.first_name", "last_name": "lead.last_name", "phone": "lead.phone",
    "email": "lead.email", "city": "lead.city", "notes": "lead.notes", "consent": "lead.consent",
    "submitted_at": "lead.submitted_at",
}  # fmt: skip
# What names are dressed with: customer_phone, txtName, lead[email].
_DRESS = frozenset(
    {"lead", "customer", "contact", "client", "user", "person", "your", "c", "fld", "field", "fields", "txt", "data",
     "main", "primary", "properties", "input", "form", "attributes", "values", "a", "body", "to"}
)  # fmt: skip
_MORE_NAMES = {
    "first": "first_name", "last": "last_name", "fullname": "name", "firstnm": "first_name", "phones": "phone",
    "emails": "email", "phoneno": "phone", "mobilephone": "phone", "gsm": "phone", "celular": "phone",
    "emailaddress": "email", "description": "notes", "leadsource": "", "created": "submitted_at",
}  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_PHONE = re.compile(r"(?:\+|00)?\(?\d[\d\s().-]{7,17}\d", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,200}\.[^@\s.]{2,24}")
_PLACEHOLDER = re.compile(r"\s*(?:\{\{?.{1,80}\}?\}|<[^<>]{1,80}>|\$\{?\w{1,80}\}?|%\w{1,80}%|\[[^\[\]]{1,80}\])\s*")
_EMPTY_SECRET = re.compile(
    r"(?i)(?:[x*•.]{3,}|(?:your|my|the)[-_ ]?.{0,40}|.{0,20}(?:api[-_ ]?key|token|password|secret))"
)
_DATES = (
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), "DD/MM/YYYY"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"), "DD/MM/YYYY HH:MM"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"), "DD/MM/YYYY HH:MM:SS"),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), "DD.MM.YYYY"),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "YYYY-MM-DD"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}"), "YYYY-MM-DD HH:MM"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"), "YYYY-MM-DD HH:MM:SS"),
    (re.compile(r"1\d{9}"), "UNIX"),
)


def is_placeholder(text: str) -> bool:
    """Whether a value is a gap in somebody's instructions (`{{phone}}`, `<TOKEN>`, `$KEY`), not a value."""
    return bool(_PLACEHOLDER.fullmatch(text))


def real_secret(text: str) -> str:
    """Give a token or password; nothing for a gap in its place (`YOUR_API_KEY`, `xxxx`)."""
    return "" if is_placeholder(text) or _EMPTY_SECRET.fullmatch(text) else text


def is_secret_name(name: str) -> bool:
    """Whether a field of this name carries what proves who is asking."""
    return comparable(_steps(name)[-1]) in _SECRET_NAMES if _steps(name) else False


def guess(mapping: SketchedMapping) -> SketchedMapping:
    """Give a fixed value as the field of ours that it is likely to be; as it is where none is."""
    sample = mapping.constant
    if is_secret_name(mapping.name):
        return replace(mapping, source=SECRET, constant="", secret=real_secret(sample), json_type="")
    ours = _OURS.get(_field_named(mapping.name) or _field_of_sample(sample), "")
    if ours:
        return _formed(replace(mapping, source=ours, constant=""), sample)
    if is_placeholder(sample):
        key = sample.strip().strip("{}<>$%[] ")
        return replace(mapping, source="lead.data", source_key=key or mapping.name, constant="", json_type="")
    return mapping


def routing_candidates(mappings: Sequence[SketchedMapping]) -> list[int]:
    """Give the places of fields that may keep the routing ID, the likeliest first."""
    found = []
    for place, mapping in enumerate(mappings):
        if mapping.source not in {CONSTANT, "lead.data"}:
            continue
        steps = _steps(mapping.name)
        names = {comparable(mapping.name), comparable(steps[-1]) if steps else ""}
        ranks = [_ROUTING_NAMES.index(name) for name in names if name in _ROUTING_NAMES]
        if ranks:
            found.append((min(ranks), place))
    return [place for _rank, place in sorted(found)]


def _field_named(name: str) -> str:
    for candidate in _candidates(name):
        known = _MORE_NAMES.get(candidate, LEAD_FIELDS.field_of.get(candidate, ""))
        if known in _OURS:
            return known
    return ""


def _candidates(name: str) -> Iterator[str]:
    """Give what a name may mean, the exact first: `contact.name.first` is `namefirst`, `firstname` and `first`."""
    steps = _steps(name)
    if not steps:
        return
    yield comparable(steps[-1])
    words = [word.lower() for step in steps for word in _WORD.findall(step)]
    bare = [word for word in words if word not in _DRESS] or words
    yield "".join(bare)
    yield "".join(reversed(bare[-2:]))
    last = [word.lower() for word in _WORD.findall(steps[-1])]
    bare_last = [word for word in last if word not in _DRESS]
    yield "".join(bare_last)


def _steps(name: str) -> list[str]:
    return [step for step in re.split(r"[.\[\]\"]+", name[:200]) if step and not step.isdecimal()]


def _field_of_sample(sample: str) -> str:
    text = sample.strip()
    if len(text) > 260:
        return ""
    if _EMAIL.fullmatch(text):
        return "email"
    is_phone = _PHONE.fullmatch(text) and text.startswith(("0", "+", "972")) and phones.normalize(text)
    return "phone" if is_phone and not any(pattern.fullmatch(text) for pattern, _format in _DATES) else ""


def _formed(mapping: SketchedMapping, sample: str) -> SketchedMapping:
    """Choose the form in which the sample stands."""
    text = sample.strip()
    if mapping.source == "lead.phone":
        is_number = mapping.json_type == JsonType.NUMBER
        return replace(mapping, transform=_phone_form(text), json_type=mapping.json_type if is_number else "")
    if mapping.source == "lead.consent":
        is_word = text.lower() in {"true", "false"}
        return replace(mapping, transform=Transform.TRUE_FALSE if is_word else Transform.YES_NO)
    if mapping.source == "lead.submitted_at":
        notation = next((notation for pattern, notation in _DATES if pattern.fullmatch(text)), "")
        json_type = mapping.json_type if notation == "UNIX" else ""
        return replace(mapping, transform=Transform.DATE, date_format=notation, json_type=json_type)
    return replace(mapping, json_type="")


def _phone_form(sample: str) -> str:
    normalized = phones.normalize(sample)
    if not normalized:
        return ""
    forms = {
        normalized: Transform.PHONE_INTERNATIONAL,
        phones.international_digits(normalized): Transform.PHONE_INTERNATIONAL_DIGITS,
        phones.double_zero(normalized): Transform.PHONE_DOUBLE_ZERO,
        phones.dashed(normalized): Transform.PHONE_DASHED,
        phones.local(normalized): Transform.PHONE_LOCAL,
        phones.without_leading_zero(normalized): Transform.PHONE_NATIONAL,
    }
    return str(forms.get(sample, ""))
