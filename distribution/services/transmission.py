"""Test sends, previews, and what staff do to single deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.functional import Promise

from accounts.models import User
from distribution.choices import AttemptOutcome, DeliveryState, Origin
from distribution.engine import single
from distribution.engine.wakeup import wake_transmitters
from distribution.engine.wire import look_up
from distribution.errors import (
    DeliveryIsSending,
    DeliveryNotOpen,
    RequestNotRenderable,
    RuleNotSending,
    TargetNotAllowed,
)
from distribution.models import Delivery, FieldMapping, Lead, Routing, RuleVersion
from distribution.models.routing import new_id
from distribution.queries.value_context import value_context
from distribution.rules import answers
from distribution.rules.address_policy import is_allowed
from distribution.rules.outcome import Verdict, explain
from distribution.rules.rendering import (
    RenderedRequest,
    RenderFailure,
    RequestPlan,
    compile_plan,
    render,
    with_sample_slots,
)
from distribution.rules.rendering.mails import SCHEME
from distribution.rules.rendering.templates import SlotMisplaced, TemplateUnreadable
from distribution.rules.target import TargetRefused, read_target
from distribution.rules.values import Subject, sendable_value
from distribution.services.shown_requests import ShownRequest, shown_before_sending, shown_request


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What a test send brought. Without an answer `status` is None, and `explanation` says what went wrong.

    `verdict` is what a delivery would have come to by this answer.
    """

    __test__ = False

    request: ShownRequest
    steps: list[dict[str, Any]]
    verdict: Verdict
    explanation: str | Promise
    detail: str
    duration_ms: int
    status: int | None
    response_headers: list[list[str]]
    response_text: str
    is_cut: bool
    attempt_id: Any


def test_routing(*, client: User, now: datetime) -> Routing:
    """Give the client's test routing, made with its test lead when it is first needed.

    It is visible to the client's key and outside matching, counts and reports.
    """
    found = Routing.objects.select_related("lead").filter(client=client, is_test=True).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            lead = Lead.objects.create(
                origin=Origin.TEST,
                is_test=True,
                name=_sample("lead.name"),
                phone=_sample("lead.phone"),
                phone_normalized="+972501234567",
                email=_sample("lead.email"),
                city=_sample("lead.city"),
                notes=_sample("lead.notes"),
                consent=True,
                submitted_at=now,
                received_at=now,
            )
            return Routing.objects.create(lead=lead, client=client, is_test=True, visible_at=now, created_at=now)
    except IntegrityError:
        # Made by somebody else a moment ago; `routing_one_test_per_client` saw to it.
        return Routing.objects.select_related("lead").get(client=client, is_test=True)


test_routing.__test__ = False  # type: ignore[attr-defined]  # its name is the product's, not pytest's


def preview(
    *, version: RuleVersion, lead: Lead | None, now: datetime, mappings: Sequence[FieldMapping] | None = None
) -> ShownRequest:
    """Give the request that a version would send for a lead (the client's test lead for None), secrets masked.

    `mappings` stands in for the saved ones of a version being edited. Raises `RequestNotRenderable`.
    """
    routing = test_routing(client=version.rule.client, now=now)
    plan, request = _rendered(version, lead or routing.lead, routing, mappings, idempotency_key=str(routing.id))
    try:
        return shown_before_sending(version, plan, request)
    except TemplateUnreadable as error:  # how a token is written, while that is being written
        raise RequestNotRenderable(f"{explain('template_unreadable')} ({error.text})") from None


def send_test(*, version: RuleVersion, lead: Lead | None, now: datetime, mail_to: str = "") -> TestResult:
    """Send a test by a saved version, live or draft, and wait for the answer: at most the version's deadline.

    A rule's mail goes to `mail_to` where that is given, else to the rule's address.

    The values are those of `lead` (of the client's test lead for None); the routing ID is always that of the
    client's test routing. Recorded as an attempt of kind test. Raises `RequestNotRenderable`.
    """
    routing = test_routing(client=version.rule.client, now=now)
    attempt_id = new_id()
    plan, request = _rendered(
        version,
        lead or routing.lead,
        routing,
        None,
        idempotency_key=str(attempt_id),
        url=_test_address(version, mail_to),
    )
    said = single.send_and_record(attempt_id=attempt_id, version=version, routing=routing, plan=plan, request=request)
    if said.verdict.outcome == AttemptOutcome.ACCEPTED:
        # Only as it was when it was read: a draft that was edited while the test ran has not been tested.
        RuleVersion.objects.filter(pk=version.pk, edited_at=version.edited_at, activated_at=None).update(tested_at=now)
    response_headers = said.response_headers or []
    return TestResult(
        request=shown_request(said.method, said.url, said.request_headers, said.request_body, version.charset),
        steps=said.steps,
        verdict=said.verdict,
        explanation=explain(said.verdict.code),
        detail=said.detail,
        duration_ms=said.duration_ms,
        status=said.status,
        response_headers=response_headers,
        response_text=answers.decode([(name, value) for name, value in response_headers], said.response_body or b""),
        is_cut=said.is_cut,
        attempt_id=attempt_id,
    )


def _test_address(version: RuleVersion, mail_to: str) -> str:
    """Give where a test goes instead of the rule's address; empty: there."""
    if version.is_mail:
        return f"{SCHEME}{mail_to}" if mail_to else ""
    return version.sandbox_url


def check_target(*, url: str, allow_http: bool) -> None:
    """Refuse an address that leads where leads must not be sent, as far as names can be resolved now.

    A name that is unknown at the moment passes: every connection asks again. Raises `TargetNotAllowed`.
    """
    try:
        target = read_target(with_sample_slots(url), allow_http=allow_http)
        found = [(0, target.host)] if target.is_literal else look_up(target.host, target.port)
    except TargetRefused as error:
        raise TargetNotAllowed(error.message) from None
    except (TemplateUnreadable, SlotMisplaced):
        return  # said at its field by the checks of the version
    except OSError:
        return
    for _family, address in found:
        if not is_allowed(address, target.port, allowed_networks=settings.TRANSMIT_ALLOWED_NETWORKS):
            raise TargetNotAllowed(TargetRefused("url_address_refused").message)


def send_again(*, delivery: Delivery) -> Delivery:
    """Send the same bytes under the same key once more, with all attempts ahead of it; a waiting one goes at once.

    Raises `DeliveryIsSending`, or `RuleNotSending` when its rule was deleted.
    """
    with transaction.atomic():
        locked = _lock(delivery)
        if locked.rule.deleted_at is not None:
            raise RuleNotSending
        _move(locked, DeliveryState.WAITING)
        wake_transmitters()
        return locked


def send_again_by_current_rule(*, delivery: Delivery) -> Delivery:
    """Send the routing anew by what its rule says today: another delivery under another key.

    The old one, if it still waits, is cancelled. Raises `DeliveryIsSending`, or `RuleNotSending`.
    """
    with transaction.atomic():
        locked = _lock(delivery)
        if locked.rule.deleted_at is not None or locked.rule.live_version_id is None:
            raise RuleNotSending
        if locked.state == DeliveryState.WAITING:
            _move(locked, DeliveryState.CANCELLED, code="cancelled_by_staff")
        again = Delivery.objects.create(routing_id=locked.routing_id, rule_id=locked.rule_id, due_at=Now())
        wake_transmitters()
        return again


def cancel(*, delivery: Delivery) -> Delivery:
    """Take a delivery out of the queue, or off the list of those that need a person.

    Raises `DeliveryIsSending` for one on its way, `DeliveryNotOpen` for one accepted or cancelled already.
    """
    with transaction.atomic():
        locked = _lock(delivery)
        if locked.state in {DeliveryState.ACCEPTED, DeliveryState.CANCELLED}:
            raise DeliveryNotOpen
        _move(locked, DeliveryState.CANCELLED, code="cancelled_by_staff")
        return locked


def _lock(delivery: Delivery) -> Delivery:
    """Lock a delivery that nobody is sending."""
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("rule").get(pk=delivery.pk)
    if locked.state == DeliveryState.SENDING:
        raise DeliveryIsSending
    return locked


def _move(delivery: Delivery, state: DeliveryState, *, code: str = "") -> None:
    is_waiting = state == DeliveryState.WAITING
    Delivery.objects.filter(pk=delivery.pk).update(
        state=state,
        due_at=Now(),
        finished_at=None if is_waiting else Now(),
        attempt_count=0 if is_waiting else delivery.attempt_count,
        outcome_code=code,
        outcome_detail="",
    )
    delivery.refresh_from_db()


def _rendered(
    version: RuleVersion,
    lead: Lead,
    routing: Routing,
    mappings: Sequence[FieldMapping] | None,
    *,
    idempotency_key: str,
    url: str = "",
) -> tuple[RequestPlan, RenderedRequest]:
    chosen = list(version.mappings.all()) if mappings is None else mappings
    try:
        plan = compile_plan(version, chosen, url=url)
        return plan, render(plan, subject_of(lead, routing, chosen), idempotency_key=idempotency_key)
    except RenderFailure as failure:
        message = explain(failure.code)
        raise RequestNotRenderable(f"{message} ({failure.detail})" if failure.detail else message) from failure


def subject_of(lead: Lead, routing: Routing, mappings: Sequence[FieldMapping]) -> Subject:
    """Give a lead and a routing as mappings read them; test ones have samples where they have nothing."""
    data = dict(lead.data)
    if lead.is_test:
        data = {m.source_key: _sample("lead.data") for m in mappings if m.source == "lead.data"} | data
    captured = dict(routing.captured or {})
    if routing.is_test:
        captured = {
            m.source_key: _sample("routing.captured") for m in mappings if m.source == "routing.captured"
        } | captured
    return Subject(
        routing_id=routing.id,
        routing_number=routing.number,
        client_name=routing.client.name,
        time_zone=routing.client.time_zone,
        lead_id=lead.pk,
        name=lead.name,
        phone=lead.phone,
        phone_normalized=lead.phone_normalized,
        email=lead.email,
        city=lead.city,
        notes=lead.notes,
        consent=lead.consent,
        submitted_at=lead.submitted_at,
        received_at=lead.received_at,
        source_name=lead.source.name if lead.source else _sample("lead.source"),
        data=data,
        client_reference=routing.client_reference or (_sample("routing.client_reference") if routing.is_test else ""),
        captured=captured,
        client_id=routing.client_id,
        client_language=routing.client.language,
        context=value_context(mapping.source for mapping in mappings),
    )


def _sample(key: str) -> str:
    value = sendable_value(key)
    return value.sample if value else ""
