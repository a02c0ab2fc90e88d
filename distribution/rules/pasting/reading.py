"""From what was pasted to the rule it describes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from distribution.choices import AuthKind, AuthPlace, BodyFormat, Method, Placement
from distribution.rules.pasting.bodies import json_fields, pairs_of, read_json, sendable, too_many, xml_template
from distribution.rules.pasting.curl import Command, read_curl
from distribution.rules.pasting.guessing import guess, is_secret_name, routing_candidates
from distribution.rules.pasting.headers import Proof, read_headers
from distribution.rules.pasting.words import PasteUnreadable, split_words
from distribution.rules.rendering.charsets import CharsetUnknown, check_charset
from distribution.rules.sketches import RuleSketch, SketchedMapping
from distribution.rules.values import CONSTANT

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_MOST_MAPPINGS = 190
_OTHER_TOOLS = ("invoke-webrequest", "invoke-restmethod", "wget", "fetch(", "http ", "https ")


@dataclass(frozen=True, kw_only=True)
class _Body:
    body_format: str
    fields: list[SketchedMapping]
    template: str = ""
    notes: Sequence[str] = ()


def read_pasted(text: str) -> RuleSketch:
    """Give the rule that a curl command or an address with parameters describes.

    What was not understood is said in its notes. Raises `PasteUnreadable` when it is neither.
    """
    command = _command(text)
    address, query = _address(command)
    proof = Proof()
    if command.user is not None:
        username, _colon, password = command.user.partition(":")
        proof.basic(username, password)
    headers = read_headers(command.headers, proof)
    charset = _charset(headers.content_type, command)
    body = _body(command, headers.content_type, bool(headers.soap_action), charset)
    parameters = _parameters("&".join(filter(None, [query, *command.query])), proof, charset)
    if command.is_get and command.data:
        parameters += _parameters("&".join(command.data), proof, charset)
    fields, left = sendable([*parameters, *body.fields], is_json=body.body_format == BodyFormat.JSON)
    if len(fields) + len(headers.mappings) > _MOST_MAPPINGS:
        raise too_many()
    if body.body_format == BodyFormat.QUERY:
        fields = [replace(mapping, placement=Placement.FIELD) for mapping in fields]
    method = _method(command, body)
    is_bare = not fields and not body.template and method != Method.GET
    mappings, notes = ([], []) if is_bare else _guessed(fields)
    return RuleSketch(
        url=address,
        method=method,
        body_format=BodyFormat.JSON if is_bare else body.body_format,
        charset=charset,
        template=body.template,
        soap_action=headers.soap_action if body.body_format == BodyFormat.SOAP else "",
        auth_kind=proof.kind,
        auth_username=proof.username,
        auth_secret=proof.secret,
        auth_options=proof.options,
        mappings=[*mappings, *headers.mappings],
        notes=[*notes, *proof.notes(), *body.notes, *command.notes, *_left_out(left, headers.left_out)],
    )


def _command(text: str) -> Command:
    words = split_words(text)
    while words and words[0] in {"$", "#", "sudo"}:
        words = words[1:]
    if not words:
        raise PasteUnreadable(_("Paste a curl command, or an address with its parameters."))
    first = words[0].lower().removesuffix(".exe")
    if first == "curl" or first.endswith(("/curl", "\\curl")):
        return read_curl(words[1:])
    if len(words) == 1 and ("://" in words[0] or re.match(r"[\w-]+(\.[\w-]+)+([/?:]|$)", words[0])):
        return Command(url=words[0], method="GET" if "?" in words[0] else "POST")
    if text.lower().lstrip().startswith(_OTHER_TOOLS):
        raise PasteUnreadable(_("This is a command of another program. Ask for the request as a curl command."))
    raise PasteUnreadable(_("This is neither a curl command nor an address. A command begins with the word curl."))


def _address(command: Command) -> tuple[str, str]:
    """Give the address without its query, and the query; a login in it becomes the user."""
    url = command.url.strip()
    if not url:
        raise PasteUnreadable(_("There is no address in this command. Copy it whole, to its last line."))
    if "://" not in url:
        url = f"https://{url}"
        command.notes.append(_("The address had no https:// before it; it was added."))
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.username and command.user is None:
            command.user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    except ValueError:
        raise PasteUnreadable(_("The address in it cannot be read. Check what stands after https://.")) from None
    if parts.scheme not in {"http", "https"} or not host or len(url) > 20_000:
        raise PasteUnreadable(_("The address in it cannot be read. Check what stands after https://."))
    if parts.scheme == "http":
        command.notes.append(_("The address is not encrypted (http://). Ask the client for one with https://."))
    return f"{parts.scheme}://{host}{parts.path}"[:2000], parts.query


def _charset(content_type: str, command: Command) -> str:
    found = _CHARSET.search(content_type)
    if found is None:
        return "utf-8"
    try:
        check_charset(found[1])
    except CharsetUnknown:
        command.leave_out(f"charset={found[1]}")
        return "utf-8"
    return found[1].lower()


def _body(command: Command, content_type: str, is_soap: bool, charset: str) -> _Body:
    if command.parts:
        fields = [SketchedMapping(source=CONSTANT, name=name, constant=value) for name, value in command.parts]
        return _Body(body_format=BodyFormat.MULTIPART, fields=fields)
    if command.is_get or not command.data:
        return _Body(body_format=BodyFormat.QUERY, fields=[])
    kind = content_type.lower()
    text = "&".join(command.data)
    if ("form-urlencoded" not in kind and text.lstrip().startswith(("{", "["))) or "json" in kind:
        return _json_body(text)
    if text.lstrip().startswith("<"):
        template, fields = xml_template(text)
        is_envelope = is_soap or "soap" in kind or ":Envelope" in text
        note = _("The XML became a template. Values of a lead are slots in it; the rest stays as it was written.")
        body_format = BodyFormat.SOAP if is_envelope else BodyFormat.XML
        return _Body(body_format=body_format, fields=fields, template=template, notes=[note])
    if not kind or "form-urlencoded" in kind or ("=" in text and "\n" not in text.strip()):
        fields = pairs_of(text.strip(), Placement.FIELD, encoding=charset)
        return _Body(body_format=BodyFormat.FORM, fields=fields)
    note = _("The body is free text and became a template. Write {{name}} where a value of the lead belongs.")
    return _Body(body_format=BodyFormat.TEXT, fields=[], template=text, notes=[note])


def _json_body(text: str) -> _Body:
    document = read_json(text)
    if document is not None:
        return _Body(body_format=BodyFormat.JSON, fields=json_fields(document))
    note = _("The body is not complete JSON and became a template. Check it, and write {{name}} where a value belongs.")
    return _Body(body_format=BodyFormat.JSON_TEMPLATE, fields=[], template=text, notes=[note])


def _parameters(query: str, proof: Proof, charset: str) -> list[SketchedMapping]:
    """Give the parameters of an address; the first that is a key becomes the authentication."""
    fields = pairs_of(query, Placement.QUERY, encoding=charset)
    for place, mapping in enumerate(fields):
        if proof.kind == AuthKind.NONE and is_secret_name(mapping.name):
            proof.api_key(AuthPlace.QUERY, mapping.name, mapping.constant)
            return [*fields[:place], *fields[place + 1 :]]
    return fields


def _guessed(fields: Sequence[SketchedMapping]) -> tuple[list[SketchedMapping], list[str]]:
    """Give the mappings with the routing ID among them: at its likeliest place, or first and without a name."""
    mappings = [guess(mapping) for mapping in fields]
    candidates = routing_candidates(mappings)
    if not candidates:
        note = _(
            "No field for the routing ID was found. Give the name of the field that will keep it, in the first row."
        )
        return [SketchedMapping(source="routing.id"), *mappings], [note]
    chosen, *others = candidates
    marked = mappings[chosen]
    mappings[chosen] = replace(marked, source="routing.id", source_key="", constant="", json_type="")
    said = _("“%(name)s” carries the routing ID. Make sure that the client's system keeps it and names it in feedback.")
    notes = [said % {"name": marked.name}]
    if others:
        names = ", ".join(mappings[place].name for place in others[:5])
        notes.append(_("These could carry it as well: %(names)s.") % {"names": names})
    return mappings, notes


def _method(command: Command, body: _Body) -> str:
    asked = command.method or ("GET" if command.is_get or body.body_format == BodyFormat.QUERY else "POST")
    if asked not in Method.values:
        command.notes.append(_("The method %(method)s was replaced by POST.") % {"method": asked})
        return Method.POST
    if asked == Method.GET and body.body_format != BodyFormat.QUERY:
        command.notes.append(_("A GET request has no body here: the method is POST."))
        return Method.POST
    return asked


def _left_out(fields: Sequence[str], headers: Sequence[str]) -> list[str]:
    notes = []
    if fields:
        said = _("These fields were left out, since their names or values cannot be sent by a mapping: %(names)s.")
        notes.append(said % {"names": ", ".join(fields[:12])})
    if headers:
        said = _("These headers were left out, since the system sets them or they belong to a browser: %(names)s.")
        notes.append(said % {"names": ", ".join(dict.fromkeys(headers[:12]))})
    return notes
