"""What a client kit says about one client: the parameters to store and the reasons to answer with."""

from dataclasses import asdict, dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from distribution.rules.parameter_places import Place
from feedback.rules.parameter_places import PLACE_LABELS


@dataclass(frozen=True, kw_only=True)
class StoredParameter:
    """The parameter in which a rule sends what the client's system keeps: the routing ID or the routing number."""

    rule_id: int
    rule: str
    name: str
    place: str
    is_number: bool

    @property
    def place_label(self) -> str | Promise:
        """Where in the request the parameter stands, in words."""
        return PLACE_LABELS[Place(self.place)]

    @property
    def answer_name(self) -> str:
        """The name under which feedback gives it back."""
        return "RoutingNumber" if self.is_number else "RoutingId"


@dataclass(frozen=True, kw_only=True)
class KitReason:
    """A reason as a kit lists it."""

    id: int
    name_he: str
    name_en: str
    is_comment_required: bool

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return self.name_en if translation.get_language() == "en" else self.name_he


@dataclass(frozen=True, kw_only=True)
class KitContents:
    """All that differs from client to client and from day to day."""

    parameters: tuple[StoredParameter, ...]
    reasons: tuple[KitReason, ...]
    # Leads come by mail as well, with a link for each reason.
    by_mail: bool = False

    def snapshot(self) -> dict[str, Any]:
        """Give it as JSON, to be kept with the handover."""
        return {
            "parameters": [asdict(parameter) for parameter in self.parameters],
            "reasons": [asdict(reason) for reason in self.reasons],
            "by_mail": self.by_mail,
        }


def contents_of(snapshot: dict[str, Any]) -> KitContents:
    """Give what a snapshot says."""
    return KitContents(
        parameters=tuple(StoredParameter(**parameter) for parameter in snapshot["parameters"]),
        reasons=tuple(KitReason(**reason) for reason in snapshot["reasons"]),
        by_mail=snapshot["by_mail"],
    )


def changes(before: KitContents, now: KitContents) -> list[str]:
    """Say, in the language of the moment, what a client that was handed `before` does not know.

    Names of rules, kinds of reasons and the order of either are the agency's own business.
    """
    return [*_parameter_changes(before, now), *_reason_changes(before, now)]


def _parameter_changes(before: KitContents, now: KitContents) -> list[str]:
    old = {_identity(parameter) for parameter in before.parameters}
    new = {_identity(parameter) for parameter in now.parameters}
    return [
        *(
            _("%(what)s now comes as %(name)s (%(place)s)")
            % {
                "what": _("The routing number") if parameter.is_number else _("The routing ID"),
                "name": parameter.name,
                "place": parameter.place_label,
            }
            for parameter in now.parameters
            if _identity(parameter) not in old
        ),
        *(
            _("Nothing comes any longer as %(name)s (%(place)s)")
            % {"name": parameter.name, "place": parameter.place_label}
            for parameter in before.parameters
            if _identity(parameter) not in new
        ),
    ]


def _identity(parameter: StoredParameter) -> tuple[str, str, bool]:
    return parameter.name, parameter.place, parameter.is_number


def _reason_changes(before: KitContents, now: KitContents) -> list[str]:
    old = {reason.id: reason for reason in before.reasons}
    new = {reason.id: reason for reason in now.reasons}
    said = []
    for number, reason in new.items():
        values = {"number": number, "name": reason.name}
        was = old.get(number)
        if was is None:
            said.append(_("New reason: %(number)s %(name)s") % values)
            continue
        if (was.name_he, was.name_en) != (reason.name_he, reason.name_en):
            said.append(_("Reason %(number)s is now called %(name)s") % values)
        if reason.is_comment_required and not was.is_comment_required:
            said.append(_("Reason %(number)s %(name)s now needs a comment") % values)
        if was.is_comment_required and not reason.is_comment_required:
            said.append(_("Reason %(number)s %(name)s no longer needs a comment") % values)
    said += [
        _("No longer used: reason %(number)s %(name)s") % {"number": number, "name": reason.name}
        for number, reason in old.items()
        if number not in new
    ]
    return said
