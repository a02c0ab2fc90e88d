"""The skin's small pieces as template tags; docs/skin.md shows each. Python code renders the same templates."""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

ICON_OF_MESSAGE = {"success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}


@register.inclusion_tag("leadmanager/components/icon.html")
def icon(name: str, *, directional: bool = False) -> dict[str, Any]:
    """Draw the icon `name` of icons.svg; a directional one is mirrored in Hebrew."""
    return {"name": name, "directional": directional}


@register.inclusion_tag("leadmanager/components/pill.html")
def pill(kind: str, text: str) -> dict[str, Any]:
    """Show a state as dot and word; `kind` is ok, warn, bad, neutral or brand."""
    return {"kind": kind, "text": text}


@register.inclusion_tag("leadmanager/components/key_field.html")
def key_field(value: str, *, id: str, label: str = "") -> dict[str, Any]:
    """Show a key, address or id, left to right, with a button that copies it; `id` is unique on its page."""
    return {"value": value, "id": id, "label": label}


@register.inclusion_tag("leadmanager/components/empty.html")
def empty(text: str, *, icon: str, url: str = "", label: str = "") -> dict[str, Any]:
    """Say why a place is empty and offer the next step: `label`, leading to `url`."""
    return {"text": text, "icon": icon, "url": url, "label": label}


@register.filter
def initials(name: str) -> str:
    """Give the first letters of the first two words of a name: "Noa Ben-David" is "NB"."""
    return "".join(word[0] for word in name.split()[:2]).upper()


@register.simple_tag
def name(text: object) -> SafeString:
    """Isolate a name that people chose, so that it never reorders its line; any Hebrew letter makes it Hebrew.

    `<bdi>` alone goes by the first letter, which puts the parts of "CRM ראשי" in the wrong order.
    """
    return format_html('<bdi dir="{}">{}</bdi>', direction(text), text)


@register.filter
def direction(text: object) -> str:
    """Tell which way a text runs: rtl when it has a Hebrew letter, else ltr."""
    return "rtl" if any("א" <= letter <= "ת" for letter in str(text)) else "ltr"


@register.filter
def grouped(number: int) -> str:
    """Write a number with the language's thousands separator."""
    return number_format(number, force_grouping=True)


@register.filter
def message_icon(level: str) -> str:
    """Give the icon of a message by its level tag."""
    return ICON_OF_MESSAGE.get(level, "info")
