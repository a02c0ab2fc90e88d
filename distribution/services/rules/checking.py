"""Is what a rule would send sendable? What stands in the way, as errors at the fields of its forms."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind
from distribution.errors import RoutingIdMissing, RuleInvalid
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.version_check import Problem, find_problems

ROUTING_ID_MISSING = "routing_id_missing"


def refuse_if_wrong(rule: Rule, version: RuleVersion, mappings: Sequence[FieldMapping]) -> None:
    """Refuse to save a version with mistakes in it; raises `RuleInvalid`."""
    errors: dict[str, list[Any]] = {}
    try:
        version.full_clean(exclude=["rule", "number", "created_by"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        errors |= error.message_dict
    if version.auth_kind != AuthKind.NONE and not version.auth_secret:
        errors.setdefault("auth_secret", []).append(_("Enter the token or password that the client gave."))
    # Whether it sends the routing ID matters only to an active rule, and is asked where rules become active.
    problems = [problem for problem in _problems(rule, version, mappings) if problem.code != ROUTING_ID_MISSING]
    for name, messages in _by_field(problems).items():
        errors.setdefault(name, []).extend(messages)
    if errors or problems:
        raise RuleInvalid(errors, mapping_errors=_by_mapping(problems))


def refuse_unsendable(rule: Rule, version: RuleVersion) -> None:
    """Refuse to make a version live that cannot be sent, or whose rendered request lacks the routing ID.

    Raises `RuleInvalid` or `RoutingIdMissing`.
    """
    problems = _problems(rule, version, list(version.mappings.all()))
    if any(problem.code == ROUTING_ID_MISSING for problem in problems):
        raise RoutingIdMissing
    if problems:
        raise RuleInvalid(_by_field(problems), mapping_errors=_by_mapping(problems))


def _problems(rule: Rule, version: RuleVersion, mappings: Sequence[FieldMapping]) -> list[Problem]:
    return find_problems(
        version,
        mappings,
        allow_http=rule.allow_http,
        auth_kind=version.auth_kind,
        allowed_networks=settings.TRANSMIT_ALLOWED_NETWORKS,
    )


def _by_field(problems: list[Problem]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for problem in problems:
        if problem.mapping is None:
            found.setdefault(problem.field, []).append(problem.message)
    return found


def _by_mapping(problems: list[Problem]) -> dict[int, dict[str, list[Any]]]:
    found: dict[int, dict[str, list[Any]]] = {}
    for problem in problems:
        if problem.mapping is not None:
            found.setdefault(problem.mapping, {}).setdefault(problem.field, []).append(problem.message)
    return found
