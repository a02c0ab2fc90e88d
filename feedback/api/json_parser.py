"""Reading JSON (RFC 8259) from strangers: bounded, exact, and never an error of ours."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

# One feedback is small; an array of a thousand with long comments is not.
LARGEST_OBJECT = 1_000_000
LARGEST_ARRAY = 8_000_000


class BodyTooLarge(APIException):
    """RFC 9110, 15.5.14."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = _("The body is too large: one object may have 1 MB, an array 8 MB. Send less at a time.")


class JsonParser(BaseParser):
    """Takes every body as JSON, also one that calls itself a form: that is what `curl -d` does."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Give the value that the body is; fractions keep their digits.

        Raises `ParseError` for what is no JSON, `BodyTooLarge` beyond the bounds.
        """
        length = _content_length(parser_context)
        if length > LARGEST_ARRAY:
            raise BodyTooLarge
        try:
            value = json.loads(stream.read(LARGEST_ARRAY + 1), parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError):
            # ArithmeticError: exponents beyond Decimal's. RecursionError: thousands of nested brackets.
            raise ParseError(
                _("The body is no JSON that can be read. Send an object, or an array of objects.")
            ) from None
        if length > LARGEST_OBJECT and not isinstance(value, list):
            raise BodyTooLarge
        return value


def _content_length(context: Mapping[str, Any] | None) -> int:
    length = context["request"].META.get("CONTENT_LENGTH") if context else None
    return int(length) if length and str(length).isdecimal() else 0


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
