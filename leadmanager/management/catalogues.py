"""Message catalogues: what the sources say, merged with what has been translated. By Babel, no gettext tools needed.

One catalogue per app and language. `templates/<app>/` belongs to that app's catalogue, every other template to
leadmanager's.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.checkers import checkers
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("accounts", "distribution", "feedback", "leadmanager")
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml"}

# Django's own forms, so that a catalogue of ours and one of Django's agree on the number of forms.
PLURAL_FORMS = {
    "he": "nplurals=4; plural=(n == 1 && n % 1 == 0) ? 0 : (n == 2 && n % 1 == 0) ? 1: "
    "(n % 10 == 0 && n % 1 == 0 && n > 10) ? 2 : 3;",
    "en": "nplurals=2; plural=(n != 1);",
}

_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

# What extraction yields: the message's id (one text, or singular and plural) and its context.
MessageId = str | tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Something that keeps a catalogue from being complete."""

    catalogue: Path
    problem: str
    text: str

    def __str__(self) -> str:
        return f"{self.catalogue.relative_to(settings.BASE_DIR)}: {self.problem}: {self.text!r}"


def catalogue_path(app: str, language: str) -> Path:
    """Give the place of an app's catalogue."""
    return Path(settings.BASE_DIR) / app / "locale" / language / "LC_MESSAGES" / "django.po"


def update(app: str, language: str) -> bool:
    """Bring one catalogue up to date with the sources; give whether the file changed.

    Translations are kept, new messages come in empty (in English: filled with themselves), messages that no
    source uses any more move to the end as obsolete.
    """
    path = catalogue_path(app, language)
    old = _read(path, language)
    new = _empty(language)
    for message_id, context in sorted(_messages(app), key=_sort_key):
        known = old.get(message_id, context) or old.obsolete.get(_obsolete_key(message_id, context))
        translation = message_id if language == "en" else known.string if known else ""
        flags = known.flags - {"python-format", "python-brace-format"} if known and language != "en" else set()
        new.add(message_id, translation, context=context, flags=flags)
    if language != "en":
        _keep_obsolete(old, new)
    text = _written(new, language)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def check(app: str, language: str) -> Iterator[Finding]:
    """Yield what is missing, fuzzy, obsolete or at odds with its placeholders in one catalogue."""
    path = catalogue_path(app, language)
    catalogue = _read(path, language)
    used = set(_messages(app))
    for message_id, context in sorted(used, key=_sort_key):
        message = catalogue.get(message_id, context)
        if message is None or message.id != message_id:
            yield Finding(path, "missing", _shown(message_id))
            continue
        yield from (Finding(path, problem, _shown(message_id)) for problem in _problems(catalogue, message))
    for message in (*catalogue, *catalogue.obsolete.values()):
        if message.id and ((message.id, message.context) not in used or message in catalogue.obsolete.values()):
            yield Finding(path, "obsolete", _shown(message.id))


def _problems(catalogue: Catalog, message: Message) -> Iterator[str]:
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not strings or not all(strings):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy"
    for checker in checkers:
        try:
            checker(catalogue, message)
        except Exception as error:  # Babel's TranslationError, and what its format parser raises on a stray %
            yield str(error)


def _messages(app: str) -> set[tuple[MessageId, str | None]]:
    found: set[tuple[MessageId, str | None]] = set()
    for source in _sources(app):
        for _, message_id, _, context in extract("python", source, keywords=_KEYWORDS):
            found.add((message_id if isinstance(message_id, str) else tuple(message_id or ()), context))
    found.discard(("", None))
    return found


def _sources(app: str) -> Iterator[io.BytesIO]:
    base = Path(settings.BASE_DIR)
    for path in sorted((base / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield io.BytesIO(path.read_bytes())
    for path in sorted((base / "templates").rglob("*")):
        if path.suffix in TEMPLATE_SUFFIXES and _owner(path.relative_to(base / "templates")) == app:
            code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            # Templates are indented as HTML is, which Python's tokenizer takes for broken blocks.
            yield io.BytesIO(re.sub(r"(?m)^[ \t]+", "", code).encode())


def _owner(template: Path) -> str:
    return template.parts[0] if template.parts[0] in APPS else "leadmanager"


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _empty(language: str) -> Catalog:
    catalogue = Catalog(locale=language)
    catalogue.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    return catalogue


def _keep_obsolete(old: Catalog, new: Catalog) -> None:
    for message in (*old, *old.obsolete.values()):
        is_translated = any(message.string) if message.pluralizable else bool(message.string)
        if message.id and is_translated and new.get(message.id, message.context) is None:
            new.obsolete[_obsolete_key(message.id, message.context)] = message


def _written(catalogue: Catalog, language: str) -> str:
    buffer = io.BytesIO()
    # No places and no dates: the file changes only when a text does.
    write_po(buffer, catalogue, width=120, omit_header=True, no_location=True)
    header = _HEADER.format(language=language, plural_forms=PLURAL_FORMS[language])
    return header + buffer.getvalue().decode().strip() + "\n"


def _obsolete_key(message_id: MessageId, context: str | None) -> str | tuple[str, str]:
    key = message_id if isinstance(message_id, str) else message_id[0]
    return (key, context) if context else key


def _sort_key(item: tuple[MessageId, str | None]) -> tuple[str, str]:
    return _shown(item[0]), item[1] or ""


def _shown(message_id: MessageId) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]
