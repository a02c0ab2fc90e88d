"""The language of an answer: what `Accept-Language` asks for (RFC 9110, section 12.5.4), never a cookie."""

from contextlib import AbstractContextManager, nullcontext

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

# What Java called Hebrew until version 17.
_OLD_CODES = {"iw": "he"}


def language_of_request(request: HttpRequest) -> str:
    """Give the best language for the request."""
    return best_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def best_language(accept: str) -> str:
    """Give the best language for `Accept-Language` among those of the settings, else the default one."""
    for wanted, _quality in parse_accept_lang_header(accept):
        if wanted == "*":
            break
        base, _, region = wanted.partition("-")
        code = "-".join(filter(None, [_OLD_CODES.get(base, base), region]))
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def speaking(language: str) -> AbstractContextManager[None]:
    """Have messages in this language for the length of the block; where they are so already, that costs nothing."""
    return nullcontext() if translation.get_language() == language else translation.override(language)
