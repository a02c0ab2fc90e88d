"""What a client does not know that was handed an older kit: a table."""

from dataclasses import replace

import pytest
from django.utils import translation

from feedback.rules.kit_contents import KitContents, KitReason, StoredParameter, changes, contents_of

PARAMETER = StoredParameter(rule_id=1, rule="CRM", name="externalRef", place="json_field", is_number=False)
REASON = KitReason(id=3, name_he="פגישה", name_en="Meeting", is_comment_required=False)
BEFORE = KitContents(parameters=(PARAMETER,), reasons=(REASON,))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (BEFORE, []),
        (replace(BEFORE, parameters=(replace(PARAMETER, rule="renamed", rule_id=7),)), []),
        (
            replace(BEFORE, parameters=(replace(PARAMETER, name="rid"),)),
            [
                "The routing ID now comes as rid (field of the JSON body)",
                "Nothing comes any longer as externalRef (field of the JSON body)",
            ],
        ),
        (
            replace(BEFORE, parameters=(replace(PARAMETER, is_number=True),)),
            [
                "The routing number now comes as externalRef (field of the JSON body)",
                "Nothing comes any longer as externalRef (field of the JSON body)",
            ],
        ),
        (replace(BEFORE, parameters=()), ["Nothing comes any longer as externalRef (field of the JSON body)"]),
        (replace(BEFORE, reasons=(REASON, replace(REASON, id=8, name_en="Call"))), ["New reason: 8 Call"]),
        (replace(BEFORE, reasons=(replace(REASON, name_en="Met"),)), ["Reason 3 is now called Met"]),
        (
            replace(BEFORE, reasons=(replace(REASON, is_comment_required=True),)),
            ["Reason 3 Meeting now needs a comment"],
        ),
        (replace(BEFORE, reasons=()), ["No longer used: reason 3 Meeting"]),
    ],
)
def test_what_has_changed_is_said(now: KitContents, said: list[str]) -> None:
    with translation.override("en"):
        assert changes(BEFORE, now) == said


def test_a_comment_that_is_no_longer_needed_is_said() -> None:
    with translation.override("en"):
        before = replace(BEFORE, reasons=(replace(REASON, is_comment_required=True),))
        assert changes(before, BEFORE) == ["Reason 3 Meeting no longer needs a comment"]


def test_a_snapshot_gives_the_contents_back() -> None:
    assert contents_of(BEFORE.snapshot()) == BEFORE
