"""Asking staff for their password again before a secret is shown: at most every ten minutes of a session."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import PasswordWrong, TooManyReveals
from accounts.models import User
from accounts.rate_limit import count_reveal

LASTS = timedelta(minutes=10)
# Of one staff member, in a minute: passwords tried and secrets shown together.
REVEALS_PER_MINUTE = 10
_SESSION_KEY = "password_given_at"


def is_password_needed(request: HttpRequest) -> bool:
    """Say whether this session has to give the password (again) before it is shown a secret."""
    given_at = request.session.get(_SESSION_KEY, 0)
    return not 0 <= timezone.now().timestamp() - given_at < LASTS.total_seconds()


def check_password_again(request: HttpRequest) -> bool:
    """Say whether a secret may be shown: the password was given in this request, or not long ago in this session.

    False asks for it. Raises `PasswordWrong`, and `TooManyReveals` beyond what a person needs in a minute.
    """
    password = request.POST.get("password", "")
    if is_password_needed(request) and not password:
        return False
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - admin_view let in nobody else
    now = timezone.now()
    if count_reveal(user.pk, limit=REVEALS_PER_MINUTE, now=now.timestamp()).retry_after_s:
        raise TooManyReveals
    if is_password_needed(request):
        if not user.check_password(password):
            raise PasswordWrong
        request.session[_SESSION_KEY] = now.timestamp()
    return True
