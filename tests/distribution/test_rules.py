"""Saving a rule, switching it on and off (guide, part B)."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.encryption import decrypt
from distribution import services
from distribution.choices import AuthKind, BodyFormat, DeliveryState, Method, SourcesMode
from distribution.errors import RoutingIdMissing, RuleInvalid
from distribution.models import Delivery, Rule
from distribution.services import MappingDraft, RuleDraft
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = timezone.now()
GOOD = RuleDraft(
    name="CRM ראשי",
    url="https://crm.example.co.il/api/leads",
    sources_mode=SourcesMode.ALL,
    mappings=[
        MappingDraft(source="routing.id", name="externalRef"),
        MappingDraft(source="lead.first_name", name="contact.name.first"),
        MappingDraft(source="lead.phone", name="contact.phones[0]", transform="phone_international"),
    ],
)


def save(draft: RuleDraft = GOOD, *, rule: Rule | None = None, activate: bool = True, unfinished: bool = False) -> Rule:
    client = rule.client if rule else ClientFactory()
    return services.save_rule(
        rule=rule, client=client, draft=draft, by=None, now=NOW, activate=activate, unfinished=unfinished
    )


def test_saving_and_switching_on_makes_the_draft_live():
    rule = save()
    assert rule.is_active
    assert rule.draft_version is None
    assert [m.name for m in rule.live_version.mappings.all()] == [
        "externalRef",
        "contact.name.first",
        "contact.phones[0]",
    ]
    assert rule.live_version.activated_at == NOW


def test_saving_switched_off_keeps_a_draft_only():
    rule = save(activate=False)
    assert not rule.is_active
    assert rule.live_version is None
    assert rule.draft_version.number == 1


def test_editing_a_live_rule_makes_a_new_version_and_keeps_the_old_one():
    rule = save()
    old = rule.live_version
    changed = save(replace(GOOD, url="https://crm.example.co.il/v2/leads"), rule=rule)
    assert changed.live_version.number == 2
    old.refresh_from_db()
    assert old.url == GOOD.url


def test_saving_again_without_switching_on_overwrites_the_same_draft():
    rule = save(activate=False)
    again = save(replace(GOOD, method=Method.PUT), rule=rule, activate=False)
    assert again.draft_version.number == 1
    assert again.draft_version.method == Method.PUT
    assert again.versions.count() == 1


@pytest.mark.parametrize("mappings", [[], [MappingDraft(source="lead.name", name="name")]])
def test_an_active_rule_without_the_routing_id_is_refused_and_nothing_is_saved(mappings):
    with pytest.raises(RoutingIdMissing):
        save(replace(GOOD, mappings=mappings))
    assert not Rule.objects.exists()


def test_a_live_rule_stays_as_it_was_when_its_edit_is_refused():
    rule = save()
    with pytest.raises(RoutingIdMissing):
        save(replace(GOOD, mappings=[MappingDraft(source="lead.name", name="name")]), rule=rule)
    rule.refresh_from_db()
    assert rule.is_active
    assert rule.live_version.mappings.filter(source="routing.id").exists()


def test_the_routing_number_is_enough():
    assert save(replace(GOOD, mappings=[MappingDraft(source="routing.number", name="ref")])).is_active


def test_an_unfinished_draft_may_be_without_the_routing_id():
    assert not save(replace(GOOD, mappings=[]), activate=False, unfinished=True).is_active


def test_it_cannot_be_switched_on_later_either():
    draft = replace(GOOD, mappings=[MappingDraft(source="lead.name", name="name")])
    rule = save(draft, activate=False, unfinished=True)
    with pytest.raises(RoutingIdMissing):
        services.activate_rule(rule=rule, now=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sources_mode": ""}, "sources_mode"),
        ({"sources_mode": SourcesMode.SOME}, "sources_mode"),
        ({"url": "ftp://crm.example.co.il/"}, "url"),
        ({"url": "http://crm.example.co.il/"}, "url"),
        ({"url": "https://user:pw@crm.example.co.il/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"method": Method.GET}, "body_format"),
        ({"auth_kind": AuthKind.BEARER}, "auth_secret"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(change, field):
    with pytest.raises(RuleInvalid) as caught:
        save(replace(GOOD, **change))
    assert field in caught.value.errors
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (MappingDraft(source="lead.city", name="Host", placement="header"), "name"),
        (MappingDraft(source="lead.city", name="Idempotency-Key", placement="header"), "name"),
        (MappingDraft(source="constant", name="X-A", placement="header", constant="a\r\nX-B: c"), "constant"),
        (MappingDraft(source="lead.city", name="contact"), "name"),
        (MappingDraft(source="lead.nothing", name="x"), "source"),
        (MappingDraft(source="lead.data", name="x"), "source_key"),
        (MappingDraft(source="lead.received_at", name="x", transform="date", date_format="QQ"), "date_format"),
    ],
)
def test_a_wrong_mapping_is_named_at_its_row(mapping, field):
    with pytest.raises(RuleInvalid) as caught:
        save(replace(GOOD, mappings=[*GOOD.mappings, mapping]))
    place, errors = next(iter(caught.value.mapping_errors.items()))
    assert place in {1, 2, 3}
    assert field in errors


def twice(body_format: str, placement: str) -> RuleDraft:
    mappings = [
        MappingDraft(source=source, name="Ref", placement=placement) for source in ("routing.number", "lead.id")
    ]
    return replace(GOOD, body_format=body_format, mappings=[MappingDraft(source="routing.id", name="rid"), *mappings])


@pytest.mark.parametrize(("body_format", "placement"), [("json", "field"), ("json", "header"), ("form", "header")])
def test_the_same_name_twice_is_named_at_its_row(body_format, placement):
    with pytest.raises(RuleInvalid) as caught:
        save(twice(body_format, placement))
    assert list(caught.value.mapping_errors) == [2]


@pytest.mark.parametrize(
    ("body_format", "placement"), [("form", "field"), ("multipart", "field"), ("query", "field"), ("json", "query")]
)
def test_forms_and_addresses_may_repeat_a_name(body_format, placement):
    assert save(twice(body_format, placement)).is_active


def test_get_sends_parameters():
    rule = save(
        replace(
            GOOD,
            method=Method.GET,
            body_format=BodyFormat.QUERY,
            mappings=[MappingDraft(source="routing.id", name="rid")],
        )
    )
    assert rule.is_active


def test_an_empty_secret_keeps_the_stored_one_and_it_is_encrypted():
    rule = save(replace(GOOD, auth_kind=AuthKind.BEARER, auth_secret="s3cret-token"))
    stored = bytes(rule.live_version.auth_secret)
    assert b"s3cret-token" not in stored
    again = save(replace(GOOD, auth_kind=AuthKind.BEARER, auth_secret=None, timeout_s=5), rule=rule)
    assert decrypt(again.live_version.auth_secret) == "s3cret-token"


def test_without_authentication_the_secret_is_forgotten():
    rule = save(replace(GOOD, auth_kind=AuthKind.BEARER, auth_secret="s3cret-token"))
    assert save(GOOD, rule=rule).live_version.auth_secret is None


def test_sources_are_kept_only_where_they_are_chosen():
    source = SourceFactory()
    rule = save(replace(GOOD, sources_mode=SourcesMode.SOME, source_ids=[source.pk]))
    assert list(rule.sources.all()) == [source]
    assert not save(replace(GOOD, source_ids=[source.pk]), rule=rule).sources.exists()


def test_switching_off_leaves_what_waits():
    rule = active_rule()
    routing = RoutingFactory(client=rule.client, lead=LeadFactory())
    Delivery.objects.create(routing=routing, rule=rule)
    services.deactivate_rule(rule=rule)
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_deleting_cancels_what_waits_and_keeps_history():
    rule = active_rule()
    routing = RoutingFactory(client=rule.client, lead=LeadFactory())
    waiting = Delivery.objects.create(routing=routing, rule=rule)
    assert services.delete_rule(rule=rule, now=NOW) == 1
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.CANCELLED
    assert Rule.objects.filter(pk=rule.pk, is_active=False).exists()


@pytest.mark.parametrize(
    ("state", "minutes", "becomes"),
    [
        (DeliveryState.SENDING, -1, DeliveryState.CANCELLED),
        (DeliveryState.SENDING, 600, DeliveryState.SENDING),
        (DeliveryState.WAITING, 60, DeliveryState.CANCELLED),
    ],
)
def test_what_was_on_its_way_when_its_rule_was_deleted_is_cancelled_once_nobody_sends_it(state, minutes, becomes):
    rule = active_rule()
    routing = RoutingFactory(client=rule.client, lead=LeadFactory())
    lease = NOW + timedelta(minutes=1)
    sending = Delivery.objects.create(
        routing=routing, rule=rule, state=DeliveryState.SENDING, lease_owner=uuid.uuid4(), due_at=lease
    )
    services.delete_rule(rule=rule, now=NOW)
    is_sending = state == DeliveryState.SENDING
    Delivery.objects.filter(pk=sending.pk).update(
        state=state,
        lease_owner=sending.lease_owner if is_sending else None,
        due_at=NOW + timedelta(minutes=minutes),
        finished_at=None,
    )
    services.cancel_leftovers_of_deleted_rules()
    sending.refresh_from_db()
    assert sending.state == becomes
    assert (sending.finished_at is None) == (becomes == DeliveryState.SENDING)
