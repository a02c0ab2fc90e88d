"""Weak ETags and the conditions on them (RFC 9110, section 13; OData Protocol 4.01, section 8.3.1 and 11.4.1.1)."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from feedback.odata.errors import BadRequest

_ENTITY_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|\Z)')


def etag_of(values: Sequence[Any], salt: str) -> str:
    """Give the weak ETag for the values that an entity's representation depends on."""
    digest = hashlib.blake2b(repr((salt, *map(str, values))).encode(), digest_size=9).hexdigest()
    return f'W/"{digest}"'


def matches(header: str, etag: str) -> bool:
    """Whether an `If-Match` or `If-None-Match` value names this ETag; compared weakly, as ours are weak. `*` names
    every one.
    """
    if header.strip() == "*":
        return True
    position = 0
    while position < len(header):
        found = _ENTITY_TAG.match(header, position)
        if found is None:
            raise BadRequest(_("The header is not a list of ETags."), target="If-Match")
        if f'W/"{found.group(1)}"' == etag:
            return True
        position = found.end()
    return False
