"""What `/api/schema/` says about the intake."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

LEAD = {
    "type": "object",
    "description": (
        "Any names: the usual ones (English, Hebrew, Google, Meta, Elementor) and those set for the source are "
        "recognised, everything else is kept under the name it came with. A phone or an e-mail address is needed."
    ),
    "properties": {
        "external_id": {"type": "string", "description": "The lead's id at the sender: a repeat is the same lead."},
        "name": {"type": "string"},
        "phone": {"type": "string"},
        "email": {"type": "string"},
        "city": {"type": "string"},
        "notes": {"type": "string"},
        "consent": {"type": "boolean", "description": "Consent to marketing."},
        "submitted_at": {"type": "string", "format": "date-time"},
        "is_test": {"type": "boolean", "description": "Kept and shown, never given to a client."},
        "data": {"type": "object", "additionalProperties": True, "description": "Further fields."},
    },
    "additionalProperties": True,
}
BODY = {"oneOf": [LEAD, {"type": "array", "items": LEAD, "minItems": 1, "maxItems": 1000}]}

TAKEN = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "created": {"type": "boolean"}},
    "required": ["id", "created"],
}
TAKEN_OR_ALL_TAKEN = {"oneOf": [TAKEN, {"type": "array", "items": TAKEN}]}
PROBLEM = inline_serializer(
    "IntakeProblem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "code": serializers.CharField(),
        "detail": serializers.CharField(),
        "errors": serializers.ListField(child=serializers.DictField(), required=False),
    },
)


_PROBLEMS = {
    400: "Malformed, or there is neither a phone nor an e-mail address.",
    401: "The intake token is missing or not valid.",
    403: "The source is switched off.",
    413: "More than 5 MB, or more than 1,000 leads.",
    415: "Neither JSON nor form fields.",
    503: "Not taken in: send it again after the time in Retry-After.",
}


INTAKE: dict[str, Any] = {
    "operation_id": "leads_create",
    "tags": ["leads"],
    "summary": "Send leads of a source",
    "description": (
        "One lead, or an array of up to 1,000 (answered by an array, each item on its own). The source's intake "
        "token goes into `Authorization: Bearer`, into `X-Source-Token`, into the body as Google's `google_key`, or "
        "into the address; never into the query string."
    ),
    "auth": [],
    "request": {"application/json": BODY, "application/x-www-form-urlencoded": LEAD, "multipart/form-data": LEAD},
    "parameters": [
        OpenApiParameter(
            "X-Source-Token", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The source's intake token."
        ),
    ],
    "responses": {
        201: OpenApiResponse(TAKEN_OR_ALL_TAKEN, description="A new lead; of an array, new leads all of them."),
        200: OpenApiResponse(
            TAKEN_OR_ALL_TAKEN, description="The lead was here already (or the sender is Google's lead form)."
        ),
        207: OpenApiResponse(
            {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            description="An array of which some were refused: each item's answer or problem.",
        ),
        **{
            (status, "application/problem+json"): OpenApiResponse(PROBLEM, description=text)
            for status, text in _PROBLEMS.items()
        },
    },
    "examples": [
        OpenApiExample(
            "A lead",
            request_only=True,
            media_type="application/json",
            value={
                "external_id": "form-1201",
                "name": "נועה בן־דוד",
                "phone": "050-1234567",
                "email": "noa@example.co.il",
                "city": "ראשון לציון",
                "budget": "2,000,000",
            },
        ),
        OpenApiExample("Taken", response_only=True, status_codes=["201"], value={"id": 1042, "created": True}),
    ],
}
INTAKE_BY_ADDRESS: dict[str, Any] = INTAKE | {
    "operation_id": "leads_create_by_address",
    "summary": "Send leads of a source, its token in the address",
    "parameters": [
        OpenApiParameter("token", OpenApiTypes.STR, OpenApiParameter.PATH, description="The source's intake token."),
    ],
}
