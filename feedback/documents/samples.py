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
_REASON = re.compile(rf"(ReasonId\W+){EXAMPLE_REASON}\b")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample: the programming language's name and the program."""

    language: str
    file_name: str
    code: str


def samples(address: str, *, routing_id: str = EXAMPLE_ID, reason_id: int = EXAMPLE_REASON) -> list[Sample]:
    """Give the samples with `address` as the base of every request, about the routing and reason that are named."""
    return [
        Sample(language=language, file_name=file_name, code=_with_values(file_name, address, routing_id, reason_id))
        for language, file_name in LANGUAGES.items()
    ]


def _with_values(file_name: str, address: str, routing_id: str, reason_id: int) -> str:
    code = (SAMPLES / file_name).read_text(encoding="utf-8")
    code = code.replace(EXAMPLE_ADDRESS, address).replace(EXAMPLE_ID, routing_id)
    return _REASON.sub(rf"\g<1>{reason_id}", code)
