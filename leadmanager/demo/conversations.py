"""How it goes on with a lead at a client: a few typical ends, each a row of feedback. No Django here."""

import random
from dataclasses import dataclass

# The reasons that are delivered with the product (design.md, "Reasons").
NO_ANSWER, IN_PROGRESS, MEETING, SALE, IRRELEVANT, WRONG_NUMBER, DUPLICATE = range(1, 8)


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One feedback: reason, words, sum in shekels, and how long after the one before it."""

    reason_id: int
    comment: str = ""
    amount: str = ""
    after_minutes: tuple[float, float] = (10, 240)


_CONVERSATIONS: tuple[tuple[int, tuple[Remark, ...]], ...] = (
    (5, (Remark(reason_id=NO_ANSWER, comment="לא ענה, ננסה שוב בערב"),)),
    (4, (Remark(reason_id=NO_ANSWER), Remark(reason_id=IN_PROGRESS, comment="נשלח חומר במייל"))),
    (4, (Remark(reason_id=IN_PROGRESS, comment="ביקש הצעת מחיר"),)),
    (
        4,
        (
            Remark(reason_id=IN_PROGRESS, comment="שיחה ראשונה, מתעניין"),
            Remark(reason_id=MEETING, comment="נקבעה פגישה ליום ראשון", after_minutes=(60, 1_500)),
        ),
    ),
    (
        3,
        (
            Remark(reason_id=MEETING, comment="פגישה בסניף"),
            Remark(reason_id=SALE, comment="נסגר", amount="4900.00", after_minutes=(1_200, 4_000)),
        ),
    ),
    (1, (Remark(reason_id=SALE, comment="נסגר בשיחה הראשונה", amount="1290.50"),)),
    (3, (Remark(reason_id=IRRELEVANT, comment="כבר רכש במקום אחר"),)),
    (1, (Remark(reason_id=WRONG_NUMBER),)),
    (1, (Remark(reason_id=DUPLICATE, comment="קיים אצלנו מלפני חודש"),)),
)


def conversation(chance: random.Random) -> tuple[Remark, ...]:
    """Give the feedback that one lead will get, in order."""
    weights = [weight for weight, _remarks in _CONVERSATIONS]
    (chosen,) = chance.choices([remarks for _weight, remarks in _CONVERSATIONS], weights)
    return chosen
