"""Screens of distribution, one module each."""

from distribution.admin.rules import RuleAdmin

__all__ = ["RuleAdmin"]
