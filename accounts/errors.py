"""What can go wrong with users and keys.

AccountsError
  InvalidKey        the credentials are no live API key
  KeyExists         generating, although the client has a live key
  KeyRefused        the key is live, but not for this
    AddressRefused    the request comes from a network that the key is not accepted from
    ScopeMissing      the key may not do what is asked
  KeyNotReadable    the key's ciphertext cannot be decrypted
    KeySealed         its ciphertext was deleted
  TwoKeysLive       replacing with an overlap, although the key before is still in use
  KeyNotLive        replacing or revoking a key that has ended
  EncryptionKeyUnusable  a secret cannot be stored, because the installation's encryption key is none
  PasswordWrong     the password given again is not the staff member's
  TooManyLogins     too many wrong passwords came before
  TooManyReveals    a staff member asked for secrets more often than a person does
"""

from datetime import timedelta
from math import ceil

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class AccountsError(Exception):
    """An anticipated error; `code` is for machines, the message says what to do next."""

    code = "accounts_error"
    message = _("This cannot be done.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class InvalidKey(AccountsError):
    """The text presented is not a live API key."""

    code = "invalid_key"
    message = _("The API key is missing or not valid. Send it as “Authorization: Bearer KEY” or “X-API-Key: KEY”.")


class KeyExists(AccountsError):
    """The client has a live key: it is used without generating again (guide, part A)."""

    code = "key_exists"
    message = _("This client already has an API key. Use it as it is, or replace it.")


class KeyNotReadable(AccountsError):
    """The key works, but its text cannot be shown."""

    code = "key_not_readable"
    message = _(
        "The key works, but its text cannot be read, because the encryption key of this installation is missing "
        "or another one. Restore ENCRYPTION_KEYS, or the file encryption_keys in LEADMANAGER_HOME; or replace the "
        "client's key."
    )


class KeySealed(KeyNotReadable):
    """The key's text was deleted: it works, and nobody can get it again."""

    code = "key_sealed"
    message = _("This key was sealed: it works, but its text is gone for good. Replace it to hand out a new one.")


class TwoKeysLive(AccountsError):
    """A client has two keys at most: the present one, and the one before."""

    code = "two_keys_live"
    message = _("The key before this one still works. Revoke it first, or let this one end now.")


class KeyRefused(AccountsError):
    """The key is live, but not for what is asked, or not from there."""


class AddressRefused(KeyRefused):
    """The request comes from a network that the key is not accepted from."""

    code = "address_refused"
    message = _(
        "This API key is not accepted from the address %(address)s. Ask the agency to add your system's address to it."
    )


class ScopeMissing(KeyRefused):
    """The key may not do what is asked."""

    code = "scope_missing"
    message = _("This API key may not do this. Ask the agency for a key that may.")


class KeyNotLive(AccountsError):
    """The key was revoked or replaced before."""

    code = "key_not_live"
    message = _("This key is no longer in use. Reload the page to see the client's key of today.")


class EncryptionKeyUnusable(AccountsError):
    """ENCRYPTION_KEYS is empty, or what stands first in it is no key."""

    code = "encryption_key_unusable"
    message = _(
        "Nothing was changed: the encryption key of this installation is missing or damaged, so no secret can be "
        "stored. Restore ENCRYPTION_KEYS, or the file encryption_keys in LEADMANAGER_HOME, and start the product again."
    )


class PasswordWrong(AccountsError):
    """The password given again is not the staff member's."""

    code = "password_wrong"
    message = _("This is not your password. Type the one that you log in with.")


class TooManyReveals(AccountsError):
    """A staff member asked for secrets, or tried passwords, more often than a person does."""

    code = "too_many_reveals"
    message = _("That was often in one minute. Wait a minute, then try again.")


class TooManyLogins(AccountsError):
    """Too many wrong passwords came before; the next attempt counts after `wait`."""

    code = "too_many_logins"

    def __init__(self, *, wait: timedelta) -> None:
        seconds = max(ceil(wait.total_seconds()), 1)
        said = ngettext(
            "Too many attempts. Wait %(seconds)d second, then log in; the password is not looked at before.",
            "Too many attempts. Wait %(seconds)d seconds, then log in; the password is not looked at before.",
            seconds,
        )
        super().__init__(said % {"seconds": seconds})
