"""The multipart form of batches (OData Protocol 4.01, section 11.7.7; RFC 2046).

Read tolerantly: lines may end in CRLF or LF, text before the first and after the last boundary is ignored, the last
line may lack its end, and an inner Content-Length is not believed.
"""

import http
import re
import uuid

from django.utils.translation import gettext as _

from feedback.odata.batch import Part, PartAnswer, check_count
from feedback.odata.errors import BadSyntax
from feedback.odata.operation import Answer, Operation

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^";,\s]{1,200}))', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(r"([A-Za-z]+)[ \t]+(\S+)(?:[ \t]+HTTP/\d(?:\.\d)?)?\s*\Z")


def read_batch(operation: Operation, limit: int) -> list[list[Part]]:
    """Read the parts; those of a change set together. Raises BadSyntax and, over the limit, BadRequest."""
    units: list[list[Part]] = []
    count = 0
    for headers, body in _parts(operation.body, operation.headers("Content-Type")):
        if headers.get("content-type", "").lower().startswith("multipart/mixed"):
            group = f"changeset {len(units) + 1}"
            inner = _parts(body, headers["content-type"])
            unit = [_request(own, content, group, f"{group}.{at}") for at, (own, content) in enumerate(inner)]
            if any(part.method in ("GET", "HEAD") for part in unit):
                raise BadSyntax(_("A change set cannot read."))
        else:
            unit = [_request(headers, body, "", f"request {len(units) + 1}")]
        count += len(unit)
        check_count(count, limit)
        if unit:
            units.append(unit)
    return units


def _parts(body: bytes, content_type: str) -> list[tuple[dict[str, str], bytes]]:
    """Cut at the boundary: headers with lower-case names, and content."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadSyntax(_("The Content-Type names no boundary."), target="Content-Type")
    boundary = re.escape((found.group(1) or found.group(2)).encode())
    pieces = re.split(rb"(?:\A|\r?\n)--" + boundary + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
    if len(pieces) < 3:
        raise BadSyntax(_("The body has no part that begins with its boundary."))
    parts = []
    # re.split gives: preamble, (closing mark, text after the boundary)*
    for closing, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if closing:
            break
        parts.append(_headers_and_content(piece.lstrip(b"\r\n") if piece.strip() else b""))
    return parts


def _headers_and_content(piece: bytes) -> tuple[dict[str, str], bytes]:
    found = _BLANK_LINE.search(piece)
    head, content = (piece[: found.start()], piece[found.end() :]) if found else (piece, b"")
    return _headers(head), content


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    last = ""
    for line in head.decode("utf-8", "replace").splitlines():
        if line[:1] in (" ", "\t") and last:
            headers[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise BadSyntax(_("A header of the batch cannot be read: “%(line)s”.") % {"line": line[:40]})
        last = name.strip().lower()
        headers[last] = value.strip()
    return headers


def _request(mime: dict[str, str], content: bytes, group: str, fallback_id: str) -> Part:
    if not mime.get("content-type", "").lower().startswith("application/http"):
        raise BadSyntax(_("A part of the batch is not application/http."))
    line, _end, rest = content.lstrip(b"\r\n").partition(b"\n")
    found = _REQUEST_LINE.match(line.decode("utf-8", "replace"))
    if found is None:
        raise BadSyntax(_("A part of the batch begins with no request line."))
    if rest.startswith((b"\n", b"\r\n")):
        headers: dict[str, str] = {}
        body = rest.lstrip(b"\r\n")
    else:
        headers, body = _headers_and_content(rest)
    return Part(
        id=mime.get("content-id") or headers.get("content-id") or fallback_id,
        method=found.group(1).upper(),
        url=found.group(2),
        headers=headers,
        body=body.rstrip(b"\r\n"),
        group=group,
    )


# ---- writing ----


def write_batch(answers: list[list[PartAnswer]]) -> tuple[str, str]:
    """The body of the answer and its Content-Type."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    parts = []
    for unit in answers:
        failed = next((each for each in unit if each.answer.status >= 400), None)
        failure = next((each for each in unit if each.answer.status not in (200, 201, 204, 424)), failed)
        if unit[0].part.group and failure is None:
            parts.append(_change_set(unit))
        else:
            # A change set that failed is answered once, not part by part (section 11.7.7.4).
            parts.append(_part(failure or unit[0]))
    return _joined(boundary, parts), f"multipart/mixed;boundary={boundary}"


def _change_set(unit: list[PartAnswer]) -> str:
    boundary = f"changesetresponse_{uuid.uuid4()}"
    body = _joined(boundary, [_part(each) for each in unit])
    return f"Content-Type: multipart/mixed;boundary={boundary}\r\n\r\n{body}"


def _joined(boundary: str, parts: list[str]) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"


def _part(answered: PartAnswer) -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    if not answered.part.id.startswith(("changeset ", "request ")):
        head += f"Content-ID: {_one_line(answered.part.id)}\r\n"
    return f"{head}\r\n{_http(answered.answer, with_body=answered.part.method != 'HEAD')}"


def _http(answer: Answer, *, with_body: bool) -> str:
    lines = [f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}"]
    if answer.content_type:
        lines.append(f"Content-Type: {answer.content_type}")
    if answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body.encode())}")
    lines.extend(f"{name}: {_one_line(value)}" for name, value in answer.headers.items())
    return "\r\n".join(lines) + "\r\n\r\n" + (answer.body if with_body else "")


def _one_line(text: str) -> str:
    """A header value that cannot begin a new line."""
    return text.replace("\r", " ").replace("\n", " ")
