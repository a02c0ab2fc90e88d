"""Several transmit processes at one queue, without any fault."""

from tests.faults.account import Account
from tests.faults.place import Place
from tests.faults.stage import stage
from tests.faults.transmitters import Transmitters


def side_by_side(place: Place, name: str, *, processes: int, leads: int) -> Account:
    """Every lead is sent exactly once, however many processes compete for it."""
    with (
        stage(place, name, behaviour="delay/10") as here,
        Transmitters(place, processes) as transmitters,
    ):
        transmitters.wait_until_at_work()
        here.post(leads)
        here.settle()
        account = here.account()
    account.more |= {"processes": processes}
    account.expect(acknowledged=leads, delivered=leads, requests=leads, duplicates=0)
    return account
