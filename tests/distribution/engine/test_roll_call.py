"""Leases of dead processes end at once; those of living ones never do before their time."""

import asyncio
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from distribution.choices import DeliveryState
from distribution.engine import roll_call
from distribution.engine.connections import connect
from distribution.engine.roll_call import RollCall
from distribution.models import Attempt, Delivery
from tests.distribution.engine.loops import make_deliveries, test_conninfo, until
from tests.distribution.engine.test_stopping_and_dying import transmit_process
from tests.factories import active_rule
from tests.receivers import receiving


def test_only_who_died_is_found_dead(tmp_path: Path) -> None:
    living, left = RollCall(tmp_path), RollCall(tmp_path)
    living.enter()
    left.enter()
    left.leave()
    dead = uuid4().bytes[:8]
    (tmp_path / f"{dead.hex()}.transmit").touch()
    (tmp_path / "something else").touch()
    looking = RollCall(tmp_path)
    looking.enter()
    assert looking.dead() == [dead]
    assert living.dead() == [dead]
    living.leave()
    looking.leave()
    assert [path.name for path in tmp_path.glob("*.transmit")] == [f"{dead.hex()}.transmit"]


def test_who_died_long_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_call, "LAST_COMMIT_S", 0)
    (tmp_path / f"{bytes(8).hex()}.transmit").touch()
    looking = RollCall(tmp_path)
    assert [len(looking.dead()) for _ in range(3)] == [1, 1, 0]


def test_without_a_directory_or_a_disk_it_is_alone(tmp_path: Path) -> None:
    assert RollCall(None).dead() == []
    (tmp_path / "file").touch()
    hindered = RollCall(tmp_path / "file" / "below")
    hindered.enter()
    assert hindered.dead() == []
    hindered.leave()


def test_leases_of_two_processes_are_told_apart() -> None:
    first, second = RollCall(None), RollCall(None)
    leases = [first.new_lease(), first.new_lease(), second.new_lease()]
    assert len(set(leases)) == 3
    assert leases[0].bytes[:8] == leases[1].bytes[:8] != leases[2].bytes[:8]


@pytest.mark.django_db(transaction=True)
def test_the_leases_of_a_dead_process_end_and_no_others() -> None:
    rule = active_rule()
    dead, living = RollCall(None), RollCall(None)
    for lease in (dead.new_lease(), dead.new_lease(), living.new_lease()):
        (delivery,) = make_deliveries(rule, 1)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.SENDING, lease_owner=lease, due_at="2999-01-01T00:00Z"
        )

    async def expire() -> int:
        connection = await connect(test_conninfo())
        try:
            return await roll_call.expire_leases(connection, [dead.new_lease().bytes[:8]])
        finally:
            await connection.close()

    assert asyncio.run(expire()) == 2
    (still,) = Delivery.objects.filter(due_at__year=2999)
    assert still.lease_owner is not None
    assert still.lease_owner.bytes[:8] == living.new_lease().bytes[:8]


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_had_under_way_is_sent_again_by_the_next_one_without_waiting_for_its_lease() -> None:
    with receiving() as receiver:
        rule = active_rule(url=receiver.url("hang"), timeout_s=120, max_in_flight=1)
        (delivery,) = make_deliveries(rule, 1)
        with transmit_process() as first:
            receiver.wait_for(1)
            with transmit_process():
                first.send_signal(signal.SIGKILL)
                first.wait(10)
                sent, again = receiver.wait_for(2)
        assert (sent.key, sent.body) == (again.key, again.body)
    until(lambda: Attempt.objects.filter(delivery=delivery).count() == 2)
    assert Attempt.objects.filter(delivery=delivery, outcome=None).count() == 2
