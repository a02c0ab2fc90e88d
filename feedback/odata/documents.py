"""The service document, the metadata document and error bodies."""

import json
from functools import lru_cache

from feedback.odata.csdl_json import csdl_json
from feedback.odata.csdl_xml import csdl_xml
from feedback.odata.errors import ODataError
from feedback.odata.model import Declaration


@lru_cache(maxsize=32)
def service_document(declaration: Declaration, root: str, metadata: str) -> str:
    """The entry page for machines (OData JSON Format 4.01, section 5)."""
    document: dict[str, object] = {} if metadata == "none" else {"@odata.context": f"{root}$metadata"}
    document["value"] = [{"name": each.name, "kind": "EntitySet", "url": each.name} for each in declaration.sets]
    return json.dumps(document, separators=(",", ":"))


@lru_cache(maxsize=8)
def metadata_document(declaration: Declaration, form: str, version: str) -> str:
    """The model in XML or JSON."""
    return csdl_json(declaration, version) if form == "json" else csdl_xml(declaration, version)


def error_object(error: ODataError) -> dict[str, object]:
    """The value of `error` in an error body (OData JSON Format 4.01, section 21.1)."""
    members: dict[str, object] = {"code": error.code, "message": error.message}
    if error.target:
        members["target"] = error.target
    if error.details:
        members["details"] = [
            {"code": each.code, "message": each.message} | ({"target": each.target} if each.target else {})
            for each in error.details
        ]
    return members


def error_body(error: ODataError) -> str:
    """The whole body."""
    return json.dumps({"error": error_object(error)}, ensure_ascii=False, separators=(",", ":"))
