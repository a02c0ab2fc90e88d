"""Transmit processes whose clocks are a day off, and two days from each other's."""

from tests.faults.account import Account
from tests.faults.place import Place, end
from tests.faults.stage import stage
from tests.faults.transmitters import SETTINGS, Transmitters
from tests.faults.waiting import wait_until

DAY_S = 86_400
LEADS = 300
RULES = 4
LATER = 40
RETRY_AFTER_S = 3_600
_STARTED_WRONGLY = """
SELECT count(*) FROM distribution_attempt attempt
JOIN distribution_delivery delivery ON delivery.id = attempt.delivery_id
WHERE delivery.rule_id = ANY(%(rules)s) AND abs(extract(epoch FROM attempt.started_at - now())) > 600
"""
# What a client's system asked to get in an hour: due then by the database's clock, and tried once.
_RIGHTLY_LATER = """
SELECT count(*) FROM distribution_delivery
WHERE rule_id = ANY(%(rules)s) AND state = 'waiting' AND attempt_count = 1
    AND extract(epoch FROM due_at - now()) BETWEEN 3000 AND 3600
"""
# What came in after that is not tried at all before that hour is over.
_RIGHTLY_QUIET = "SELECT count(*) FROM distribution_delivery WHERE rule_id = ANY(%(rules)s) AND attempt_count = 0"
_QUIET = "SELECT count(*) FROM distribution_rule WHERE id = ANY(%(rules)s) AND quiet_until > now()"


def clock_off(place: Place) -> Account:
    """A clock that is a day ahead or behind sends nothing twice, nothing early, nothing late.

    Both processes that transmit are off, one each way; web and database have the right time.
    """
    with (
        stage(place, "clock_off_later", rules=RULES, behaviour=f"retry-after/{RETRY_AFTER_S}") as later,
        stage(place, "clock_off", behaviour="delay/10") as here,
        Transmitters(place, 0) as transmitters,
    ):
        shifted = [
            place.start("transmit", "tests.faults.shifted_clock", str(seconds), "django", "transmit", settings=SETTINGS)
            for seconds in (DAY_S, -DAY_S)
        ]
        try:
            transmitters.wait_until_at_work(others=len(shifted))
            later.senders.post(RULES)
            later.wait_for_requests(RULES)
            wait_until(lambda: later.number(_QUIET) == RULES, "each rule knows that it is to be quiet")
            later.senders.post(LATER)
            later.senders.finish()
            here.post(LEADS)
            here.settle()
            account = here.account()
            account.more |= {
                "asked_to_wait": RULES,
                "waiting_rightly": later.number(_RIGHTLY_LATER),
                "quiet_rightly": later.number(_RIGHTLY_QUIET),
                "started_at_another_time": here.number(_STARTED_WRONGLY),
                "requests_too_early": later.received.count() - RULES,
            }
        finally:
            statuses = [end(process) for process in shifted]
    account.expect(
        acknowledged=LEADS, requests=LEADS, duplicates=0, waiting_rightly=RULES, quiet_rightly=LATER,
        started_at_another_time=0, requests_too_early=0,
    )  # fmt: skip
    if any(statuses):
        account.complaints.append(f"the shifted processes ended with {statuses}")
    return account
