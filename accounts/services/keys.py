"""What can be done with a client's API keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _

from accounts.encryption import Undecryptable, decrypt, encrypt
from accounts.errors import InvalidKey, KeyExists, KeyNotLive, KeyNotReadable
from accounts.key_format import is_well_formed, key_id, keyed_digest, new_key_text
from accounts.models import ApiKey, User
from accounts.queries import Caller, caller_by_digest


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A key just made, with its text."""

    key: ApiKey
    text: str


def generate_api_key(*, client: User, by: User | None, now: datetime) -> IssuedKey:
    """Generate the client's API key (guide, part A, step 5).

    Raises `KeyExists` when the client has a live one, also when a colleague generated it a moment ago.
    """
    try:
        with transaction.atomic():
            if ApiKey.objects.live(now).filter(client=client).exists():
                raise KeyExists
            return _issue(client=client, by=by, now=now)
    except IntegrityError:
        raise KeyExists from None


def replace_api_key(*, key: ApiKey, by: User | None, now: datetime, overlap: timedelta = timedelta(0)) -> IssuedKey:
    """Give the client a new key; the old one goes on for `overlap`, or ends now.

    Raises `KeyNotLive` when the key has ended already.
    """
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update().get(pk=key.pk)
        if not locked.is_live(now):
            raise KeyNotLive
        if overlap:
            locked.expires_at = now + overlap
        else:
            locked.revoked_at, locked.revoked_by = now, by
        locked.save(update_fields=["expires_at", "revoked_at", "revoked_by"])
        issued = _issue(client=locked.client, by=by, now=now)
        _note(by, locked.client, _("API key replaced"), locked)
        return issued


def revoke_api_key(*, key: ApiKey, by: User | None, now: datetime) -> None:
    """End a key at once: the client's system is refused from its next request on.

    Raises `KeyNotLive` when the key has ended already.
    """
    with transaction.atomic():
        if not ApiKey.objects.live(now).filter(pk=key.pk).update(revoked_at=now, revoked_by=by):
            raise KeyNotLive
        _note(by, key.client, _("API key revoked"), key)


def reveal_api_key(*, key: ApiKey, by: User | None, what: str = _("API key shown")) -> str:
    """Give the text of a key that was generated before (guide, part A: *get* the key), and note who got it.

    `what` is how the client's history says it.

    Raises `KeyNotReadable` when its ciphertext is gone or this installation cannot decrypt it.
    """
    if key.ciphertext is None:
        raise KeyNotReadable
    try:
        text = decrypt(key.ciphertext)
    except Undecryptable as error:
        raise KeyNotReadable from error
    _note(by, key.client, what, key)
    return text


def authenticate_api_key(text: str, *, now: datetime) -> Caller:
    """Give whose live key a text is.

    The text is looked up by a keyed digest, so neither the index nor its timing says anything about other keys.
    Raises `InvalidKey` when it is none, has ended, or the client is switched off.
    """
    if not is_well_formed(text):
        raise InvalidKey
    caller = caller_by_digest(keyed_digest(text), now=now)
    if caller is None:
        raise InvalidKey
    if not caller.is_noted:
        ApiKey.objects.filter(pk=caller.key_id).update(last_used_at=now)
    return caller


def _issue(*, client: User, by: User | None, now: datetime) -> IssuedKey:
    text = new_key_text()
    key = ApiKey(
        client=client,
        key_id=key_id(text),
        digest=keyed_digest(text),
        ciphertext=encrypt(text),
        last_four=text[-4:],
        created_at=now,
        created_by=by,
    )
    key.clean()
    key.save(force_insert=True)
    _note(by, client, _("API key generated"), key)
    return IssuedKey(key=key, text=text)


def _note(by: User | None, client: User, what: str, key: ApiKey) -> None:
    """Write the act into the client's history."""
    if by is not None:
        LogEntry.objects.create(
            user_id=by.pk,
            content_type_id=ContentType.objects.get_for_model(User).pk,
            object_id=str(client.pk),
            object_repr=str(client)[:200],
            action_flag=CHANGE,
            change_message=f"{what}: {key.masked}",
        )
