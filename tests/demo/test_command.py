"""`manage.py demo`: an agency to look around in, made once however often it is asked for."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.services import authenticate_api_key
from distribution.choices import DeliveryState
from distribution.models import Attempt, Delivery, Exchange, Lead, Routing, Rule, Source
from distribution.services import deactivate_rule
from feedback.models import CurrentFeedback, Feedback, Reason

pytestmark = pytest.mark.django_db


def demo(*arguments: str) -> str:
    output = io.StringIO()
    call_command("demo", *arguments, stdout=output)
    return output.getvalue()


def described() -> dict[str, Any]:
    return json.loads(demo("--json"))


def column(model: Any, name: str) -> set[Any]:
    return set(model.objects.values_list(name, flat=True))


def row_counts() -> dict[str, int]:
    models = (User, Source, Rule, Lead, Routing, Delivery, Attempt, Exchange, Feedback)
    return {model.__name__: model.objects.count() for model in models}


def test_json_is_one_object_with_what_it_takes_to_use_the_demo(settings: Any) -> None:
    made = described()

    assert list(made) == ["base_url", "staff", "clients", "reasons", "sources"]
    assert made["base_url"] == f"http://127.0.0.1:{settings.PORT}"
    assert {tuple(client) for client in made["clients"]} == {("name", "api_key", "routings")}
    assert len(made["clients"]) >= 3
    assert all(len(set(client["routings"])) >= 50 for client in made["clients"])
    assert {tuple(reason) for reason in made["reasons"]} == {("id", "name")}
    assert [reason["id"] for reason in made["reasons"]] == list(Reason.objects.values_list("pk", flat=True))
    assert {tuple(source) for source in made["sources"]} == {("name", "token")}


def test_credentials_open_their_doors(client: Any) -> None:
    made = described()

    assert client.login(**made["staff"])
    for demo_client in made["clients"]:
        caller = authenticate_api_key(demo_client["api_key"], now=timezone.now())
        user = User.objects.get(pk=caller.client_id)
        assert user.name == demo_client["name"]
        assert user.routings.filter(pk__in=demo_client["routings"]).count() == len(demo_client["routings"])
    assert [
        client.post(
            "/api/v1/leads/",
            {"name": "נועה", "phone": "0501234567"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {source['token']}"},
        ).status_code
        for source in made["sources"]
    ] == [201] * len(made["sources"])


def test_a_second_time_gives_the_same_and_doubles_nothing() -> None:
    first, before = described(), row_counts()

    assert described() == first
    assert row_counts() == before


def test_every_routing_was_attempted_and_shows_what_was_said() -> None:
    described()

    assert not Routing.objects.filter(visible_at=None).exists()
    assert set(Attempt.objects.values_list("routing_id", flat=True)) == set(
        Routing.objects.values_list("pk", flat=True)
    )
    assert set(Exchange.objects.values_list("attempt_id", flat=True)) == set(
        Attempt.objects.values_list("pk", flat=True)
    )
    assert {DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.HELD, DeliveryState.GAVE_UP} == set(
        Delivery.objects.values_list("state", flat=True)
    )
    assert not Lead.objects.filter(received_at__gt=timezone.now()).exists()
    assert not Attempt.objects.filter(finished_at__gt=timezone.now()).exists()


def test_most_routings_of_every_client_have_feedback() -> None:
    for client in described()["clients"]:
        said = CurrentFeedback.objects.filter(routing__client__name=client["name"]).count()
        assert said > len(client["routings"]) / 2


def test_rules_follow_the_stand_in_to_another_port(settings: Any) -> None:
    described()
    settings.PORT = 9100

    described()

    urls = Rule.objects.filter(is_active=True, paused_at=None).values_list("live_version__url", flat=True)
    assert {url.split("/")[2] for url in urls} == {"127.0.0.1:9101"}
    assert settings.TRANSMIT_ALLOWED_NETWORKS == []


def test_a_rule_that_staff_switched_off_stays_off() -> None:
    described()
    rule = Rule.objects.order_by("pk")[0]
    deactivate_rule(rule=rule)

    described()

    rule.refresh_from_db()
    assert not rule.is_active


def test_without_json_it_says_where_to_log_in() -> None:
    said = demo()

    assert "/admin/" in said
    assert "demo   password: " in said
    assert len(said.splitlines()) == 2


def test_a_public_installation_gets_no_demo(settings: Any) -> None:
    settings.IS_PUBLIC = True

    with pytest.raises(CommandError, match="PUBLIC_URL"):
        demo()

    assert not User.objects.exists()


def test_somebody_else_called_demo_keeps_the_password() -> None:
    User.objects.create_superuser("demo", "own words")

    with pytest.raises(CommandError, match="Rename that user"):
        demo()

    assert User.objects.get(username="demo").check_password("own words")
