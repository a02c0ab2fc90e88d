"""Proving who we are: credentials at hand, or a token fetched by a request of its own and used until it runs out.

Token and login requests are steps of the attempt that needs them: its deadline and address rules hold for them too.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from distribution.engine.credentials import Credentials, credentials_of, masked_credentials, read_credentials, reveal
from distribution.engine.wire import Answer, Outgoing, Stopwatch, Wire, WireError
from distribution.rules import answers, redaction
from distribution.rules.authentication import (
    TOKEN_KINDS,
    AuthOptions,
    FoundToken,
    TokenRequest,
    find_token,
    token_request,
)
from distribution.rules.redaction import MASK

# A token is fetched again this long before its end, or a tenth of its lifetime when that is shorter.
EARLY_S = 60.0
# Who waited for a token that could not be had does not ask once more at once.
FAILURE_HOLDS_S = 2.0
# Failures of the wire that a person must mend; all others are tried again.
_FOR_A_PERSON = frozenset({"tls_failed", "address_refused", "url_refused"})
KEPT_TEXT = 4_000


class TokenFailure(Exception):
    """No token could be had; `code` is a key of `rules.outcome`, `detail` what the other side said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Courier:
    """Sends the requests of one attempt, all of them before its one deadline."""

    def __init__(self, wire: Wire, *, deadline_s: float, allow_http: bool, ca_certificate: str = "") -> None:
        self._wire = wire
        self._watch = Stopwatch()
        self._deadline_s = deadline_s
        self._allow_http = allow_http
        self._ca_certificate = ca_certificate
        self.steps: list[dict[str, Any]] = []

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return max(0.001, self._deadline_s - self._watch.elapsed_ms / 1000)

    async def send(self, method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes | None) -> Answer:
        """Send one request; raises `WireError`."""
        return await self._wire.send(
            Outgoing(
                method=method,
                url=url,
                headers=headers,
                body=body,
                deadline_s=self.left_s,
                allow_http=self._allow_http,
                ca_certificate=self._ca_certificate,
            )
        )

    def keep_step(
        self, name: str, shown: TokenRequest, answer: Answer | None, secrets: tuple[str, ...], error: str = ""
    ) -> None:
        """Keep what was said in a step, secrets masked; what of an answer is kept is its beginning."""
        step: dict[str, Any] = {
            "name": name,
            "method": shown.method,
            "url": redaction.redact_text(shown.url, secrets),
            "request_headers": redaction.redact_headers(shown.headers, secrets),
            "request_body": redaction.redact_text(answers.decode(shown.headers, shown.body or b""), secrets)[
                :KEPT_TEXT
            ],
            "error": error,
        }
        if answer is not None:
            text = answers.decode(answer.headers, answer.body)
            step |= {
                "status": answer.status,
                "response_headers": redaction.redact_headers(answer.headers, secrets),
                "response_body": redaction.redact_text(text, secrets)[:KEPT_TEXT],
            }
        self.steps.append(step)


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float  # by the clock that is never set


class Authenticator:
    """The credentials of one version, its token kept in this process until it runs out."""

    def __init__(
        self,
        kind: str,
        username: str,
        ciphertext: bytes | None,
        options: AuthOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind, self._username, self._ciphertext, self._options = kind, username, ciphertext, options
        self._clock = clock
        self._held: _Held | None = None
        self._failed: tuple[float, TokenFailure] | None = None
        self._fetching = asyncio.Lock()

    async def credentials(self, courier: Courier) -> Credentials:
        """Give the credentials for one attempt, after fetching a token where one is needed and none is held.

        Raises `CredentialsUnreadable` or `TokenFailure`.
        """
        if self._kind not in TOKEN_KINDS:
            return read_credentials(self._kind, self._username, self._ciphertext, self._options)
        if (held := self._usable()) is not None:
            return self._with(held.token)
        try:
            async with asyncio.timeout(courier.left_s):
                await self._fetching.acquire()
        except TimeoutError:
            raise TokenFailure("token_failed", "timeout") from None
        try:
            if (held := self._usable()) is not None:
                return self._with(held.token)
            if self._failed is not None and self._clock() < self._failed[0]:
                raise self._failed[1]
            return replace(self._with(await self._fetch(courier)), token="")
        finally:
            self._fetching.release()

    @property
    def masked(self) -> Credentials:
        """What of the credentials may be kept and shown, whatever the secret looks like."""
        return masked_credentials(self._kind, self._options)

    def forget(self, token: str) -> None:
        """Fetch another token next time: the client's system does not take this one any more."""
        if self._held is not None and self._held.token == token:
            self._held = None

    def _usable(self) -> _Held | None:
        return self._held if self._held is not None and self._clock() < self._held.until else None

    def _with(self, token: str) -> Credentials:
        found = credentials_of(self._kind, self._username, token, self._options)
        return replace(found, token=token)

    async def _fetch(self, courier: Courier) -> str:
        secret = reveal(self._ciphertext)
        try:
            found = await self._ask(courier, secret)
        except TokenFailure as failure:
            self._failed = (self._clock() + FAILURE_HOLDS_S, failure)
            raise
        self._failed = None
        early_s = min(EARLY_S, found.lifetime_s / 10)
        self._held = _Held(found.token, self._clock() + found.lifetime_s - early_s)
        return found.token

    async def _ask(self, courier: Courier, secret: str) -> FoundToken:
        request = token_request(self._kind, self._options, username=self._username, secret=secret)
        shown = token_request(self._kind, self._options, username=self._username, secret=MASK)
        try:
            answer = await courier.send(request.method, request.url, request.headers, request.body)
        except WireError as error:
            courier.keep_step("token", shown, None, (secret,), error.code)
            code = error.code if error.code in _FOR_A_PERSON else "token_failed"
            raise TokenFailure(code, f"{error.code} {error.detail}".strip()) from None
        found = None
        if 200 <= answer.status < 300:
            found = find_token(
                self._kind, self._options, status=answer.status, headers=answer.headers, body=answer.body
            )
        courier.keep_step("token", shown, answer, (secret, *([found.token] if found else [])))
        if found is not None:
            return found
        said = redaction.redact_text(answers.excerpt(answer.status, answer.headers, answer.body), (secret,))
        is_passing = answer.status >= 500 or answer.status in {408, 425, 429}
        code = "token_missing" if answer.status < 300 else "token_failed" if is_passing else "token_refused"
        raise TokenFailure(code, said)
