"""Sources and their intake tokens."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_noop as _

from accounts.encryption import Undecryptable, decrypt, encrypt
from accounts.key_format import keyed_digest, random_characters
from accounts.models import User
from distribution.errors import TokenNotReadable
from distribution.models import Source

# Recognisable when it leaks, and told apart from a client's API key. 37 characters: Google's form takes 50 at most.
TOKEN_PREFIX = "lmsrc"  # noqa: S105 - what every token begins with
TOKEN_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A source with the text of its intake token."""

    source: Source
    text: str


def new_token_text() -> str:
    """Make an intake token: 190 random bits, nothing but letters and digits, so that it can stand in an address."""
    return TOKEN_PREFIX + random_characters(TOKEN_LENGTH)


def create_source(
    *, name: str, by: User | None, now: datetime, field_names: dict[str, str] | None = None, is_active: bool = True
) -> IssuedToken:
    """Make a source with an intake token of its own."""
    text = new_token_text()
    source = Source(
        name=name,
        token_digest=keyed_digest(text),
        token_ciphertext=encrypt(text),
        field_names=field_names or {},
        is_active=is_active,
        created_at=now,
    )
    source.full_clean()
    source.save(force_insert=True)
    _note(by, source, ADDITION, _("Source created"))
    return IssuedToken(source=source, text=text)


def reveal_token(*, source: Source, by: User | None) -> str:
    """Give the text of a source's intake token, and note who got it.

    Raises `TokenNotReadable` when this installation cannot decrypt it.
    """
    try:
        text = decrypt(source.token_ciphertext)
    except Undecryptable as error:
        raise TokenNotReadable from error
    _note(by, source, CHANGE, _("Intake token shown"))
    return text


def replace_token(*, source: Source, by: User | None) -> IssuedToken:
    """Give a source a new intake token; the old one opens nothing from now on."""
    text = new_token_text()
    source.token_digest, source.token_ciphertext = keyed_digest(text), encrypt(text)
    source.save(update_fields=["token_digest", "token_ciphertext"])
    _note(by, source, CHANGE, _("Intake token replaced"))
    return IssuedToken(source=source, text=text)


def _note(by: User | None, source: Source, action_flag: int, what: str) -> None:
    """Write the act into the source's history."""
    if by is not None:
        LogEntry.objects.create(
            user_id=by.pk,
            content_type_id=ContentType.objects.get_for_model(Source).pk,
            object_id=str(source.pk),
            object_repr=str(source)[:200],
            action_flag=action_flag,
            change_message=what,
        )
