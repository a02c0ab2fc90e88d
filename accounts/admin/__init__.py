"""Screens of accounts, one module each."""

from accounts.admin.permissions import GroupAdmin
from accounts.admin.users import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin"]
