"""What was sent and answered, as text on a screen."""

from django import template

register = template.Library()


@register.filter
def as_text(body: bytes | memoryview | None) -> str:
    """Give a body as text: UTF-8, else windows-1255, the one other character set that clients here use."""
    content = bytes(body or b"")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("windows-1255", "replace")
