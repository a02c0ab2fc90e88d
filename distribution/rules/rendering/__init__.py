"""Rendering: from a rule version and a lead to the request, byte for byte.

request.py    what a request is, and how rendering fails
readers.py    from one mapping to a function of the lead
charsets.py   the character set, and what becomes of letters that it lacks
templates.py  texts with slots, and the escaping of each place
secrets.py    placeholders, so that no secret is rendered or stored
bodies.py     JSON, forms, multipart, templates
addresses.py  slots and parameters of the address
mails.py      the mail of a rule whose destination is an e-mail address
plan.py       all of it, compiled once per version
"""

from distribution.rules.rendering.addresses import with_sample_slots
from distribution.rules.rendering.plan import RequestPlan, compile_plan, render
from distribution.rules.rendering.request import (
    IDEMPOTENCY_KEY,
    PROTECTED_HEADERS,
    MappingLike,
    RenderedRequest,
    RenderFailure,
    VersionLike,
    check_header_value,
    is_header_name,
)

__all__ = [
    "IDEMPOTENCY_KEY",
    "PROTECTED_HEADERS",
    "MappingLike",
    "RenderFailure",
    "RenderedRequest",
    "RequestPlan",
    "VersionLike",
    "check_header_value",
    "compile_plan",
    "is_header_name",
    "render",
    "with_sample_slots",
]
