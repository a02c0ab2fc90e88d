"""Chromium for the browser tests: Debian's, headless, allowed to talk to this machine only."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Where to keep pictures of each step, for looking at them; unset: none are made.
SCREENSHOTS = os.environ.get("SCREENSHOTS_DIR", "")


# By module: while Playwright runs, its event loop counts as running in this thread, where other tests start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("LEADMANAGER_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright drives the browser from an event loop in this thread, where Django would refuse the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1360, "height": 900}, locale="he-IL", timezone_id="Asia/Jerusalem")
    made.set_default_timeout(15_000)
    yield made
    made.close()


class Watched:
    """What a page complained about, and whom it asked: both must stay empty."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._is_looking = True

    def follow(self, page: Page, origin: str) -> None:
        page.on("console", lambda m: self._note(f"{page.url}: {m.text}") if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._note(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda r: None if r.url.startswith((origin, "data:", "blob:")) else self._note(f"asked {r.url}"),
        )

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Leave alone what a tool of the test's own does to the page."""
        self._is_looking = False
        yield
        self._is_looking = True

    def _note(self, complaint: str) -> None:
        if self._is_looking:
            self.complaints.append(complaint)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def page(context: BrowserContext, live_server, watched: Watched) -> Iterator[Page]:
    """A page that fails its test when something in it complained: an error, a CSP violation, a foreign host."""
    opened = context.new_page()
    watched.follow(opened, live_server.url)
    yield opened
    opened.close()
    assert not watched.complaints, "\n".join(watched.complaints)


@pytest.fixture
def snap(page: Page):
    """Keep a picture of the page as it is, when somebody wants to look."""

    def take(name: str) -> None:
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)

    return take
