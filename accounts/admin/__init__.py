"""Screens of accounts, one module each."""

from accounts.admin.users import UserAdmin

__all__ = ["UserAdmin"]
