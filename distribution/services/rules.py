"""Transmission rules: saving what a rule sends, switching it on and off.

Saving writes the rule's draft version; activating makes the draft the live version. What is live is never
edited, so deliveries under way keep sending what they began with.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.encryption import encrypt
from accounts.models import User
from distribution.choices import AuthKind, BodyFormat, DeliveryState, Method, Placement, SourcesMode
from distribution.errors import RoutingIdMissing, RuleInvalid, TargetNotAllowed
from distribution.models import Delivery, FieldMapping, Rule, RuleVersion
from distribution.rules.version_check import Problem, find_problems
from distribution.services.transmission import ShownRequest, check_target, preview

ROUTING_ID_GUARD = "rule_sends_routing_id"
ROUTING_ID_MISSING = "routing_id_missing"


@dataclass(frozen=True, kw_only=True)
class MappingDraft:
    """One mapping as staff wrote it; see `FieldMapping` for the fields."""

    source: str
    name: str
    placement: str = Placement.FIELD
    source_key: str = ""
    constant: str = ""
    transform: str = ""
    date_format: str = ""
    value_table: dict[str, str] = field(default_factory=dict)
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """A rule as staff wrote it. `auth_secret` None keeps the secret that is stored."""

    name: str
    url: str
    mappings: Sequence[MappingDraft]
    sources_mode: str = ""
    source_ids: Sequence[int] = ()
    method: str = Method.POST
    body_format: str = BodyFormat.JSON
    auth_kind: str = AuthKind.NONE
    auth_username: str = ""
    auth_secret: str | None = None
    timeout_s: int = 20
    allow_http: bool = False
    max_in_flight: int = 8


def save_rule(
    *, rule: Rule | None, client: User, draft: RuleDraft, by: User | None, now: datetime, activate: bool
) -> Rule:
    """Save a rule and, when `activate` is given, switch it on with what was saved (guide, part B, step 8).

    A rule that is live goes on by its live version unless it is activated again; `activate=False` on a live rule
    switches it off. Raises `RoutingIdMissing` when it would be active without sending the routing ID, and
    `RuleInvalid` with the fields and what is wrong with each; then nothing was saved.
    """
    try:
        check_target(url=draft.url, allow_http=draft.allow_http)
    except TargetNotAllowed as error:
        raise RuleInvalid({"url": [str(error)]}) from None
    with _guarded():
        saved = _save_rule_row(rule, client, draft, now)
        saved.draft_version = _write_draft(saved, draft, by, now)
        saved.save(update_fields=["draft_version"])
        if activate:
            _activate(saved, now)
        elif saved.is_active:
            saved.is_active = False
            saved.save(update_fields=["is_active"])
        return saved


def preview_rule(*, draft: RuleDraft, client: User, now: datetime) -> ShownRequest:
    """Give the request that a rule would send as it is being written; nothing of the rule is saved.

    Raises `RequestNotRenderable`.
    """
    version = RuleVersion(rule=Rule(client=client))
    _fill(version, draft)
    return preview(version=version, lead=None, mappings=_mappings(draft), now=now)


def activate_rule(*, rule: Rule, now: datetime) -> Rule:
    """Switch a rule on: its draft, if there is one, becomes what is sent.

    Raises `RoutingIdMissing` or `RuleInvalid`; the rule then stays as it was.
    """
    with _guarded():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        _activate(locked, now)
        return locked


def deactivate_rule(*, rule: Rule) -> Rule:
    """Switch a rule off: it takes no further leads. Deliveries that wait go on waiting."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        return locked


def resume_rule(*, rule: Rule) -> Rule:
    """Let a paused rule send again, beginning with what waits."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        locked.paused_at, locked.pause_reason = None, ""
        locked.save(update_fields=["paused_at", "pause_reason"])
        return locked


def delete_rule(*, rule: Rule, now: datetime) -> int:
    """Take a rule out of use and cancel what waits for it; its history stays. Gives the number cancelled."""
    with transaction.atomic():
        locked = Rule.objects.select_for_update().get(pk=rule.pk)
        locked.is_active, locked.deleted_at = False, now
        locked.save(update_fields=["is_active", "deleted_at"])
        return _cancel_unsent(Delivery.objects.filter(rule=locked))


def cancel_leftovers_of_deleted_rules() -> int:
    """Cancel deliveries that were on their way when their rule was deleted, and came back or lost their sender.

    Called from time to time, since nobody claims for a deleted rule any more. Gives the number cancelled.
    """
    return _cancel_unsent(Delivery.objects.filter(rule__deleted_at__isnull=False))


def _cancel_unsent(deliveries: QuerySet[Delivery]) -> int:
    expired = Q(state=DeliveryState.SENDING, due_at__lte=Now())
    return deliveries.filter(Q(state=DeliveryState.WAITING) | expired).update(
        state=DeliveryState.CANCELLED, lease_owner=None, finished_at=Now(), outcome_code="rule_deleted"
    )


def _save_rule_row(rule: Rule | None, client: User, draft: RuleDraft, now: datetime) -> Rule:
    saved = Rule.objects.select_for_update().get(pk=rule.pk) if rule else Rule(client=client, created_at=now)
    saved.name, saved.sources_mode = draft.name, draft.sources_mode
    saved.allow_http, saved.max_in_flight = draft.allow_http, draft.max_in_flight
    saved.full_clean(exclude=["client", "live_version", "draft_version"], validate_constraints=False)
    saved.save()
    saved.sources.set(draft.source_ids if draft.sources_mode == SourcesMode.SOME else [])
    return saved


def _write_draft(rule: Rule, draft: RuleDraft, by: User | None, now: datetime) -> RuleVersion:
    """Write the draft version anew: version, then its mappings in the order given."""
    version = rule.draft_version or RuleVersion(rule=rule, number=_next_number(rule), created_at=now)
    _fill(version, draft)
    version.auth_secret, version.created_by = _secret(rule, version, draft), by
    mappings = _mappings(draft)
    _refuse_if_wrong(rule, version, mappings)
    version.save()
    version.mappings.all().delete()
    for mapping in mappings:
        mapping.version = version
    FieldMapping.objects.bulk_create(mappings)
    return version


def _fill(version: RuleVersion, draft: RuleDraft) -> None:
    version.method, version.url, version.body_format = draft.method, draft.url, draft.body_format
    version.auth_kind, version.auth_username = draft.auth_kind, draft.auth_username
    version.timeout_s = draft.timeout_s


def _mappings(draft: RuleDraft) -> list[FieldMapping]:
    return [
        FieldMapping(
            position=position,
            placement=mapping.placement,
            source=mapping.source,
            source_key=mapping.source_key,
            name=mapping.name,
            constant=mapping.constant,
            transform=mapping.transform,
            date_format=mapping.date_format,
            value_table=mapping.value_table,
            default=mapping.default,
        )
        for position, mapping in enumerate(draft.mappings)
    ]


def _next_number(rule: Rule) -> int:
    return (rule.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _secret(rule: Rule, version: RuleVersion, draft: RuleDraft) -> bytes | memoryview | None:
    if draft.auth_kind == AuthKind.NONE:
        return None
    if draft.auth_secret is not None:
        return encrypt(draft.auth_secret)
    stored = version.auth_secret
    if stored is None and rule.live_version is not None:
        stored = rule.live_version.auth_secret
    return stored


def _refuse_if_wrong(rule: Rule, version: RuleVersion, mappings: list[FieldMapping]) -> None:
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


def _problems(rule: Rule, version: RuleVersion, mappings: list[FieldMapping]) -> list[Problem]:
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


def _activate(rule: Rule, now: datetime) -> None:
    if rule.draft_version is not None:
        _refuse_unsendable(rule, rule.draft_version)
        rule.live_version, rule.draft_version = rule.draft_version, None
        rule.live_version.activated_at = now
        rule.live_version.save(update_fields=["activated_at"])
    if not rule.sources_mode or (rule.sources_mode == SourcesMode.SOME and not rule.sources.exists()):
        raise RuleInvalid({"sources_mode": [_("Choose which sources' leads this rule takes before switching it on.")]})
    rule.is_active = True
    rule.paused_at, rule.pause_reason = None, ""
    rule.save(update_fields=["live_version", "draft_version", "is_active", "paused_at", "pause_reason"])


def _refuse_unsendable(rule: Rule, version: RuleVersion) -> None:
    """Refuse to make a version live that cannot be sent, or whose rendered request lacks the routing ID."""
    problems = _problems(rule, version, list(version.mappings.all()))
    if any(problem.code == ROUTING_ID_MISSING for problem in problems):
        raise RoutingIdMissing
    if problems:
        raise RuleInvalid(_by_field(problems), mapping_errors=_by_mapping(problems))


@contextmanager
def _guarded() -> Iterator[None]:
    """Run in a transaction whose guards speak up before its end, in words that staff can act on."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS rule_sends_routing_id, mapping_guard IMMEDIATE")
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if diagnostics is not None and diagnostics.constraint_name == ROUTING_ID_GUARD:
            raise RoutingIdMissing from None
        raise
    except ValidationError as error:
        raise RuleInvalid(error.message_dict) from None
