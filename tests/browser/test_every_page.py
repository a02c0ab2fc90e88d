"""Every page of the admin: content with the policy, asking nobody else, and usable by everybody (WCAG 2.2 AA).

With SCREENSHOTS_DIR set (`./run screenshots DIR`) each page is kept as a picture: light and dark, desktop and phone.
"""

import io
import os
import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from accounts.models import User
from tests.browser.every_page import walk
from tests.effort import effort

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ["he", "en"][: effort(1, ci=2, full=2)]
WORST = {"serious", "critical"}
DESKTOP, PHONE = {"width": 1360, "height": 900}, {"width": 375, "height": 812}
# Swagger UI draws this one; its headings of operations are buttons that hold links.
DRAWN_BY_OTHERS = {"api/docs/"}
# Pages that must be among those that the walk finds, or it has not gone far enough.
EXPECTED = {
    "admin/",
    "admin/accounts/user/",
    "admin/accounts/user/<path:object_id>/change/",
    "admin/accounts/user/<int:client_id>/tab/<slug:slug>/ rules",
    "admin/distribution/lead/<path:object_id>/change/",
    "admin/distribution/rule/<path:object_id>/change/",
    "admin/distribution/delivery/",
    "admin/feedback/reason/",
    "admin/reports/",
    "admin/reports/funnel/",
    "admin/reports/month/",
    "admin/distribution/routing/",
    "admin/feedback/scheduledreport/add/",
}


def wrong_for_some(page: Page, *, only: list[str] | None = None) -> list[str]:
    """Give what keeps people from using the page as it stands: axe's serious and critical findings."""
    page.evaluate(AXE)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    options["runOnly"] = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        if violation["impact"] in WORST
        for node in violation["nodes"]
    ]


def keep_pictures(page: Page, name: str) -> None:
    directory = os.environ.get("SCREENSHOTS_DIR")
    if not directory:
        return
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.screenshot(path=str(Path(directory) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_content_and_open_to_everybody(page: Page, watched: Any, live_server: Any, language: str) -> None:
    call_command("demo", "--json", stdout=io.StringIO())
    staff = User.objects.create_superuser("walker", "walker", name="נועה בן־דוד", language=language)
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", staff.username)
    page.fill("input[name=password]", "walker")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{live_server.url}/admin/")

    kinds, complaints = [], []
    for kind in walk(page, live_server.url):
        kinds.append(kind)
        name = re.sub(r"\W+", "-", kind).strip("-")
        for theme, rules in (("light", None), ("dark", ["color-contrast"])):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            with watched.looking_away():
                if kind in DRAWN_BY_OTHERS:
                    rules = ["color-contrast"]
                complaints += [f"{kind} ({theme}): {wrong}" for wrong in wrong_for_some(page, only=rules)]
            keep_pictures(page, f"{name}-{language}-{theme}")

    assert not complaints, "\n".join(complaints)
    assert set(kinds) >= EXPECTED
