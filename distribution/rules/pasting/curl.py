"""What a curl command says: its options by their meaning (curl's manual, “options”). It is read, never run."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from django.utils.translation import gettext as _

# Options that take a value and say nothing that a rule could keep, and those that say nothing at all.
_VALUE_IGNORED = frozenset(
    {
        "-o", "--output", "-m", "--max-time", "--connect-timeout", "-A", "--user-agent", "-e", "--referer", "--retry",
        "--retry-delay", "--retry-max-time", "-w", "--write-out", "-c", "--cookie-jar", "--limit-rate", "--resolve",
        "-D", "--dump-header", "--max-redirs", "--tls-max", "--ciphers", "--stderr", "--trace", "--trace-ascii",
    }
)  # fmt: skip
_FLAGS_IGNORED = frozenset(
    {
        "-s", "-S", "-L", "-v", "-i", "-g", "-f", "-N", "-#", "-O", "-J", "-0", "-4", "-6", "--compressed", "--silent",
        "--show-error", "--location", "--verbose", "--include", "--globoff", "--fail", "--fail-with-body",
        "--no-buffer", "--progress-bar", "--http1.0", "--http1.1", "--http2", "--http3", "--ipv4", "--ipv6", "--basic",
        "--post301", "--post302", "--path-as-is", "--tlsv1.2", "--tlsv1.3", "--no-progress-meter", "--tcp-nodelay",
    }
)  # fmt: skip
_VALUE_REFUSED = frozenset(
    {
        "-b", "--cookie", "-x", "--proxy", "-E", "--cert", "--key", "--cacert", "-T", "--upload-file", "-K",
        "--config", "--proxy-user", "--aws-sigv4", "--unix-socket", "--interface", "--pinnedpubkey", "--cert-type",
        "-U", "-r", "--range",
    }
)  # fmt: skip
_FLAGS_REFUSED = frozenset({"-k", "--insecure", "--digest", "--ntlm", "--negotiate", "--anyauth", "-n", "--netrc"})


@dataclass(kw_only=True)
class Command:
    """A request as a command describes it; `notes` say what of it was left out."""

    url: str = ""
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    user: str | None = None
    is_get: bool = False
    notes: list[str] = field(default_factory=list)

    def leave_out(self, option: str) -> None:
        """Say that an option was not taken over."""
        note = _("Left out: %(option)s. A rule has nothing like it.") % {"option": option}
        if note not in self.notes:
            self.notes.append(note)

    def ask_for_file(self, what: str) -> None:
        """Say that a file's content is wanted."""
        self.notes.append(
            _("“%(what)s” stands for a file, which is not here. Paste the command with the file's content.")
            % {"what": what[:100]}
        )


def read_curl(words: Sequence[str]) -> Command:
    """Read the words that follow `curl`."""
    command = Command()
    left = list(reversed(words))
    is_options = True
    while left:
        word = left.pop()
        if word == "--":
            is_options = False
        elif not is_options or not word.startswith("-") or word == "-":
            _take_address(command, word)
        elif word.startswith("--"):
            _take_option(command, word, left)
        else:
            _take_short(command, word, left)
    return command


def _take_address(command: Command, word: str) -> None:
    if not command.url:
        command.url = word
    else:
        command.leave_out(word[:60])


def _take_short(command: Command, word: str, left: list[str]) -> None:
    """Take `-sSXPOST`: flags one after the other, the last with what follows it as its value."""
    for place in range(1, len(word)):
        option, rest = f"-{word[place]}", word[place + 1 :]
        if option in _TAKES or option in _VALUE_IGNORED or option in _VALUE_REFUSED:
            if rest:
                left.append(rest)
            _take_option(command, option, left)
            return
        _take_option(command, option, left)


def _take_option(command: Command, option: str, left: list[str]) -> None:
    name, equals, value = option.partition("=")
    if equals and name in _TAKES:
        option, left = name, [*left, value]
    if take := _TAKES.get(option):
        if left:
            take(command, left.pop())
        else:
            command.leave_out(option)
    elif flag := _FLAGS.get(option):
        flag(command)
    elif option in _VALUE_IGNORED or option in _VALUE_REFUSED:
        if left:
            left.pop()
        if option in _VALUE_REFUSED:
            command.leave_out(option)
    elif option not in _FLAGS_IGNORED:
        command.leave_out(option[:60])


def _take_header(command: Command, text: str) -> None:
    if text.startswith("@"):
        command.ask_for_file(text)
        return
    name, _colon, value = text.partition(":")
    name = name.strip().removesuffix(";")
    if name:
        command.headers.append((name, value.strip()))


def _take_data(command: Command, text: str) -> None:
    if text.startswith("@"):
        command.ask_for_file(text)
    else:
        command.data.append(text)


def _take_encoded(command: Command, text: str) -> None:
    pair = _encoded(command, text)
    if pair is not None:
        command.data.append(pair)


def _encoded(command: Command, text: str) -> str | None:
    """Give what `--data-urlencode` makes of `content`, `=content`, `name=content`; `name@file` is none."""
    name, equals, value = text.partition("=")
    if not equals:
        if "@" in text:
            command.ask_for_file(text)
            return None
        return quote_plus(text)
    return f"{name}={quote_plus(value)}" if name else quote_plus(value)


def _take_query(command: Command, text: str) -> None:
    pair = text[1:] if text.startswith("+") else _encoded(command, text)
    if pair is not None:
        command.query.append(pair)


def _take_part(command: Command, text: str) -> None:
    name, _equals, value = text.partition("=")
    if value.startswith(("@", "<")):
        command.ask_for_file(text)
        return
    is_quoted = value.startswith('"') and value.find('"', 1) > 0
    command.parts.append((name, value.split('"')[1] if is_quoted else value.partition(";type=")[0]))


def _take_json(command: Command, text: str) -> None:
    _take_data(command, text)
    if not any(name.lower() == "content-type" for name, _value in command.headers):
        command.headers.append(("Content-Type", "application/json"))


def _take_method(command: Command, text: str) -> None:
    command.method = text.upper()[:20]


def _take_user(command: Command, text: str) -> None:
    command.user = text


def _take_bearer(command: Command, text: str) -> None:
    command.headers.append(("Authorization", f"Bearer {text}"))


def _take_get(command: Command) -> None:
    command.is_get = True


def _take_head(command: Command) -> None:
    command.method = "HEAD"


_TAKES: dict[str, Callable[[Command, str], None]] = {
    "-X": _take_method,
    "--request": _take_method,
    "-H": _take_header,
    "--header": _take_header,
    "-d": _take_data,
    "--data": _take_data,
    "--data-ascii": _take_data,
    "--data-binary": _take_data,
    "--data-raw": lambda command, text: command.data.append(text),
    "--data-urlencode": _take_encoded,
    "--url-query": _take_query,
    "-F": _take_part,
    "--form": _take_part,
    "--form-string": lambda command, text: command.parts.append((text.partition("=")[0], text.partition("=")[2])),
    "--json": _take_json,
    "-u": _take_user,
    "--user": _take_user,
    "--oauth2-bearer": _take_bearer,
    "--url": _take_address,
}
_FLAGS: dict[str, Callable[[Command], None]] = {
    "-G": _take_get,
    "--get": _take_get,
    "-I": _take_head,
    "--head": _take_head,
} | {name: (lambda option: lambda command: command.leave_out(option))(name) for name in _FLAGS_REFUSED}


def decoded_basic(credentials: str) -> tuple[str, str] | None:
    """Give user name and password of a Basic header (RFC 7617); None when it is none."""
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except ValueError:
        return None
    name, colon, password = pair.partition(":")
    return (name, password) if colon else None
