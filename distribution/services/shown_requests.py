"""A request as staff see it: exact, with secrets masked, and readable where the wire is not."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from distribution.engine.credentials import masked_credentials
from distribution.engine.mailing import readable
from distribution.models import RuleVersion
from distribution.rules import answers, redaction
from distribution.rules.authentication import read_options
from distribution.rules.redaction import MASK
from distribution.rules.rendering import RenderedRequest, RequestPlan
from distribution.rules.rendering.mails import MAIL
from distribution.rules.rendering.secrets import put_in

_SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, kw_only=True)
class ShownRequest:
    """`body` is text, in the rule's character set; `url` is as it goes over the wire. `parameters` are what stands
    percent-encoded in address and body, as the client's system reads it."""

    method: str
    url: str
    headers: list[list[str]]
    body: str
    parameters: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_mail(self) -> bool:
        """Whether this is a mail: `headers` are its own, `body` its text part."""
        return self.method == MAIL


def shown_before_sending(version: RuleVersion, plan: RequestPlan, request: RenderedRequest) -> ShownRequest:
    """Give a request that was rendered and not sent: masks stand where an attempt puts secrets, token, signature."""
    if request.method == MAIL:
        mail_headers, text = readable(request.body or b"")
        told = [[name, value] for name, value in mail_headers if name in {"From", "To", "Subject"}]
        return ShownRequest(method=MAIL, url=request.url, headers=told, body=text)
    masked = put_in(request, plan.secrets, lambda use: MASK)
    credentials = masked_credentials(version.auth_kind, read_options(version.auth_options))
    headers = [*masked.headers, *credentials.headers]
    if version.signing_secret is not None:
        headers += [(name, MASK) for name in _SIGNATURE]
    return shown_request(
        masked.method,
        credentials.address(masked.url),
        redaction.redact_headers(headers),
        masked.body,
        version.charset,
    )


def shown_request(
    method: str, url: str, headers: list[list[str]], body: bytes | memoryview | None, charset: str
) -> ShownRequest:
    """Give a request whose secrets are masked already."""
    pairs = [(name, value) for name, value in headers]
    text = answers.decode(pairs, bytes(body or b""))
    is_form = answers.content_type(pairs).startswith("application/x-www-form-urlencoded")
    encoded = [url.partition("?")[2], *([text] if is_form else [])]
    return ShownRequest(
        method=method,
        url=url,
        headers=headers,
        body=text,
        parameters=[pair for part in encoded if "%" in part for pair in _read(part, charset)],
    )


def _read(text: str, charset: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, encoding=charset, errors="replace")
    except (LookupError, ValueError):
        return []
