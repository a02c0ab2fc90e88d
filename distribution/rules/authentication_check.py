"""What can be wrong with the authentication of a rule version, said at the fields of its form."""

import json
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind, AuthPlace, LoginFormat
from distribution.rules import authentication, rendering
from distribution.rules.answer_documents import PathUnreadable
from distribution.rules.authentication import AuthOptions
from distribution.rules.problems import Problem
from distribution.rules.received import check_place
from distribution.rules.rendering import templates
from distribution.rules.target import TargetRefused, read_target
from distribution.rules.template_check import SLOT_MESSAGES


def authentication_problems(kind: str, username: str, options: AuthOptions, *, allow_http: bool) -> Iterator[Problem]:
    """Give what is wrong with user name and options of a kind; the secret is asked where it is stored."""
    if kind in {AuthKind.BASIC, AuthKind.OAUTH2} and not username:
        message = _("Enter the user name that the client gave.")
        if kind == AuthKind.OAUTH2:
            message = _("Enter the client ID that the client gave.")
        yield Problem("auth_username", "username_missing", message)
    if any(ord(character) < 32 for character in username) or (kind == AuthKind.BASIC and ":" in username):
        message = _("A user name has no colon and no control characters.")
        yield Problem("auth_username", "username_unreadable", message)
    if kind in {AuthKind.API_KEY, AuthKind.LOGIN}:
        yield from _place_problems(options)
    if kind in authentication.TOKEN_KINDS:
        yield from _token_url_problems(kind, options, allow_http)
    if kind == AuthKind.LOGIN:
        yield from _login_problems(options)


def _place_problems(options: AuthOptions) -> Iterator[Problem]:
    is_token = rendering.is_header_name(options.name)
    if options.place == AuthPlace.HEADER and not is_token:
        message = _("The name of a header has English letters, digits and dashes only.")
        yield Problem("auth_name", "header_name_unreadable", message)
    elif options.place == AuthPlace.HEADER and options.name.lower() in rendering.PROTECTED_HEADERS:
        message = _("This header is set by the system itself and cannot be mapped.")
        yield Problem("auth_name", "header_protected", message)
    elif not options.name.strip() or any(ord(character) < 32 for character in options.name):
        message = _("Give the name of the field in the client's system.")
        yield Problem("auth_name", "name_unreadable", message)


def _slot_problems(field: str, text: str, allowed: frozenset[str]) -> list[Problem]:
    """Give what is wrong with the slots of a text in which only a few names mean something."""
    try:
        names = set(authentication.slots_in(text))
    except templates.TemplateUnreadable as error:
        return [Problem(field, error.code, SLOT_MESSAGES[error.code] % {"text": error.text})]
    message = _("“%(name)s” means nothing here. Only these slots do: %(allowed)s.")
    listed = ", ".join(f"{{{{{name}}}}}" for name in sorted(allowed))
    return [Problem(field, "slot_unknown", message % {"name": name, "allowed": listed}) for name in names - allowed]


def _token_url_problems(kind: str, options: AuthOptions, allow_http: bool) -> Iterator[Problem]:
    allowed = authentication.SLOTS_OF_LOGIN if kind == AuthKind.LOGIN else frozenset()
    if wrong := _slot_problems("auth_token_url", options.token_url, allowed):
        yield from wrong
        return
    try:
        read_target(rendering.with_sample_slots(options.token_url), allow_http=allow_http)
    except TargetRefused as error:
        yield Problem("auth_token_url", error.code, error.message)
    except templates.SlotMisplaced as error:
        yield Problem("auth_token_url", "slot_in_host", SLOT_MESSAGES["slot_in_host"] % {"text": str(error)})


def _login_problems(options: AuthOptions) -> Iterator[Problem]:
    wrong = _slot_problems("auth_login_body", options.login_body, authentication.SLOTS_OF_LOGIN)
    yield from wrong
    if not wrong and options.login_method != "GET" and options.login_format == LoginFormat.JSON:
        parts = templates.parse(options.login_body)
        is_whole = "value" not in templates.json_places(parts)
        try:
            json.loads(templates.filled(parts, lambda slot: "x"))
        except (ValueError, RecursionError):
            is_whole = False
        if not is_whole:
            message = _("Write JSON with the slots between quotation marks, such as %(example)s.")
            example = '{"user": "{{username}}", "password": "{{secret}}"}'
            yield Problem("auth_login_body", "not_json", message % {"example": example})
    try:
        check_place(options.token_part, options.token_path)
    except PathUnreadable:
        message = _("Say where in the answer the token stands, such as data.token or the name of a header.")
        yield Problem("auth_token_path", "path_unreadable", message)
    wrong = _slot_problems("auth_written", options.written, authentication.SLOT_OF_TOKEN)
    yield from wrong
    if not wrong and "token" not in set(authentication.slots_in(options.written)):
        message = _("Write {{token}} where the token belongs, such as Bearer {{token}}.")
        yield Problem("auth_written", "token_not_used", message)
    elif options.place == AuthPlace.HEADER:
        yield from _written_problems(options.written)


def _written_problems(written: str) -> Iterator[Problem]:
    try:
        rendering.check_header_value("token", written)
    except rendering.RenderFailure:
        message = _("A header carries English letters, digits and signs only, in one line.")
        yield Problem("auth_written", "value_not_sendable", message)


def secret_problems(kind: str, options: AuthOptions, secret: str) -> Iterator[Problem]:
    """Give what is wrong with a secret that staff entered just now."""
    is_in_header = kind == AuthKind.BEARER or (kind == AuthKind.API_KEY and options.place == AuthPlace.HEADER)
    is_sendable = not any(character < " " or character == "\x7f" for character in secret)
    try:
        if is_in_header:
            rendering.check_header_value("secret", secret)
    except rendering.RenderFailure:
        is_sendable = False
    if not is_sendable:
        message = _("This cannot be sent: a token has English letters, digits and signs only, in one line.")
        yield Problem("auth_secret", "value_not_sendable", message)
