"""The samples of docs/clients.md, run as they stand there against a real server."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from feedback.models import AnsweredRequest, CurrentFeedback
from tests.factories import RoutingFactory, api_key

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = Path(settings.BASE_DIR, "docs", "clients.md").read_text(encoding="utf-8")


def samples(language: str) -> list[str]:
    """Give the samples of a language, without the indentation of the list they stand in."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in blocks]


def run(command: list[str], text: str, live_server: Any) -> str:
    routing = RoutingFactory()
    text = text.replace("https://leads.example.co.il", live_server.url)
    text = text.replace("019a2b3c-4d5e-7f60-8123-456789abcdef", str(routing.id))
    text = re.sub(r"\bKEY\b", api_key(routing.client), text)
    done = subprocess.run([*command, text], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_samples_read_the_reasons_and_record_a_feedback(live_server: Any) -> None:
    reasons, feedback, _with_key = samples("sh")
    assert "נקבעה פגישה" in run(["sh", "-c"], reasons, live_server)
    assert '"IsCurrent":true' in run(["sh", "-c"], feedback, live_server)
    current = CurrentFeedback.objects.get()
    assert current.feedback.reason_id == 2
    assert current.effective_at <= timezone.now()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_sample_with_a_key_records_a_feedback(live_server: Any) -> None:
    _reasons, _feedback, with_key = samples("sh")
    assert '"IsCurrent":true' in run(["sh", "-c"], with_key, live_server)
    assert AnsweredRequest.objects.get().key == "crm-8812-status-2"
