"""What can be asked about users and keys: the door other apps use."""

from datetime import datetime

from accounts.models import ApiKey, User


def current_key(client: User, *, now: datetime) -> ApiKey | None:
    """Give the key a client should use: the live one that does not end, else the one that ends last."""
    return ApiKey.objects.live(now).filter(client=client).order_by("-created_at").first()
