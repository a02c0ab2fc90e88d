"""What holds when the loop is stopped, killed, or loses its database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from distribution.choices import DeliveryState
from distribution.models import Attempt, Delivery
from tests.distribution.engine.loops import (
    LOOPBACK,
    make_deliveries,
    make_due,
    test_conninfo,
    transmitting,
    until,
    until_closed,
)
from tests.factories import active_rule
from tests.receivers import receiving

pytestmark = pytest.mark.django_db(transaction=True)

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


@contextmanager
def transmit_process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `manage.py transmit` on the test database as long as the block lasts."""
    given = connection.settings_dict
    url = f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url if not given["HOST"].startswith("/") else test_conninfo(),
        "LEADMANAGER_HOME": str(settings.HOME_DIR),
        "TRANSMIT_ALLOWED_NETWORKS": ",".join(LOOPBACK),
    }
    environment.pop("DATABASE_DIRECT_URL", None)
    process = subprocess.Popen([sys.executable, str(MANAGE), "transmit", *arguments], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_killed_in_the_middle_of_a_send_it_is_due_again_with_the_same_bytes_under_the_same_key() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("hang"))
        (delivery,) = make_deliveries(rule, 1)
        with transmit_process() as process:
            receiver.wait_for(1)
            process.kill()
            process.wait(10)
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.SENDING
        assert Attempt.objects.get(delivery=delivery).is_unknown
        # The lead and the rule change meanwhile; what was frozen does not.
        lead = delivery.routing.lead
        lead.name = "שם אחר"
        lead.save()
        make_due()
        with transmitting():
            receiver.wait_for(2)
        first, second = receiver.requests
    assert (first.key, first.path, first.body) == (second.key, second.path, second.body)
    assert first.headers == second.headers
    assert first.key == str(delivery.id)


def test_a_lease_that_still_runs_is_left_alone() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("hang"), timeout_s=60)
        make_deliveries(rule, 1)
        with transmit_process() as process:
            receiver.wait_for(1)
            process.kill()
            process.wait(10)
        other = active_rule(url=receiver.url("accept"))
        make_deliveries(other, 5)
        with transmitting():
            until(lambda: Delivery.objects.filter(state=DeliveryState.ACCEPTED).count() == 5)
        assert [request.path for request in receiver.requests].count("/hang") == 1


def test_term_claims_nothing_more_and_finishes_what_is_under_way() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("delay/1500"), max_in_flight=3)
        make_deliveries(rule, 10)
        with transmit_process() as process:
            receiver.wait_for(3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
        assert len(receiver.requests) == 3
    assert Delivery.objects.filter(state=DeliveryState.ACCEPTED).count() == 3
    assert Delivery.objects.filter(state=DeliveryState.WAITING).count() == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cut_off_it_ends_at_once_and_what_was_under_way_is_unknown_and_due(number: signal.Signals) -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("hang"), timeout_s=120)
        deliveries = make_deliveries(rule, 4)
        with transmit_process() as process:
            receiver.wait_for(4)
            process.send_signal(number)
            if number == signal.SIGTERM:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(1)  # the first TERM lets it finish what it began
                process.send_signal(number)
            assert process.wait(10) == 0
    due = Delivery.objects.filter(due_at__lte=Now())
    assert list(due.values_list("state", "outcome_code")) == [("waiting", "cut_off")] * 4
    attempts = Attempt.objects.filter(delivery__in=deliveries)
    assert [(a.outcome, a.error_code, a.finished_at is not None) for a in attempts] == [(None, "cut_off", True)] * 4


def test_told_how_long_it_may_take_it_cuts_off_what_takes_longer() -> None:
    with receiving() as receiver:
        slow = active_rule(url=receiver.url("hang"), timeout_s=120)
        quick = active_rule(url=receiver.url("delay/300"))
        (hanging,), (answering,) = make_deliveries(slow, 1), make_deliveries(quick, 1)
        with transmit_process("--stop-within", "1.5") as process:
            receiver.wait_for(2)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
    hanging.refresh_from_db()
    answering.refresh_from_db()
    assert (hanging.state, hanging.outcome_code) == (DeliveryState.WAITING, "cut_off")
    assert answering.state == DeliveryState.ACCEPTED


def test_it_outlives_its_database_connections_and_loses_nothing() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("delay/30"), max_in_flight=20)
        deliveries = make_deliveries(rule, 300)
        with transmitting():
            for reached in (40, 120, 200):
                receiver.wait_for(reached)
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND application_name = 'transmit'"
                    )
            until_closed(300)
        keys = {request.key for request in receiver.requests}
    assert keys == {str(delivery.id) for delivery in deliveries}
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.ACCEPTED}
    assert {request.answered for request in receiver.requests} <= {200, None}
