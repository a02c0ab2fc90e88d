"""Benchmarks of the transmit engine: how fast, beside what, with what hanging and waiting beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leadmanager.bench.bare_sending import bare_loop, queue_jobs
from leadmanager.bench.measuring import Plan, Result, in_turns
from leadmanager.bench.place import own_database
from leadmanager.bench.sending import IN_FLIGHT, Sending, receivers
from leadmanager.launch.database import Database
from leadmanager.launch.preparation import prepare

# So many a second are made for a turn, which then takes about as long as it is to.
_EXPECTED = 2_000
_DESTINATIONS = 10
_DELAY_MS = 50
_MANY = 1_000
_HANGING = 300
_PLACES = 8
_WAITING_FOR_EACH_HANGING = 20
# For each of the plan's rows, of which there are 200,000 unless told otherwise: a million.
_BACKLOG_PER_ROW = 5


def transmit(database: Database, plan: Plan) -> Result:
    """Deliveries a second to ten receivers that take 50 ms each, against a bare loop that sends the same."""
    with _ten(database) as (sending, urls):
        return in_turns(
            "transmit", "deliveries/s", plan, _rate(sending),
            lambda seconds: bare_loop(urls, _EXPECTED * 2 * seconds, in_flight=IN_FLIGHT),
        )  # fmt: skip


def transmit_queue_jobs(database: Database, plan: Plan) -> Result:
    """The same, against a job of the task queue for each delivery."""
    with _ten(database) as (sending, urls):
        return in_turns(
            "transmit_queue_jobs", "deliveries/s", plan, _rate(sending),
            lambda seconds: queue_jobs(database.url, urls, _EXPECTED // 8 * seconds),
        )  # fmt: skip


def transmit_isolation(database: Database, plan: Plan) -> Result:
    """Deliveries a second to 700 healthy destinations while 300 others hang, against nothing sent to those."""
    with receivers(delay_ms=_DELAY_MS, ports=_DESTINATIONS) as found:
        urls = [
            f"http://127.0.0.1:{found.ports[number % _DESTINATIONS]}/{'hang' if number < _HANGING else 'leads'}"
            for number in range(_MANY)
        ]
        sending = Sending(database, urls, max_in_flight=_PLACES)
        try:
            hanging, healthy = sending.rules[:_HANGING], sending.rules[_HANGING:]

            def measured(seconds: int, *, is_hanging: bool) -> float:
                number = -(-_EXPECTED * seconds // len(healthy)) * len(healthy)
                with sending.transmitting():
                    if is_hanging:
                        sending.add(_HANGING * _WAITING_FOR_EACH_HANGING, rules=hanging)
                        sending.wait_until_sending(_HANGING * _PLACES)
                    sending.add(number, rules=healthy)
                    took = sending.seconds_until_sent(healthy)
                sending.drop_open()
                sending.analyze()
                return number / took

            return in_turns(
                "transmit_isolation", "deliveries/s", plan,
                lambda seconds: measured(seconds, is_hanging=True), lambda seconds: measured(seconds, is_hanging=False),
            )  # fmt: skip
        finally:
            sending.close()


def transmit_backlog(database: Database, plan: Plan) -> Result:
    """Deliveries a second beside a million that wait for their next attempt, against none that waits."""
    with own_database(database) as other:
        prepare(other)
        with _ten(other) as (empty, _urls), _ten(database) as (full, _urls_too):
            full.add(
                _BACKLOG_PER_ROW * plan.routings,
                rules=full.rules,
                due="now() + interval '1 day' + random() * interval '1 day'",
            )
            full.analyze()
            return in_turns("transmit_backlog", "deliveries/s", plan, _rate(full), _rate(empty))


@contextmanager
def _ten(database: Database) -> Iterator[tuple[Sending, list[str]]]:
    """Give ten rules, each with a receiver of its own."""
    with receivers(delay_ms=_DELAY_MS, ports=_DESTINATIONS) as found:
        urls = [f"http://127.0.0.1:{port}/leads" for port in found.ports]
        sending = Sending(database, urls)
        try:
            yield sending, urls
        finally:
            sending.close()


def _rate(sending: Sending) -> Callable[[int], float]:
    """Give what measures deliveries a second."""

    def measured(seconds: int) -> float:
        number = _EXPECTED * seconds
        with sending.transmitting():
            sending.add(number, rules=sending.rules)
            took = sending.seconds_until_sent(sending.rules)
        sending.analyze()
        return number / took

    return measured
