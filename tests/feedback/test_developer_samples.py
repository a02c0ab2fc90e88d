"""The samples on the developer's page do what they say: each is run as it stands, against a real server."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from feedback.documents.samples import EXAMPLE_ADDRESS, LANGUAGES, samples
from feedback.models import Feedback
from tests.factories import RoutingFactory, api_key

RUNNERS = {
    "curl": lambda path: [["sh", str(path)]],
    "Python": lambda path: [["python3", str(path)]],
    "PHP": lambda path: [["php", str(path)]],
    "JavaScript": lambda path: [["node", str(path)]],
    "C#": lambda path: [
        ["mcs", "-r:System.Net.Http", f"-out:{path.with_suffix('.exe')}", str(path)],
        ["mono", str(path.with_suffix(".exe"))],
    ],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_number", [False, True], ids=["id", "number"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_records_feedback(language, by_number, live_server, tmp_path: Path):
    programs = {command[0] for command in RUNNERS[language](tmp_path / "x")} | (
        {"curl"} if language == "curl" else set()
    )
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed here; CI installs it")
    routing = RoutingFactory()
    number = routing.number if by_number else None
    made = samples(live_server.url, routing_id=str(routing.id), routing_number=number, reason_id=3)
    sample = next(sample for sample in made if sample.language == language)
    assert ("RoutingNumber" in sample.code) == by_number
    code = sample.code.replace('"KEY"', f'"{api_key(routing.client)}"')
    path = tmp_path / sample.file_name
    path.write_text(code, encoding="utf-8")
    for command in RUNNERS[language](path):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
    recorded = Feedback.objects.get()
    assert recorded.routing == routing
    assert recorded.reason_id == 3
    assert str(recorded.id) in done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_short(language):
    sample = next(sample for sample in samples(EXAMPLE_ADDRESS) if sample.language == language)
    lines = [
        line
        for line in sample.code.splitlines()
        if line.strip() and not re.match(r"\s*(#|//|<\?php|using|[{}]+$)", line)
    ]
    assert len(lines) <= 14


@pytest.mark.django_db
@pytest.mark.parametrize(("accepted", "shown"), [("he", "המשוב הראשון"), ("en", "The first feedback")])
def test_the_page_is_open_to_everybody_in_both_languages(client, accepted, shown):
    page = client.get("/api/developers/", headers={"Accept-Language": accepted})
    assert page.status_code == 200
    text = page.content.decode()
    assert shown in text
    assert "http://testserver/odata/Feedbacks" in text or "http://testserver" in text
    for language in LANGUAGES:
        assert f">{language}</h2>" in text


def test_the_documentation_points_at_the_samples():
    text = Path("docs/clients.md").read_text(encoding="utf-8")
    for name in LANGUAGES.values():
        assert f"feedback/developer_samples/{name}" in text
