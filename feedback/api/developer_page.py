"""The page for the client's developer: ten lines to the first feedback, in five languages.

The samples are files that tests run as they are; only the address is replaced by this installation's own.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback import queries

SAMPLES = Path(__file__).resolve().parent.parent / "developer_samples"
EXAMPLE_ADDRESS = "https://leads.example.co.il"
SHEETS = [f"leadmanager/css/{name}.css" for name in ("tokens", "base", "controls", "components", "panels")]
LANGUAGES = {
    "curl": "first_feedback.sh",
    "Python": "first_feedback.py",
    "PHP": "first_feedback.php",
    "C#": "FirstFeedback.cs",
    "JavaScript": "first_feedback.mjs",
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample: the programming language's name and the program."""

    language: str
    file_name: str
    code: str


def samples(address: str) -> list[Sample]:
    """Give the samples with `address` as the base of every request."""
    return [
        Sample(
            language=language,
            file_name=file_name,
            code=(SAMPLES / file_name).read_text(encoding="utf-8").replace(EXAMPLE_ADDRESS, address),
        )
        for language, file_name in LANGUAGES.items()
    ]


@require_safe
def developer_page(request: HttpRequest) -> HttpResponse:
    """Show the way to the first feedback; open to everybody, since it holds nothing of anybody."""
    address = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    context = {
        "address": address,
        "samples": samples(address),
        "reasons": queries.reasons_for_clients(),
        "sheets": SHEETS,
    }
    return render(request, "feedback/developer_page.html", context)
