"""Rows for tests, made through the services where a service makes them in the product."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import services as accounts_services
from accounts.choices import Role
from accounts.encryption import encrypt
from accounts.key_format import keyed_digest
from accounts.models import User
from distribution.choices import SourcesMode
from distribution.models import FieldMapping, Lead, Routing, Rule, RuleVersion, Source


class StaffFactory(DjangoModelFactory):
    """A staff member who may do everything; password `pw`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    name = factory.Sequence(lambda n: f"נועה {n}")
    role = Role.STAFF
    is_superuser = True
    password = factory.django.Password("pw")


class ClientFactory(DjangoModelFactory):
    """A client without a login."""

    class Meta:
        model = User

    name = factory.Sequence(lambda n: f'נדל"ן הצפון {n}')
    role = Role.CLIENT


class SourceFactory(DjangoModelFactory):
    """A source whose intake token is `token` (default `token-N`)."""

    class Meta:
        model = Source
        exclude = ["token"]

    token = factory.Sequence(lambda n: f"token-{n}")
    name = factory.Sequence(lambda n: f"קמפיין {n}")
    token_digest = factory.LazyAttribute(lambda o: keyed_digest(o.token))
    token_ciphertext = factory.LazyAttribute(lambda o: encrypt(o.token))


class LeadFactory(DjangoModelFactory):
    """A lead of a source of its own; not matched to any rule."""

    class Meta:
        model = Lead

    source = factory.SubFactory(SourceFactory)
    name = "נועה בן־דוד"
    phone = "050-123-4567"
    phone_normalized = "+972501234567"
    email = "noa@example.co.il"
    city = "ראשון לציון"


class RuleFactory(DjangoModelFactory):
    """An inactive rule without versions; `active_rule` makes one that sends."""

    class Meta:
        model = Rule

    client = factory.SubFactory(ClientFactory)
    name = "CRM ראשי"
    sources_mode = SourcesMode.ALL


class RoutingFactory(DjangoModelFactory):
    """A lead given to a client who sees it already."""

    class Meta:
        model = Routing

    lead = factory.SubFactory(LeadFactory)
    client = factory.SubFactory(ClientFactory)
    visible_at = factory.LazyFunction(timezone.now)


def active_rule(
    *, url: str = "http://127.0.0.1:1/leads", mappings: dict[str, str] | None = None, **fields: Any
) -> Rule:
    """Give an active rule that sends the routing ID as `rid`, name and phone, as JSON by POST to `url`.

    `mappings` replaces what is sent: {name in the client's system: our source key}. Further `fields` go to the
    version where it has them, else to the rule.
    """
    version_fields = {name: fields.pop(name) for name in list(fields) if hasattr(RuleVersion, name) and name != "rule"}
    rule = RuleFactory(**({"allow_http": True} | fields))
    version = RuleVersion.objects.create(rule=rule, number=1, url=url, **version_fields)
    chosen = mappings or {"rid": "routing.id", "name": "lead.name", "phone": "lead.phone"}
    FieldMapping.objects.bulk_create(
        FieldMapping(version=version, position=position, name=name, source=source)
        for position, (name, source) in enumerate(chosen.items())
    )
    Rule.objects.filter(pk=rule.pk).update(live_version=version, is_active=True)
    rule.refresh_from_db()
    return rule


def api_key(client: User) -> str:
    """Give the text of a new API key of the client."""
    return accounts_services.generate_api_key(client=client, by=None, now=timezone.now()).text
