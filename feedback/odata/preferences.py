"""The `Prefer` header (RFC 7240; OData Protocol 4.01, section 8.2.8). Names may carry the prefix `odata.`, the name
without it wins where both are given; what is unknown is ignored.
"""

from dataclasses import dataclass
from functools import lru_cache

from feedback.odata.splitting import split

_CONTINUE = {"": True, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the client would like. `returns` is "", "minimal" or "representation"; None: no wish."""

    returns: str = ""
    page_size: int | None = None
    continue_on_error: bool | None = None
    omit_nulls: bool = False


@lru_cache(maxsize=256)
def preferences(header: str) -> Preferences:
    """Read the header. A page size of 0 or less is no wish; the first mention of a preference counts."""
    plain: dict[str, str] = {}
    prefixed: dict[str, str] = {}
    for item in split(header, ","):
        name, _equals, value = item.split(";")[0].partition("=")
        name = name.strip().lower()
        named = prefixed if name.startswith("odata.") else plain
        named.setdefault(name.removeprefix("odata."), value.strip().strip('"'))
    given = prefixed | plain
    size = given.get("maxpagesize", "")
    page_size = int(size) if size.isascii() and size.isdigit() and len(size) < 10 else 0
    returns = given.get("return", "")
    return Preferences(
        returns=returns if returns in ("minimal", "representation") else "",
        page_size=page_size or None,
        continue_on_error=_CONTINUE.get(given.get("continue-on-error", "none").lower()),
        omit_nulls=given.get("omit-values", "") == "nulls",
    )
