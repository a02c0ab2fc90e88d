"""What can be done with users."""

from django.db import transaction

from accounts.choices import Role
from accounts.models import User


def create_first_staff(*, username: str, password: str) -> bool:
    """Make the first staff member, who may do everything; False when there is a staff member already."""
    with transaction.atomic():
        if User.objects.staff().exists():
            return False
        User.objects.create_superuser(username, password)
        return True


def create_client(*, name: str, company: str = "", email: str = "", phone: str = "") -> User:
    """Make a client: a name is enough."""
    user = User(role=Role.CLIENT, name=name, company=company, email=email, phone=phone)
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    return user


def choose_language(*, user: User, language: str) -> None:
    """Remember the language in which a user wants to see the product."""
    User.objects.filter(pk=user.pk).update(language=language)
