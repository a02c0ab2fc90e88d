"""Ten lines to the first feedback, in five languages.

The samples are files that tests run as they are; only address, routing ID and reason are replaced.
"""

import re
from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "developer_samples"
EXAMPLE_ADDRESS = "https://leads.example.co.il"
EXAMPLE_ID = "019a2b3c-4d5e-7f60-8123-456789abcdef"
EXAMPLE_NUMBER = 10482
EXAMPLE_REASON = 2
LANGUAGES = {
    "curl": "first_feedback.sh",
    "Python": "first_feedback.py",
    "PHP": "first_feedback.php",
    "C#": "FirstFeedback.cs",
    "JavaScript": "first_feedback.mjs",
}
_QUOTED_ID = re.compile(rf"""RoutingId(\\?"?\s*(?::|=>)\s*)\\?"{EXAMPLE_ID}\\?\"""")
_REASON = re.compile(rf"(ReasonId\W+){EXAMPLE_REASON}\b")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample: the programming language's name and the program."""

    language: str
    file_name: str
    code: str


def samples(
    address: str,
    *,
    routing_id: str = EXAMPLE_ID,
    routing_number: int | None = None,
    reason_id: int = EXAMPLE_REASON,
) -> list[Sample]:
    """Give the samples with `address` as the base of every request, about the routing and reason that are named.

    With `routing_number` they name the routing by its number instead of its ID.
    """
    return [
        Sample(
            language=language,
            file_name=file_name,
            code=_with_values(file_name, address, routing_id, routing_number, reason_id),
        )
        for language, file_name in LANGUAGES.items()
    ]


def _with_values(file_name: str, address: str, routing_id: str, routing_number: int | None, reason_id: int) -> str:
    code = (SAMPLES / file_name).read_text(encoding="utf-8").replace(EXAMPLE_ADDRESS, address)
    if routing_number is not None:
        # A number stands without quotation marks in JSON; a shell's variable has its own.
        code = _QUOTED_ID.sub(rf"RoutingNumber\g<1>{routing_number}", code)
        code = code.replace(EXAMPLE_ID, str(routing_number)).replace(
            'RoutingId\\": \\"$ROUTING_ID\\"', 'RoutingNumber\\": $ROUTING_ID'
        )
        code = code.replace("ROUTING_ID", "ROUTING_NUMBER")
    return _REASON.sub(rf"\g<1>{reason_id}", code.replace(EXAMPLE_ID, routing_id))
