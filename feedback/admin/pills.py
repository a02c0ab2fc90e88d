"""States as the skin shows them."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def pill(kind: str, text: object) -> SafeString:
    """Give a state as dot and word; `kind` is ok, warn, bad, neutral or brand."""
    return SafeString(render_to_string("leadmanager/components/pill.html", {"kind": kind, "text": text}).strip())
