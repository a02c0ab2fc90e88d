"""Open a page of this directory in Chromium, which runs a client in it, and print what the page says.

The page comes from another origin than the service: its requests are cross-origin, as those of a client's portal are.
"""

import functools
import http.server
import os
import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

CLIENTS = Path(__file__).resolve().parent.parent
PATIENCE_MS = 90_000


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: stdout is the page's."""


def main() -> None:
    """Run the page named in the first argument until it is done."""
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(CLIENTS)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        page = browser.new_page()
        page.on("console", lambda message: print(message.text, flush=True))
        page.on("pageerror", lambda error: print(error, flush=True))
        page.add_init_script(f"window.task = {os.environ['TASK']};")
        page.goto(f"http://127.0.0.1:{files.server_port}/{sys.argv[1]}")
        page.wait_for_function("document.title === 'done'", timeout=PATIENCE_MS)
        browser.close()


if __name__ == "__main__":
    main()
