"""Transmit processes and the database server are killed again and again while leads come in."""

from dataclasses import dataclass

from tests.faults.account import Account
from tests.faults.place import Place
from tests.faults.stage import stage
from tests.faults.transmitters import Transmitters

# Of a hundred requests, 5 are taken without an answer and 5 are answered 500; each takes 20 ms.
BEHAVIOUR = "unreliable/5/5/20"
# A sender goes on through a restart of the database, as the ones that promise delivery do.
TRIES = 60


@dataclass(frozen=True)
class Plan:
    """How much of it."""

    leads: int
    turns: tuple[int, ...]
    """How many of the two processes each turn kills."""
    postmaster_kills: int


QUICK = Plan(leads=400, turns=(1, 1, 2, 2), postmaster_kills=2)
FULL = Plan(leads=10_000, turns=(1, 1, 2) * 50, postmaster_kills=25)


def kills(place: Place, plan: Plan) -> Account:
    """Nothing that was acknowledged is lost; what comes twice was under way when a process died or an answer was lost.

    Some turns kill one process beside one at work, others both. Each turn begins without arrears, so that what a kill
    cuts off is what came in that turn, and not the same leads again and again. Postmaster kills are spread evenly,
    each just before a process is killed.
    """
    turns = plan.turns
    with (
        stage(place, "kills", behaviour=BEHAVIOUR, tries=TRIES) as here,
        Transmitters(place, 2) as transmitters,
    ):
        postmaster_kills = 0
        for turn, number in enumerate(turns):
            transmitters.wait_until_at_work()
            here.catch_up()
            here.post(plan.leads * (turn + 1) // len(turns) - plan.leads * turn // len(turns))
            if plan.postmaster_kills * (turn + 1) // len(turns) > postmaster_kills:
                place.kill_postmaster()
                postmaster_kills += 1
            if number == 1:
                transmitters.kill_oldest()
            else:
                transmitters.kill_all()
        here.settle()
        account = here.account()
    account.more |= {"process_kills": transmitters.killed, "postmaster_kills": postmaster_kills}
    account.expect(acknowledged=plan.leads, process_kills=sum(turns), postmaster_kills=plan.postmaster_kills)
    return account
