"""Is what a rule would send sendable? What stands in the way, as errors at the fields of its forms."""

import ssl
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from distribution.choices import AuthKind
from distribution.engine.wire import tls_context
from distribution.errors import FeedbackLinksMissing, RoutingIdMissing, RuleInvalid
from distribution.models import FieldMapping, Rule, RuleVersion
from distribution.rules.authentication import read_options
from distribution.rules.authentication_check import authentication_problems
from distribution.rules.problems import Problem
from distribution.rules.version_check import find_problems, url_problems
from distribution.services.rules.drafts import RuleDraft
from distribution.services.rules.secrets import secret_mistakes

ROUTING_ID_MISSING = "routing_id_missing"
SECRET_MISSING = _("Enter the token or password that the client gave.")


def lacks_secret(version: RuleVersion) -> bool:
    """Whether a version should prove itself and has nothing to do it by."""
    return version.auth_kind != AuthKind.NONE and not version.auth_secret


def refuse_if_wrong(rule: Rule, version: RuleVersion, mappings: Sequence[FieldMapping], draft: RuleDraft) -> None:
    """Refuse to save a version with mistakes in it, or in a secret that the draft brings; raises `RuleInvalid`."""
    errors: dict[str, list[Any]] = {}
    try:
        version.full_clean(exclude=["rule", "number", "created_by"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        errors |= error.message_dict
    if lacks_secret(version):
        errors.setdefault("auth_secret", []).append(SECRET_MISSING)
    # Whether it sends the routing ID matters only to an active rule, and is asked where rules become active.
    problems = [problem for problem in _problems(rule, version, mappings) if problem.code != ROUTING_ID_MISSING]
    problems += secret_mistakes(version, draft)
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
        raise FeedbackLinksMissing if version.is_mail else RoutingIdMissing
    if lacks_secret(version):  # a copy of another client's rule
        problems.append(Problem("auth_secret", "secret_missing", SECRET_MISSING))
    if problems:
        raise RuleInvalid(_by_field(problems), mapping_errors=_by_mapping(problems))


def _problems(rule: Rule, version: RuleVersion, mappings: Sequence[FieldMapping]) -> list[Problem]:
    networks = settings.TRANSMIT_ALLOWED_NETWORKS
    problems = find_problems(
        version, mappings, allow_http=rule.allow_http, auth_kind=version.auth_kind, allowed_networks=networks
    )
    if version.sandbox_url:
        problems += url_problems("sandbox_url", version.sandbox_url, rule.allow_http, networks)
    try:
        options = read_options(version.auth_options)
        problems += authentication_problems(
            version.auth_kind, version.auth_username, options, allow_http=rule.allow_http
        )
        if version.ca_certificate:
            tls_context(version.ca_certificate)
    except ssl.SSLError:
        message = _("This is no certificate. Paste the text from BEGIN CERTIFICATE to END CERTIFICATE.")
        problems.append(Problem("ca_certificate", "certificate_unreadable", message))
    return problems


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
