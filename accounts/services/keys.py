"""What can be done with a client's API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _

from accounts.encryption import Undecryptable, decrypt, encrypt
from accounts.errors import AddressRefused, InvalidKey, KeyExists, KeyNotLive, KeyNotReadable, KeySealed, TwoKeysLive
from accounts.key_format import is_well_formed, key_id, keyed_digest, new_key_text
from accounts.key_limits import is_accepted_from
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
            if ApiKey.objects.live(now).current().filter(client=client).exists():
                raise KeyExists
            # One that has expired makes room.
            ApiKey.objects.current().filter(client=client, expires_at__lte=now).update(superseded_at=now)
            return _issue(client=client, by=by, now=now)
    except IntegrityError:
        raise KeyExists from None


def replace_api_key(
    *, key: ApiKey, by: User | None, now: datetime, overlap: timedelta | None = timedelta(0)
) -> IssuedKey:
    """Give the client a new key with the old one's limits; the old one goes on for `overlap`.

    Without an overlap the old key ends now; with None it goes on until somebody revokes it.
    Raises `KeyNotLive` when the key has ended or was replaced already, `TwoKeysLive` when the key before it still
    works and this one would go on, too.
    """
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update().get(pk=key.pk)
        if not locked.is_live(now) or locked.superseded_at is not None:
            raise KeyNotLive
        if overlap == timedelta(0):
            locked.revoked_at, locked.revoked_by = now, by
        else:
            if ApiKey.objects.live(now).before().filter(client_id=locked.client_id).exists():
                raise TwoKeysLive
            locked.superseded_at = now
            # An end that was set earlier stays.
            ends = [end for end in (locked.expires_at, None if overlap is None else now + overlap) if end]
            locked.expires_at = min(ends, default=None)
        locked.save(update_fields=["expires_at", "revoked_at", "revoked_by", "superseded_at"])
        issued = _issue(client=locked.client, by=by, now=now, limits_of=locked)
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


def limit_api_key(
    *,
    key: ApiKey,
    by: User | None,
    now: datetime,
    expires_at: datetime | None,
    may_read: bool,
    may_write: bool,
    networks: Sequence[str],
) -> None:
    """Set until when, for what and from where a key lets in; without networks, from everywhere.

    Raises `KeyNotLive` when the key has ended already.
    """
    with transaction.atomic():
        limits = {"expires_at": expires_at, "may_read": may_read, "may_write": may_write, "networks": list(networks)}
        if not ApiKey.objects.live(now).filter(pk=key.pk).update(**limits):
            raise KeyNotLive
        _note(by, key.client, _("API key limited"), key)


def seal_api_key(*, key: ApiKey, by: User | None, now: datetime) -> None:
    """Delete a key's text for good: it goes on working, and nobody can get it again.

    Raises `KeyNotLive` when the key has ended already.
    """
    with transaction.atomic():
        if not ApiKey.objects.live(now).filter(pk=key.pk).update(ciphertext=None):
            raise KeyNotLive
        _note(by, key.client, _("API key sealed"), key)


def reveal_api_key(*, key: ApiKey, by: User | None, what: str = _("API key shown")) -> str:
    """Give the text of a key that was generated before (guide, part A: *get* the key), and note who got it.

    `what` is how the client's history says it.

    Raises `KeySealed` when its ciphertext was deleted, `KeyNotReadable` when this installation cannot decrypt it.
    """
    if key.ciphertext is None:
        raise KeySealed
    try:
        text = decrypt(key.ciphertext)
    except Undecryptable as error:
        raise KeyNotReadable from error
    _note(by, key.client, what, key)
    return text


def authenticate_api_key(text: str, *, now: datetime, address: str = "") -> Caller:
    """Give whose live key a text is, presented from `address`.

    The text is looked up by a keyed digest, so neither the index nor its timing says anything about other keys.
    Raises `InvalidKey` when it is none, has ended, or the client is switched off; `AddressRefused` when the key is
    not accepted from there.
    """
    if not is_well_formed(text):
        raise InvalidKey
    caller = caller_by_digest(keyed_digest(text), now=now)
    if caller is None:
        raise InvalidKey
    if caller.networks is not None and not is_accepted_from(caller.networks, address):
        raise AddressRefused(AddressRefused.message % {"address": address or "?"})
    if not caller.is_noted:
        ApiKey.objects.filter(pk=caller.key_id).update(last_used_at=now)
    return caller


def _issue(*, client: User, by: User | None, now: datetime, limits_of: ApiKey | None = None) -> IssuedKey:
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
    if limits_of is not None:
        key.may_read, key.may_write, key.networks = limits_of.may_read, limits_of.may_write, limits_of.networks
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
