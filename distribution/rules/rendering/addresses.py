"""The address of a request: slots in its path and query, and parameters behind it, percent-encoded."""

import re
from collections.abc import Callable, Mapping, Sequence

from distribution.rules.rendering import templates
from distribution.rules.rendering.bodies import percent_pairs
from distribution.rules.rendering.charsets import Charset
from distribution.rules.rendering.readers import Field
from distribution.rules.rendering.request import RenderFailure
from distribution.rules.rendering.secrets import SecretUses
from distribution.rules.values import Subject

# What stands before the first slot: scheme and host are written by staff, never by a lead.
_FIXED_HOST = re.compile(r"https?://[^/?#{}]+[/?]")


def check_host_is_fixed(parts: Sequence[templates.Part]) -> None:
    """Refuse slots in the scheme, host or port; raises `SlotMisplaced`."""
    slots = [part for part in parts if isinstance(part, templates.Slot)]
    if slots and not (isinstance(parts[0], str) and _FIXED_HOST.match(parts[0])):
        raise templates.SlotMisplaced(slots[0].name)


def with_sample_slots(url: str) -> str:
    """Give an address with something harmless in its slots, to be read as an address.

    Raises `TemplateUnreadable` or `SlotMisplaced`.
    """
    parts = templates.parse(url)
    check_host_is_fixed(parts)
    return templates.filled(parts, lambda slot: "x")


def write_address(
    url: str, slots: Mapping[str, Field], query: Sequence[Field], charset: Charset, secrets: SecretUses
) -> Callable[[Subject], str]:
    """Give the function that writes the address for a lead; raises `RenderFailure` when a slot cannot be filled."""
    try:
        parts = templates.parse(url)
        check_host_is_fixed(parts)
    except templates.TemplateUnreadable as error:
        raise RenderFailure("template_unreadable", error.text) from error
    except templates.SlotMisplaced as error:
        raise RenderFailure("template_unreadable", str(error)) from error
    pieces: list[str | Callable[[Subject], str]] = []
    is_path = True
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            is_path = is_path and "?" not in part
        else:
            pieces.append(_slot_writer(part, slots, charset, secrets, is_path=is_path))
    pairs = percent_pairs(query, charset, secrets) if query else None

    def write(subject: Subject) -> str:
        address = "".join(piece if isinstance(piece, str) else piece(subject) for piece in pieces)
        if pairs is None or not (text := pairs(subject)):
            return address
        separator = "" if address.endswith(("?", "&")) else ("&" if "?" in address else "?")
        return f"{address}{separator}{text}"

    return write


def _slot_writer(
    slot: templates.Slot, slots: Mapping[str, Field], charset: Charset, secrets: SecretUses, *, is_path: bool
) -> Callable[[Subject], str]:
    field = slots.get(slot.name)
    if field is None:
        raise RenderFailure("slot_unmapped", slot.name)
    steps = templates.steps_of(slot)
    if field.secret_slot:
        placed = secrets.placed(field, lambda text: charset.percent(steps(text, ""), slot.name))
        return placed.read

    def write(subject: Subject) -> str:
        text = steps(field.text(subject) or "", subject.time_zone)
        # An empty part or a dotted one would make another path of it (RFC 3986, 5.2.4).
        if is_path and text.strip(".") == "":
            raise RenderFailure("value_missing" if not text else "value_not_sendable", slot.name)
        return charset.percent(text, slot.name)

    return write
