"""The block list: whose leads are given to nobody."""

from django.db import IntegrityError, transaction

from accounts.models import User
from distribution.errors import AlreadyBlocked, NotOnBlockList
from distribution.models import BlockedContact
from distribution.rules.blocking import entry_value


def block(*, kind: str, text: str, reason: str, by: User | None) -> BlockedContact:
    """Put a phone, a beginning of phones, an address or a domain on the list; it holds for leads that come from now.

    Raises `NotBlockable` for what is none, `AlreadyBlocked` for what stands there already.
    """
    value = entry_value(kind, text)
    try:
        with transaction.atomic():
            return BlockedContact.objects.create(kind=kind, value=value, reason=reason, created_by=by)
    except IntegrityError:
        raise AlreadyBlocked from None


def unblock(*, kind: str, text: str) -> None:
    """Take an entry off the list. Raises `NotBlockable`, and `NotOnBlockList` when it is not there."""
    removed, _by_model = BlockedContact.objects.filter(kind=kind, value=entry_value(kind, text)).delete()
    if not removed:
        raise NotOnBlockList
