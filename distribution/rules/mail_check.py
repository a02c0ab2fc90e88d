"""Is what a rule's mail says sendable, and can the client answer it?"""

from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from distribution.choices import Placement
from distribution.rules.problems import Problem
from distribution.rules.rendering import MappingLike, VersionLike
from distribution.rules.rendering.mails import SCHEME
from distribution.rules.values import FEEDBACK_LINKS, SECRET, sendable_value

LINKS_MISSING = _(
    "This mail has no feedback links, so the client could not answer. Add a row of “Feedback links” to the mapping."
)


def mail_problems(version: VersionLike, mappings: Sequence[MappingLike]) -> list[Problem]:
    """Give everything that keeps a version's mail from being sent; an empty list means it can be."""
    problems = [
        *_address_problems(version.url.removeprefix(SCHEME)),
        *(problem for place, mapping in enumerate(mappings) for problem in _mapping_problems(mapping, place)),
    ]
    if not version.mail_subject.isprintable() or not version.mail_subject.strip():
        problems.append(Problem("mail_subject", "subject_unreadable", _("Write the subject in one line.")))
    if not problems and not any(
        mapping.source == FEEDBACK_LINKS and mapping.placement == Placement.FIELD for mapping in mappings
    ):
        problems.append(Problem("mappings", "routing_id_missing", LINKS_MISSING))
    return problems


def _address_problems(address: str) -> Iterator[Problem]:
    try:
        validate_email(address)
    except ValidationError:
        is_good = False
    else:
        is_good = address.isascii()
    if not is_good:
        message = _("Write one e-mail address, in English letters, such as leads@client.co.il.")
        yield Problem("mail_to", "mail_address_unreadable", message)


def _mapping_problems(mapping: MappingLike, place: int) -> Iterable[Problem]:
    value = sendable_value(mapping.source)
    if value is None or mapping.source == SECRET:
        yield Problem("source", "unknown_source", _("Choose one of our fields."), place)
    elif value.takes_key and not mapping.source_key:
        yield Problem("source_key", "source_key_missing", _("Give the name of the further field."), place)
    if not mapping.name.strip() or not mapping.name.isprintable():
        yield Problem("name", "name_unreadable", _("Say how the field is called in the mail."), place)
    if mapping.placement not in {Placement.FIELD, Placement.SUBJECT}:
        message = _("In a mail a value stands in the table or in the subject.")
        yield Problem("placement", "placement_not_in_mails", message, place)
    elif mapping.source == FEEDBACK_LINKS and (mapping.placement, mapping.transform, mapping.default) != (
        Placement.FIELD,
        "",
        "",
    ):
        message = _("Feedback links stand below the table, as they are: remove form and default value.")
        yield Problem("placement", "links_misplaced", message, place)
