"""One request on its way out: secrets and signature put in, sent, and sent once more after its token ran out."""

from dataclasses import replace
from datetime import datetime

from distribution.engine.authentication import Courier
from distribution.engine.credentials import NONE, Credentials, CredentialsUnreadable, reveal
from distribution.engine.versions import LoadedVersion
from distribution.engine.wire import Answer
from distribution.rules.authentication import TokenRequest
from distribution.rules.redaction import MASK
from distribution.rules.rendering import IDEMPOTENCY_KEY, RenderedRequest
from distribution.rules.rendering.secrets import SecretUse, put_in
from distribution.rules.signing import SigningSecretUnreadable, signature_headers, signing_key

_UNAUTHORIZED = 401


class Sending:
    """A frozen request and what is added to it per attempt. Everything secret is in `secrets` once it was used."""

    def __init__(self, version: LoadedVersion, request: RenderedRequest, started_at: datetime) -> None:
        self._version = version
        self._request = request
        self._started_at = started_at
        self._credentials: Credentials = NONE
        self._signature: tuple[tuple[str, str], ...] = ()
        self._secrets: list[str] = []

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must be neither stored nor shown."""
        return tuple(self._secrets)

    @property
    def shown(self) -> RenderedRequest:
        """What is sent as it is kept and shown: masks in the places of secrets."""
        uses = self._version.plan.secrets if self._version.plan else ()
        masked = put_in(self._request, uses, lambda use: MASK) if uses else self._request
        if self._credentials is NONE and not self._signature:
            return masked
        credentials = NONE if self._credentials is NONE else self._version.authenticator.masked
        return replace(
            masked,
            url=credentials.address(masked.url),
            headers=(*masked.headers, *credentials.headers, *self._signature),
        )

    async def send(self, courier: Courier) -> Answer:
        """Send it; raises `WireError`, `TokenFailure` and `CredentialsUnreadable`.

        A token that was used before and is answered 401 is fetched anew, once, and the request sent again.
        """
        filled = self._filled()
        authenticator = self._version.authenticator
        await self._prove(courier)
        answer = await self._send(courier, filled)
        if answer.status != _UNAUTHORIZED or not self._credentials.token:
            return answer
        shown = self.shown
        step = TokenRequest(shown.method, shown.url, shown.headers, None)
        courier.keep_step("unauthorized", step, answer, self.secrets)
        authenticator.forget(self._credentials.token)
        await self._prove(courier)
        return await self._send(courier, filled)

    async def _prove(self, courier: Courier) -> None:
        self._credentials = await self._version.authenticator.credentials(courier)
        self._secrets += self._credentials.secrets

    async def _send(self, courier: Courier, request: RenderedRequest) -> Answer:
        headers = (*request.headers, *self._credentials.headers, *self._signature)
        return await courier.send(request.method, self._credentials.address(request.url), headers, request.body)

    def _filled(self) -> RenderedRequest:
        """Give the request with its secrets in place, and sign it."""
        uses = self._version.plan.secrets if self._version.plan else ()
        request = put_in(self._request, uses, self._reveal) if uses else self._request
        if self._version.signing_secret is not None:
            try:
                key = signing_key(reveal(self._version.signing_secret))
            except SigningSecretUnreadable as error:
                raise CredentialsUnreadable from error
            self._signature = signature_headers(
                key,
                message_id=dict(request.headers)[IDEMPOTENCY_KEY],
                timestamp=int(self._started_at.timestamp()),
                body=request.body or b"",
            )
        return request

    def _reveal(self, use: SecretUse) -> str:
        secret = reveal(use.ciphertext)
        try:
            written = use.escape(secret)
        except ValueError as error:  # it cannot stand in its place: saving refuses that, a changed rule cannot
            raise CredentialsUnreadable from error
        self._secrets += {secret, written}
        return written
