"""Third-party OData clients, unmodified, against the real server: each of the things that a client's system does."""

from decimal import Decimal
from typing import Any

import pytest

from distribution.models import Routing
from feedback.models import Feedback, Reason
from tests.clients.conftest import CITIES, FAMILIES, Session
from tests.clients.programs import BATCH, EXPAND, FILTER, METADATA, PATCH, POST, ClientProgram

pytestmark = [pytest.mark.clients, pytest.mark.django_db]


def reported(program: ClientProgram, session: Session, thing: str) -> Any:
    """What the program reported; fails with all it said when it reported nothing."""
    if thing in program.cannot:
        assert thing not in session.report
        pytest.skip(program.cannot[thing])
    assert thing in session.report, session.output
    return session.report[thing]


def comments_of(routing: Routing) -> list[str]:
    return list(Feedback.objects.filter(routing=routing).order_by("received_at").values_list("comment", flat=True))


def test_reads_metadata(program: ClientProgram, session: Session) -> None:
    sets = reported(program, session, METADATA)

    assert sorted(sets) == ["Feedbacks", "Reasons", "Routings"]


def test_filters(program: ClientProgram, session: Session) -> None:
    numbers = reported(program, session, FILTER)

    wanted = session.account.owner.routings.filter(lead__name__contains=FAMILIES[1], lead__city=CITIES[0])
    assert numbers == list(wanted.order_by("number").values_list("number", flat=True))
    assert len(numbers) == 2


def test_expands(program: ClientProgram, session: Session) -> None:
    expanded = reported(program, session, EXPAND)

    assert expanded == {"reason": 3, "comments": ["לא ענתה", "נקבעה פגישה ליום א'"]}


def test_posts_feedback(program: ClientProgram, session: Session) -> None:
    identifier = reported(program, session, POST)

    feedback = Feedback.objects.get(routing=session.account.posted)
    assert str(feedback.pk) == identifier.lower()
    assert (feedback.reason_id, feedback.comment, feedback.amount) == (4, program.name, Decimal("1234.50"))


def test_patches_with_an_etag(program: ClientProgram, session: Session) -> None:
    patched = reported(program, session, PATCH)

    assert patched["etag"].startswith('W/"')
    assert patched["stale"] == 412
    feedback = Feedback.objects.get(routing=session.account.patched)  # the stale change left none
    assert (feedback.reason_id, feedback.comment) == (2, program.name)


def test_sends_a_batch(program: ClientProgram, session: Session) -> None:
    batch = reported(program, session, BATCH)

    assert batch["read"] == Reason.objects.count()
    written = [Feedback.objects.get(routing=routing) for routing in session.account.batched]
    assert [each.comment for each in written] == [f"{program.name} in a batch"] * len(written)
    assert sorted(batch["posted"]) == sorted(str(each.pk) for each in written)
