"""Which representation the client gets: `Accept`, `$format` and the OData version (OData Protocol 4.01, sections 8.2.1
and 8.2.6).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from feedback.odata.errors import BadRequest, NotAcceptable

_LEVELS = ("minimal", "full", "none")
# Parameters of application/json that change nothing here, among them those that older clients send.
_HARMLESS = frozenset({"charset", "odata", "exponentialdecimals", "q"})
_STREAMING = ("odata.streaming", "streaming")
_OLD_JSON = frozenset({"verbose", "light", "minimalmetadata", "fullmetadata", "nometadata"})
_VERSION = re.compile(r"(\d+)\.(\d+)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Format:
    """How JSON is written: metadata level, 64-bit numbers as strings, OData version, whether nulls are left out."""

    metadata: str = "minimal"
    ieee754: bool = False
    version: str = "4.0"
    omit_nulls: bool = False
    charset: bool = False
    streaming: bool = False  # the members are always in the order that it asks for (JSON Format 4.01, section 4.4)

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer."""
        compatible = ";IEEE754Compatible=true" if self.ieee754 else ""
        streaming = ";odata.streaming=true" if self.streaming else ""
        charset = ";charset=utf-8" if self.charset else ""
        return f"application/json;odata.metadata={self.metadata}{compatible}{streaming}{charset}"

    def count(self, number: int) -> str:
        """How a count is written: it is an Int64 and becomes a string like these (JSON Format 4.01, section 3.2)."""
        return f'"{number}"' if self.ieee754 else str(number)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One range of an Accept header, parameters with lower-case names."""

    type: str
    parameters: Mapping[str, str]
    quality: float


@lru_cache(maxsize=512)
def media_ranges(accept: str) -> tuple[MediaRange, ...]:
    """Read an Accept header, best first; what cannot be read is dropped."""
    ranges = []
    for item in accept.split(","):
        name, *pairs = (part.strip() for part in item.split(";"))
        parameters = {}
        for pair in pairs:
            key, _equals, value = pair.partition("=")
            parameters[key.strip().lower()] = value.strip().strip('"')
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue
        if name and 0 < quality <= 1:
            ranges.append(MediaRange(name.lower(), parameters, quality))
    return tuple(sorted(ranges, key=lambda each: -each.quality))


@lru_cache(maxsize=512)
def json_format(accept: str, option: str, version: str) -> Format:
    """Give the JSON format for `$format` (wins) or `Accept`. Raises NotAcceptable when JSON is not wanted at all."""
    if option.lower() == "json":
        return Format(version=version)
    wanted = option or accept
    if not wanted:
        return Format(version=version)
    for each in media_ranges(wanted):
        found = _json_range(each, version)
        if found is not None:
            return found
    raise NotAcceptable(_("The answer is available as application/json only."))


def _json_range(each: MediaRange, version: str) -> Format | None:
    if each.type in ("*/*", "application/*"):
        return Format(version=version)
    if each.type != "application/json":
        return None
    level, ieee754, streaming = "minimal", False, False
    for name, value in each.parameters.items():
        if name in ("odata.metadata", "metadata") and value.lower() in _LEVELS:
            level = value.lower()
        elif name == "ieee754compatible" and value.lower() in ("true", "false"):
            ieee754 = value.lower() == "true"
        elif name in _STREAMING and value.lower() in ("true", "false"):
            streaming = value.lower() == "true"
        elif name not in _HARMLESS or (name == "odata" and value.lower() not in _OLD_JSON):
            return None
    return Format(level, ieee754, version, charset="charset" in each.parameters, streaming=streaming)


def is_multipart_wanted(accept: str) -> bool:
    """Whether the answer to a batch is wanted as multipart and not as JSON."""
    types = [each.type for each in media_ranges(accept)]
    return types[:1] == ["multipart/mixed"]


def raw_text_wanted(accept: str, option: str) -> None:
    """Check that text/plain (for `$value` and `$count`) is acceptable; JSON is tolerated: many always send it."""
    for each in media_ranges(option or accept or "*/*"):
        if each.type in ("*/*", "text/*", "text/plain", "application/json", "application/*"):
            return
    raise NotAcceptable(_("The answer is available as text/plain only."))


@lru_cache(maxsize=64)
def metadata_form(accept: str, option: str, version: str) -> str:
    """Give `xml` or `json` for the metadata document: XML unless JSON is asked for with more weight.

    JSON metadata came with 4.01. A client of 4.0 that names XML at all reads nothing else, whatever weights it gives:
    Power Query asks for everything with an Accept that prefers JSON.
    """
    if option.lower() in ("xml", "json"):
        return option.lower()
    json_quality = xml_quality = 0.0
    names_xml = False
    for each in media_ranges(option or accept or "*/*"):
        if each.type in ("*/*", "application/*", "application/xml", "text/xml", "text/*"):
            xml_quality = max(xml_quality, each.quality)
            names_xml |= each.type.endswith("/xml")
        if each.type == "application/json" and _json_range(each, "4.0"):
            json_quality = max(json_quality, each.quality)
    if not json_quality and not xml_quality:
        raise NotAcceptable(_("The metadata is available as application/xml and application/json."))
    if names_xml and version == "4.0":
        return "xml"
    return "json" if json_quality > xml_quality else "xml"


@lru_cache(maxsize=64)
def response_version(version: str, max_version: str) -> str:
    """Give the version to answer in: 4.0 unless `OData-MaxVersion` says 4.01 or more. Raises BadRequest for unknown
    ones.
    """
    if version and _number(version, "OData-Version") not in ((4, 0), (4, 1)):
        raise BadRequest(_("OData-Version %(version)s is not supported: send 4.0 or 4.01.") % {"version": version[:20]})
    if not max_version:
        return "4.0"
    most = _number(max_version, "OData-MaxVersion")
    if most < (4, 0):
        raise BadRequest(_("This service speaks OData 4.0 and 4.01 only."), target="OData-MaxVersion")
    return "4.01" if most >= (4, 1) else "4.0"


def _number(text: str, name: str) -> tuple[int, int]:
    found = _VERSION.match(text.strip().split(";")[0])
    if found is None or len(text) > 40:
        raise BadRequest(_("%(name)s is not a version number.") % {"name": name}, target=name)
    # "4.01" is 4.1 in numbers: OData counts 4.0, 4.01.
    return int(found.group(1)), int(found.group(2))
