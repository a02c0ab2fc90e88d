"""What came of one attempt, whichever way it went out."""

from dataclasses import dataclass, field
from typing import Any

from distribution.rules.outcome import Verdict

DETAIL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was sent and what came back, fit for storing and showing: secrets are masked.

    `quiet_s` is for how many seconds the answer asks that its whole destination be left alone.
    """

    verdict: Verdict
    detail: str
    duration_ms: int
    status: int | None
    error_code: str
    method: str
    url: str
    request_headers: list[list[str]]
    request_body: bytes | None
    response_headers: list[list[str]] | None
    response_body: bytes | None
    is_cut: bool = False
    reference: str = ""
    captured: dict[str, str] = field(default_factory=dict)
    quiet_s: float | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
