"""What an alarm says: what is wrong, and what to do next, in the language and on the clock of the moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from distribution.choices import AlarmKind
from distribution.rules.outcome import explain

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """`said` makes the sentence of an alarm's facts; `advice` says what to do, `act` names the way there."""

    said: Callable[[Facts], str]
    advice: str | Promise
    act: str | Promise


def say(kind: str, facts: Facts) -> str:
    """Give the sentence that says what is wrong."""
    return TEXTS[AlarmKind(kind)].said(facts)


def advise(kind: str) -> str | Promise:
    """Give the sentence that says what to do."""
    return TEXTS[AlarmKind(kind)].advice


def name_act(kind: str) -> str | Promise:
    """Give the label of the link to where it is done."""
    return TEXTS[AlarmKind(kind)].act


def _moment(facts: Facts, name: str) -> str:
    at = facts.get(name)
    return date_format(timezone.localtime(datetime.fromisoformat(at)), "SHORT_DATETIME_FORMAT") if at else "–"


def _paused(facts: Facts) -> str:
    waiting = facts.get("waiting", 0)
    said = ngettext(
        "Nothing is sent since %(since)s; %(count)d delivery waits.",
        "Nothing is sent since %(since)s; %(count)d deliveries wait.",
        waiting,
    ) % {"since": _moment(facts, "since"), "count": waiting}
    if facts.get("outcome"):
        last = _("The last attempt:")
        said = f"{said} {last} {explain(facts['outcome'])}"
    if facts.get("is_probed"):
        probing = _("One delivery at a time is tried meanwhile; when one is answered, the rule resumes by itself.")
        said = f"{said} {probing}"
    return said


def _not_delivered(facts: Facts) -> str:
    return ngettext(
        "%(count)d lead is held or was not delivered, the oldest since %(since)s.",
        "%(count)d leads are held or were not delivered, the oldest since %(since)s.",
        facts["count"],
    ) % {"count": facts["count"], "since": _moment(facts, "since")}


def _refused(facts: Facts) -> str:
    return ngettext(
        "The client's system refused %(count)d lead within a day.",
        "The client's system refused %(count)d leads within a day.",
        facts["count"],
    ) % {"count": facts["count"]}


def _cap(facts: Facts) -> str:
    said = {
        "hour": _("The cap of this hour is reached: %(limit)d leads."),
        "day": _("The cap of this day is reached: %(limit)d leads."),
        "month": _("The cap of this month is reached: %(limit)d leads."),
        "total": _("The cap of all leads is reached: %(limit)d leads."),
    }
    return said[facts["period"]] % {"limit": facts["limit"]}


def _queue(facts: Facts) -> str:
    said = ngettext(
        "%(count)d delivery should have been sent already, since %(since)s.",
        "%(count)d deliveries should have been sent already, the oldest since %(since)s.",
        facts["count"],
    ) % {"count": facts["count"], "since": _moment(facts, "since")}
    if not facts.get("rules"):
        return said
    rules = _("Most wait for: %(rules)s.") % {"rules": ", ".join(facts["rules"])}
    return f"{said} {rules}"


def _silent(facts: Facts) -> str:
    if not facts.get("since"):
        return _("No lead came within the last five weeks.")
    return _("The last lead came at %(since)s.") % {"since": _moment(facts, "since")}


def _without_leads(facts: Facts) -> str:
    if not facts.get("since"):
        return _("No lead was delivered to this client within the last five weeks.")
    return _("The last lead that was delivered came in at %(since)s.") % {"since": _moment(facts, "since")}


def _without_feedback(facts: Facts) -> str:
    waiting = facts.get("waiting", 0)
    said = ngettext(
        "%(count)d lead was delivered since the last feedback.",
        "%(count)d leads were delivered since the last feedback.",
        waiting,
    ) % {"count": waiting}
    if facts.get("since"):
        last = _("The last feedback came at %(since)s.") % {"since": _moment(facts, "since")}
    else:
        last = _("This client gave no feedback within the last five weeks.")
    return f"{last} {said}"


TEXTS: Mapping[AlarmKind, Texts] = {
    AlarmKind.RULE_PAUSED: Texts(
        _paused,
        gettext_lazy("Look at the last answer, settle it with the client, then resume the rule."),
        gettext_lazy("To the client's rules"),
    ),
    AlarmKind.NOT_DELIVERED: Texts(
        _not_delivered,
        gettext_lazy("Each one says why. Settle it, then send again or cancel; the alarm closes when none is left."),
        gettext_lazy("To these deliveries"),
    ),
    AlarmKind.REFUSED: Texts(
        _refused,
        gettext_lazy("Read the answers: mostly a field is missing, or the client takes such leads no more."),
        gettext_lazy("To these deliveries"),
    ),
    AlarmKind.CAP_REACHED: Texts(
        _cap,
        gettext_lazy("Agree with the client on a higher cap, or give the leads that come now to another client."),
        gettext_lazy("To the client's rules"),
    ),
    AlarmKind.QUEUE_OLD: Texts(
        _queue,
        gettext_lazy(
            "Check that the transmit loop runs (./run starts it), and whether these clients' systems answer slowly."
        ),
        gettext_lazy("To what waits"),
    ),
    AlarmKind.SOURCE_SILENT: Texts(
        _silent,
        gettext_lazy("Check that the campaign runs and that its form still sends with this source's token."),
        gettext_lazy("To the source"),
    ),
    AlarmKind.CLIENT_WITHOUT_LEADS: Texts(
        _without_leads,
        gettext_lazy("Check that a rule is on and takes sources that bring leads, and that nothing is paused or full."),
        gettext_lazy("To the client's rules"),
    ),
    AlarmKind.CLIENT_WITHOUT_FEEDBACK: Texts(
        _without_feedback,
        gettext_lazy("Ask the client whether its system still sends feedback, and see when its API key was used last."),
        gettext_lazy("To the client"),
    ),
}
