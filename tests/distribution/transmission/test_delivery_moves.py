"""Acts on many deliveries: which, once each, in the background, stopped and gone on with."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from distribution.admin import deliveries as deliveries_admin
from distribution.choices import DeliveryState, ImportState
from distribution.errors import MoveNotOpen, TooManyDeliveries
from distribution.models import Delivery, DeliveryMove, Rule
from distribution.services import delivery_moves
from distribution.services.delivery_moves import Choice
from tests.factories import RoutingFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)
CHOOSE = reverse("admin:distribution_delivery_choose")


def delivery(rule: Rule, state: str = "gave_up", *, hours_ago: float = 1, **given: Any) -> Delivery:
    is_open = state in {"waiting", "sending"}
    return Delivery.objects.create(
        routing=RoutingFactory(client=rule.client),
        rule=rule,
        state=state,
        created_at=NOW - hours_ago * HOUR,
        due_at=NOW + HOUR,
        finished_at=None if is_open else NOW - hours_ago * HOUR,
        **given,
    )


def run(move: DeliveryMove) -> DeliveryMove:
    delivery_moves.run(move.pk, now=timezone.now)
    move.refresh_from_db()
    return move


def begun(act: str = "again", **given: Any) -> DeliveryMove:
    return delivery_moves.start(act=act, deliveries=Delivery.objects.filter(**given), by=None, now=NOW)


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"held", "gave_up", "old", "others"}),
        ({"states": ["refused"]}, {"refused"}),
        ({"states": ["waiting"]}, {"waiting"}),
        ({"states": ["waiting", "held"]}, {"waiting", "held"}),
        ({"states": ["sending", "accepted", "cancelled"]}, set()),
        ({"since": NOW - 24 * HOUR}, {"held", "gave_up", "others"}),
        ({"until": NOW - 24 * HOUR}, {"old"}),
        ({"states": ["waiting"], "since": NOW - HOUR / 2}, set()),
    ],
)
def test_a_choice_means_its_deliveries(given: dict[str, Any], expected: set[str]) -> None:
    rule = active_rule()
    made = {
        state: delivery(rule, state) for state in ("held", "gave_up", "refused", "waiting", "accepted", "cancelled")
    }
    made |= {"old": delivery(rule, hours_ago=50), "others": delivery(active_rule())}
    meant = set(delivery_moves.chosen(Choice(**given)).values_list("pk", flat=True))
    assert {name for name, each in made.items() if each.pk in meant} == expected


def test_a_choice_can_name_a_rule_and_a_client() -> None:
    rule, other = active_rule(), active_rule()
    sister = active_rule(client=rule.client)
    mine, sisters, _others = delivery(rule), delivery(sister), delivery(other)
    assert set(delivery_moves.chosen(Choice(rule_id=rule.pk))) == {mine}
    assert set(delivery_moves.chosen(Choice(client_id=rule.client_id))) == {mine, sisters}


def test_each_is_moved_once_batch_after_batch_and_what_cannot_be_is_counted_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery_moves, "BATCH", 2)
    rule, deleted = active_rule(), active_rule()
    for _ in range(5):
        delivery(rule, attempt_count=10, outcome_code="timeout")
    delivery(deleted)
    Rule.objects.filter(pk=deleted.pk).update(is_active=False, deleted_at=NOW)
    taken = delivery(rule)
    move = begun()
    Delivery.objects.filter(pk=taken.pk).update(state="accepted")  # meanwhile
    run(move)
    assert (move.state, move.total, move.done, move.moved) == (ImportState.DONE, 7, 7, 5)
    assert move.refusals == {"rule_not_sending": 1, "delivery_not_open": 1}
    assert states() == ["waiting"] * 5 + ["gave_up", "accepted"]
    assert set(Delivery.objects.filter(state="waiting").values_list("attempt_count", flat=True)) == {0}


def test_a_worker_that_is_called_again_repeats_nothing_and_what_failed_again_stays() -> None:
    rule = active_rule()
    for _ in range(3):
        delivery(rule)
    move = run(begun())
    Delivery.objects.update(state="gave_up", finished_at=NOW)
    run(move)
    assert states() == ["gave_up"] * 3
    assert move.moved == 3


def test_a_batch_that_breaks_off_is_done_again_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = active_rule()
    for _ in range(3):
        delivery(rule)
    move = begun("anew")
    real, calls = delivery_moves._ACTS["anew"], []

    def dies(*, delivery: Delivery) -> Delivery:
        calls.append(delivery)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(delivery=delivery)

    monkeypatch.setitem(delivery_moves._ACTS, "anew", dies)
    with pytest.raises(KeyboardInterrupt):
        run(move)
    assert Delivery.objects.count() == 3
    run(move)
    assert Delivery.objects.filter(state="waiting").count() == 3
    assert Delivery.objects.count() == 6


def test_anew_makes_new_deliveries_and_cancelling_takes_the_old_ones_away() -> None:
    rule = active_rule()
    delivery(rule)
    delivery(rule, DeliveryState.WAITING)
    run(begun("anew"))
    assert states() == ["gave_up", "cancelled", "waiting", "waiting"]
    run(begun("cancel"))
    assert states() == ["cancelled"] * 4


def test_it_is_stopped_and_then_moves_nothing_more() -> None:
    delivery(active_rule())
    move = begun()
    delivery_moves.stop(move=move, now=NOW)
    run(move)
    assert (move.state, move.done) == (ImportState.CANCELLED, 0)
    assert states() == ["gave_up"]
    with pytest.raises(MoveNotOpen):
        delivery_moves.stop(move=move, now=NOW)


def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_moves, "MOST", 1)
    rule = active_rule()
    delivery(rule)
    delivery(rule)
    with pytest.raises(TooManyDeliveries):
        begun()
    assert not DeliveryMove.objects.exists()


# ---- the screens ----


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def test_staff_choose_see_how_many_start_and_watch(staff: Client, django_capture_on_commit_callbacks: Any) -> None:
    rule = active_rule()
    delivery(rule)
    delivery(rule, hours_ago=50)
    page = staff.get(CHOOSE)
    assert page.context["count"] is None
    query = {
        "states": ["held", "gave_up"],
        "rule": rule.pk,
        "since": timezone.localtime(NOW - 24 * HOUR).strftime("%Y-%m-%dT%H:%M"),
    }
    assert staff.get(CHOOSE, query).context["count"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        started = staff.post(CHOOSE, query | {"act": "again"}, follow=True)
    move = DeliveryMove.objects.get()
    assert started.redirect_chain[-1][0] == reverse("admin:distribution_delivery_move", args=[move.pk])
    assert ProcrastinateJob.objects.get(task_name=delivery_moves.TASK).args == {"move_id": move.pk}
    assert 'hx-trigger="every 1s"' in started.content.decode()
    run(move)
    panel = staff.get(reverse("admin:distribution_delivery_move_panel", args=[move.pk])).content.decode()
    assert "1 / 1" in panel
    assert "hx-trigger" not in panel


def test_staff_stop_it(staff: Client) -> None:
    delivery(active_rule())
    move = begun()
    staff.post(reverse("admin:distribution_delivery_move_stop", args=[move.pk]))
    move.refresh_from_db()
    assert move.state == ImportState.CANCELLED


def test_an_action_on_many_rows_goes_to_the_background(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries_admin, "MOST_AT_ONCE", 1)
    rule = active_rule()
    ids = [delivery(rule).pk, delivery(rule).pk]
    answer = staff.post(
        reverse("admin:distribution_delivery_changelist"), {"action": "cancel", "_selected_action": ids}
    )
    move = DeliveryMove.objects.get()
    assert answer.headers["Location"] == reverse("admin:distribution_delivery_move", args=[move.pk])
    assert (move.act, move.total) == ("cancel", 2)


def test_who_may_not_move_deliveries_sees_none_of_it(client: Client) -> None:
    reader = StaffFactory(is_superuser=False)
    reader.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(reader)
    assert client.get(CHOOSE).status_code == 403
    assert CHOOSE not in client.get(reverse("admin:distribution_delivery_changelist")).content.decode()
