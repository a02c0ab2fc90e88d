"""What tools say about the sources: each must be content."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent

TOOLS = {
    "ruff check": ["ruff", "check", ".", "run"],
    "ruff format": ["ruff", "format", "--check", ".", "run"],
    "mypy": ["mypy"],
    "import contracts": ["importlinter.cli"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "migrations match the models": ["django", "makemigrations", "--check", "--dry-run"],
    "both catalogues complete": ["django", "messages", "--check"],
    "fit for the internet": ["django", "check", "--deploy", "--fail-level", "WARNING"],
}


@pytest.mark.parametrize("arguments", TOOLS.values(), ids=TOOLS.keys())
def test_is_content(arguments: list[str]) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "leadmanager.settings",
        "PUBLIC_URL": "https://leads.example.com",
        "EMAIL_URL": "smtps://leads.example.com",
    }
    command = [sys.executable, "-m", *arguments]
    if arguments == ["importlinter.cli"]:
        command = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
