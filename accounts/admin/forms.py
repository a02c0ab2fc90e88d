"""Forms of the Users screen."""

from typing import Any

from django import forms
from django.contrib.auth.forms import ReadOnlyPasswordHashField, SetPasswordMixin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import client_backlog
from accounts.choices import Role
from accounts.models import User

CONTACT_FIELDS = ["name", "company", "email", "phone", "language", "time_zone"]


class ClientForm(forms.ModelForm):
    """A client: a name is enough. Its own login is by invitation, so there is no password here."""

    class Meta:
        model = User
        fields = [*CONTACT_FIELDS, "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "is_active" in self.fields:
            said = _("Nothing is sent to a client that is switched off, and its key opens nothing.")
            waits = client_backlog.tell(self.instance)
            if waits and self.instance.is_active:
                said = format_lazy("{} {} {}", said, waits, _("What waits goes out when it is switched on again."))
            self.fields["is_active"].help_text = said

    def save(self, commit: bool = True) -> User:
        """Keep the user a client whom no password lets in."""
        self.instance.role = Role.CLIENT
        if self.instance.pk is None:
            self.instance.set_unusable_password()
        return super().save(commit)


class StaffAddForm(SetPasswordMixin, forms.ModelForm):
    """A new staff member, with a first password."""

    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ["username", *CONTACT_FIELDS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].required = True

    def clean(self) -> dict[str, Any]:
        """Check that the passwords agree and are good enough."""
        self.instance.role = Role.STAFF
        self.validate_passwords()
        self.validate_password_for_user(self.instance)
        return super().clean() or {}

    def save(self, commit: bool = True) -> User:
        """Keep the password as a hash only."""
        self.instance.set_password(self.cleaned_data["password1"])
        return super().save(commit)


class StaffForm(forms.ModelForm):
    """A staff member: contact, login, permissions."""

    password = ReadOnlyPasswordHashField(
        label=_("password"),
        help_text=_("Passwords are stored so that nobody can read them. Use the button to set a new one."),
    )

    class Meta:
        model = User
        fields = [*CONTACT_FIELDS, "username", "password", "is_active", "is_superuser", "groups", "user_permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].required = True
