"""Secret values of a request: a placeholder in what is rendered and frozen, the secret itself per attempt.

A placeholder consists of letters and digits only, so no escaping alters it, and nobody outside can guess it, so no
lead can bring one along.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from distribution.rules.rendering.readers import Field
from distribution.rules.rendering.request import MappingLike, RenderedRequest


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One place of the request where a secret stands: its placeholder, and how the place wants it written."""

    placeholder: str
    ciphertext: bytes
    escape: Callable[[str], str]
    charset: str


class SecretUses:
    """Collects the places while a request is compiled."""

    def __init__(self, mappings: Iterable[MappingLike], charset: str) -> None:
        self._ciphertexts = {m.secret_slot: bytes(m.secret or b"") for m in mappings if m.secret_slot}
        self._charset = charset
        self.all: list[SecretUse] = []

    def placed(self, field: Field, escape: Callable[[str], str]) -> Field:
        """Give the field with a placeholder of this place in it, when it is a secret; any other as it is."""
        if not field.secret_slot:
            return field
        placeholder = f"{field.secret_slot}n{len(self.all)}e"
        self.all.append(SecretUse(placeholder, self._ciphertexts[field.secret_slot], escape, self._charset))
        return replace(field, read=lambda subject: placeholder)


def put_in(request: RenderedRequest, uses: Iterable[SecretUse], reveal: Callable[[SecretUse], str]) -> RenderedRequest:
    """Give the request with something in the place of every placeholder: the secret, or its mask."""
    url, headers, body = request.url, request.headers, request.body
    for use in uses:
        written = reveal(use)
        url = url.replace(use.placeholder, written)
        headers = tuple((name, value.replace(use.placeholder, written)) for name, value in headers)
        if body is not None:
            body = body.replace(use.placeholder.encode(), written.encode(use.charset, "replace"))
    return replace(request, url=url, headers=headers, body=body)
