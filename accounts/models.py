"""Who may come in: users (staff and clients are users) and clients' API keys."""

import zoneinfo
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Language, Role
from accounts.key_format import PREFIX


class UserQuerySet(models.QuerySet["User"]):
    """Vocabulary for many users."""

    def clients(self) -> "UserQuerySet":
        """Those that leads are passed to."""
        return self.filter(role=Role.CLIENT)

    def staff(self) -> "UserQuerySet":
        """The agency's own people."""
        return self.filter(role=Role.STAFF)

    def found_by(self, term: str) -> "UserQuerySet":
        """Those whose name, company, phone or e-mail has `term` in it; users are few enough to be read through."""
        return self.filter(
            Q(name__icontains=term) | Q(company__icontains=term) | Q(phone__icontains=term) | Q(email__icontains=term)
        )


class UserManager(BaseUserManager["User"]):
    """Makes users; Django's commands and login go through here."""

    def get_queryset(self) -> UserQuerySet:
        """Give all users, with the vocabulary of `UserQuerySet`."""
        return UserQuerySet(self.model, using=self._db)

    def clients(self) -> UserQuerySet:
        """Those that leads are passed to."""
        return self.get_queryset().clients()

    def staff(self) -> UserQuerySet:
        """The agency's own people."""
        return self.get_queryset().staff()

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make a staff member who can log in."""
        user = self.model(
            username=self.model.normalize_username(username),
            **({"role": Role.STAFF, "name": username} | fields),
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make a staff member who may do everything."""
        return self.create_user(username, password, **(fields | {"is_superuser": True}))


def validate_time_zone(value: str) -> None:
    """Accept only names of the time zone database, such as Asia/Jerusalem."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name such as Asia/Jerusalem."), params={"value": value}
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the agency, or a client. A client needs a name only; its own login is by invitation."""

    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.CLIENT)
    name = models.CharField(_("name"), max_length=150)
    company = models.CharField(_("company"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        null=True,
        blank=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Somebody has this user name already. Choose another one.")},
    )
    language = models.CharField(_("language"), max_length=5, choices=Language.choices, default=Language.HEBREW)
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Jerusalem", validators=[validate_time_zone]
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="user_staff_can_log_in",
                condition=Q(role=Role.CLIENT) | Q(username__isnull=False),
                violation_error_message=_("A staff member needs a user name."),
            ),
            models.CheckConstraint(
                name="user_superuser_is_staff",
                condition=Q(is_superuser=False) | Q(role=Role.STAFF),
                violation_error_message=_("Only a staff member may have all permissions."),
            ),
        ]
        indexes = [
            models.Index(fields=["role", "name"], name="user_role_name"),  # the Users screen: clients or staff, by name
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether the admin is open to this user."""
        return self.role == Role.STAFF

    @property
    def is_client(self) -> bool:
        """Whether leads can be passed to this user."""
        return self.role == Role.CLIENT

    def clean(self) -> None:
        """Store an empty user name as none, so that many clients can be without."""
        super().clean()
        self.username = self.username or None

    def get_short_name(self) -> str:
        """Give the name that the page head shows."""
        return self.name


# So long before a key ends, staff are told.
EXPIRY_WARNING = timedelta(days=14)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Vocabulary for many keys."""

    def live(self, now: datetime) -> "ApiKeyQuerySet":
        """Keys that let their client in at this moment."""
        return self.filter(revoked_at__isnull=True).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))

    def current(self) -> "ApiKeyQuerySet":
        """Keys that no other has taken the place of; a client has one at most, which may have expired."""
        return self.filter(revoked_at__isnull=True, superseded_at__isnull=True)

    def before(self) -> "ApiKeyQuerySet":
        """Keys that were replaced, and go on for a while."""
        return self.filter(revoked_at__isnull=True, superseded_at__isnull=False)


class ApiKey(models.Model):
    """A client's API key: found by a keyed digest, kept encrypted apart so that staff can get it again (guide, A)."""

    client = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name=_("client"))
    key_id = models.CharField(_("key id"), max_length=20, unique=True)
    digest = models.BinaryField(max_length=32, unique=True)
    ciphertext = models.BinaryField(null=True)
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(_("generated"), default=timezone.now)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("generated by"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("revoked by"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    may_read = models.BooleanField(_("read leads and reasons"), default=True)
    may_write = models.BooleanField(_("write feedback"), default=True)
    networks = ArrayField(models.CharField(max_length=50), verbose_name=_("networks"), default=list, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]
        permissions = [
            ("reveal_apikey", _("Can get the text of API keys")),
            ("issue_apikey", _("Can generate, replace and revoke API keys")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(revoked_at__isnull=True, superseded_at__isnull=True),
                name="apikey_one_current",
                violation_error_message=_("This client already has an API key."),
            ),
            models.CheckConstraint(
                condition=Q(may_read=True) | Q(may_write=True),
                name="apikey_may_something",
                violation_error_message=_("Choose what the key may do: read, write feedback, or both."),
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The key as lists show it: enough to recognise, too little to use."""
        return f"{PREFIX}{self.key_id[:4]}…{self.last_four}"

    def is_live(self, now: datetime) -> bool:
        """Whether the key lets its client in at this moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def is_sealed(self) -> bool:
        """Whether its text is gone for good: it works, and nobody can get it again."""
        return self.ciphertext is None

    def expires_soon(self, now: datetime) -> bool:
        """Whether it is time to speak to the client about the next key."""
        return self.is_live(now) and self.expires_at is not None and self.expires_at <= now + EXPIRY_WARNING

    def clean(self) -> None:
        """Refuse a key for somebody who is not a client."""
        if not self.client.is_client:
            raise ValidationError({"client": _("Only clients have API keys.")})


class LoginPace(models.Model):
    """A store of attempts to log in, of a user name from an address or of an address, while it is not full."""

    subject = models.BinaryField(max_length=32, primary_key=True)  # a keyed digest: no name and no address is kept
    full_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
