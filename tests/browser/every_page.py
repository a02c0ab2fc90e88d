"""Finding every page of the admin as a person does, by following links; one page stands for all of its kind."""

from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

START = "/admin/"
# Downloads, and what ends the walk.
LEFT_OUT = ("/admin/logout/", "/admin/jsi18n/")


def walk(page: Page, origin: str, *, also: tuple[str, ...] = ()) -> Iterator[str]:
    """Open one page of every kind that links lead to, from the first page on and from `also`; yield its kind.

    The kind is the pattern of its address, and for a client's tabs the tab too. The page stays open until the next is
    asked for.
    """
    seen: set[str] = set()
    waiting = deque([START, *also])
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        if kind is None or kind in seen or path.startswith(LEFT_OUT):
            continue
        seen.add(kind)
        if not _open(page, origin + path):
            continue
        yield kind
        waiting += [
            urlsplit(href).path + ("?" + urlsplit(href).query if urlsplit(href).query else "")
            for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
            if href.startswith(origin + "/")
        ]


def kind_of(path: str) -> str | None:
    """Give the kind of an address; None when nothing of ours answers there."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return " ".join([match.route, *(str(value) for name, value in match.kwargs.items() if name == "slug")])


def _open(page: Page, url: str) -> bool:
    """Go to a page; False when what came is no page, such as a file to keep."""
    response = page.request.get(url, max_redirects=0)
    is_page = "text/html" in response.headers.get("content-type", "") and "attachment" not in response.headers.get(
        "content-disposition", ""
    )
    if response.status != 200 or not is_page:
        return False
    page.goto(url)
    page.wait_for_load_state("load")
    return True
