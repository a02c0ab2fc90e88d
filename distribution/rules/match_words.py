"""What a rule said to a lead, in words: for the lead's page and the dry run."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from distribution.choices import BlockedKind, DuplicateScope, MatchCode
from distribution.rules.lead_facts import CONDITION_FIELDS, FURTHER_FIELD

# (operator, negated): how the form offers it.
COMPARISONS: dict[tuple[str, bool], str | Promise] = {
    ("equals", False): gettext_lazy("is"),
    ("equals", True): gettext_lazy("is not"),
    ("one_of", False): gettext_lazy("is one of"),
    ("one_of", True): gettext_lazy("is none of"),
    ("contains", False): gettext_lazy("contains"),
    ("contains", True): gettext_lazy("does not contain"),
    ("starts_with", False): gettext_lazy("starts with"),
    ("starts_with", True): gettext_lazy("does not start with"),
    ("between", False): gettext_lazy("is between"),
    ("between", True): gettext_lazy("is not between"),
    ("empty", False): gettext_lazy("is empty"),
    ("empty", True): gettext_lazy("is filled in"),
    ("matches", False): gettext_lazy("matches the pattern"),
    ("matches", True): gettext_lazy("does not match the pattern"),
}
CAPS: dict[str, str | Promise] = {
    "hour": gettext_lazy("%(limit)s an hour"),
    "day": gettext_lazy("%(limit)s a day"),
    "month": gettext_lazy("%(limit)s a month"),
    "total": gettext_lazy("%(limit)s in all"),
}
Said = Mapping[str, Any]


def explain_verdict(said: Said, *, rule_name: Callable[[int], str]) -> str:
    """Give the sentence for one entry of a report; `rule_name` names another rule that it mentions."""
    code = said.get("code", "")
    sentence = _SENTENCES[code](said, rule_name) if code in _SENTENCES else str(code)
    if repeat := said.get("repeat"):
        sentence = f"{sentence} {_repeat(repeat)}"
    return sentence


def explain_failure(failure: Said) -> str:
    """Give what one condition asked and what the lead had."""
    name = field_label(failure.get("field", ""), failure.get("key", ""))
    value = failure.get("value") or ""
    had = _("“%(value)s”") % {"value": _isolated(value)} if value else pgettext("value", "empty")
    said = {"field": capfirst(name), "had": had, "asked": asked(failure)}
    return _("%(field)s: %(had)s. The rule asks: %(asked)s.") % said


def summary(stored: Said) -> list[str]:
    """Give in short what a rule's stored selection asks, for its card."""
    told = []
    if count := _count(stored.get("conditions") or {}):
        told.append(ngettext("%(count)d condition", "%(count)d conditions", count) % {"count": count})
    if stored.get("hours"):
        told.append(_("by days and hours"))
    for period, limit in (stored.get("caps") or {}).items():
        told.append(_("at most %(cap)s") % {"cap": _cap({"period": period, "limit": limit})})
    if stored.get("duplicates"):
        told.append(_("repeats are looked at"))
    return told


def _count(stored: Said) -> int:
    return sum(_count(item) if "items" in item else 1 for item in stored.get("items", ()))


def field_label(name: str, key: str) -> str:
    """Give what a field is called; a further field by its own name."""
    return _isolated(key) if name == FURTHER_FIELD else str(CONDITION_FIELDS.get(name, name))


def asked(condition: Said) -> str:
    """Give what a condition asks of its field."""
    comparison = str(COMPARISONS.get((condition.get("op", ""), bool(condition.get("negated"))), condition.get("op")))
    values = condition.get("values") or []
    if condition.get("op") == "between" and len(values) == 2:
        ends = _("%(low)s and %(high)s") % {"low": _isolated(values[0] or "…"), "high": _isolated(values[1] or "…")}
        return f"{comparison} {ends}"
    shown = ", ".join(_isolated(value) for value in values[:8]) + (" …" if len(values) > 8 else "")
    return f"{comparison} {shown}".strip()


def _isolated(text: str) -> str:
    """Keep a value from turning the sentence around it: first strong isolate, pop (Unicode UAX #9, 2.4.2)."""
    return f"\u2068{text}\u2069"


def _when(text: str | None) -> str:
    return date_format(localtime(datetime.fromisoformat(text)), "SHORT_DATETIME_FORMAT") if text else ""


def _cap(said: Said) -> str:
    return str(CAPS.get(said.get("period", ""), "")) % {"limit": said.get("limit", 0)}


def _condition(said: Said, rule_name: Callable[[int], str]) -> str:
    failures = [explain_failure(failure) for failure in said.get("failures", ())]
    return " ".join([_("A condition does not hold."), *failures])


def _repeat(said: Said) -> str:
    values = {"days": said.get("days", 0), "at": _when(said.get("at")), "lead": said.get("lead") or _("the same file")}
    if said.get("scope") == DuplicateScope.ALL:
        return _("The same person was given to a client on %(at)s (lead %(lead)s), within %(days)s days.") % values
    return _("The same person was given to this client on %(at)s (lead %(lead)s), within %(days)s days.") % values


def _blocked(said: Said, rule_name: Callable[[int], str]) -> str:
    kind = BlockedKind(said["kind"]).label if said.get("kind") in BlockedKind.values else ""
    return _("On the block list: %(kind)s %(value)s. Reason: %(reason)s") % {
        "kind": kind,
        "value": _isolated(said.get("value", "")),
        "reason": _isolated(said.get("reason", "")),
    }


_SENTENCES: dict[str, Callable[[Said, Callable[[int], str]], str]] = {
    MatchCode.TAKES: lambda said, name: _("Took the lead."),
    MatchCode.WAITS_FOR_HOURS: lambda said, name: (
        _("Took the lead outside its hours; it is sent from %(due)s on.") % {"due": _when(said.get("due"))}
    ),
    MatchCode.WAITS_FOR_CAP: lambda said, name: (
        _("Took the lead; the cap of %(cap)s was reached, so it is sent from %(due)s on.")
        % {"cap": _cap(said), "due": _when(said.get("due"))}
    ),
    MatchCode.PAUSES: lambda said, name: (
        _("Took the lead beyond its cap of %(cap)s and was paused. Resume the rule to send it.") % {"cap": _cap(said)}
    ),
    MatchCode.CONDITION: _condition,
    MatchCode.OUTSIDE_HOURS: lambda said, name: _("The lead came outside the rule's days and hours."),
    MatchCode.CAP: lambda said, name: _("The cap of %(cap)s was reached.") % {"cap": _cap(said)},
    MatchCode.DUPLICATE: lambda said, name: _repeat(said),
    MatchCode.BLOCKED: _blocked,
    MatchCode.TAKEN: lambda said, name: (
        _("The rule “%(rule)s” took the lead for its client alone.") % {"rule": _isolated(name(said.get("by") or 0))}
    ),
    MatchCode.SHARED: lambda said, name: _(
        "The rule takes leads for its client alone, and another client has this one already."
    ),
    MatchCode.UNREADABLE: lambda said, name: _(
        "The rule's conditions cannot be read. Open the rule, look at them and save it."
    ),
    MatchCode.OTHER_SOURCE: lambda said, name: _("The rule does not take leads of this source."),
    "more": lambda said, name: _("%(count)s further rules were asked.") % {"count": said.get("count", 0)},
}
