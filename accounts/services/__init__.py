"""What can be done with users and keys: the door other apps use."""

from accounts.services.keys import (
    IssuedKey,
    authenticate_api_key,
    generate_api_key,
    limit_api_key,
    replace_api_key,
    reveal_api_key,
    revoke_api_key,
    seal_api_key,
)
from accounts.services.logins import give_back_attempt, take_attempt
from accounts.services.users import choose_language, create_client, create_first_staff

__all__ = [
    "IssuedKey",
    "authenticate_api_key",
    "choose_language",
    "create_client",
    "create_first_staff",
    "generate_api_key",
    "give_back_attempt",
    "limit_api_key",
    "replace_api_key",
    "reveal_api_key",
    "revoke_api_key",
    "seal_api_key",
    "take_attempt",
]
