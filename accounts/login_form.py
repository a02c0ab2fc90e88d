"""The login form: Django's own, at a pace that makes guessing slow."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import services
from accounts.addresses import client_address
from accounts.errors import TooManyLogins


class LoginForm(AdminAuthenticationForm):
    """User name and password of a staff member."""

    def clean(self) -> dict[str, Any]:
        """Check the password, unless too many wrong ones came before it."""
        username = self.cleaned_data.get("username")
        if not username or not self.cleaned_data.get("password"):
            return super().clean()
        address = client_address(self.request.META) if self.request else ""
        now = timezone.now()
        try:
            services.take_attempt(username=username, address=address, now=now)
        except TooManyLogins as error:
            raise ValidationError(str(error), code=error.code) from None
        cleaned = super().clean()
        services.give_back_attempt(username=username, address=address, now=now)
        return cleaned
