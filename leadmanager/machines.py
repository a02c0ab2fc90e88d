"""The way of machines' requests: straight to their view, past what is there for people with browsers.

Under `MACHINE_PATHS` only a key or a token in the request opens anything: there is no session, no user of one, no
message, and no cookie that a foreign page could make use of. Their language is what Accept-Language says, never a
cookie. What Django does for every page around such a request costs as much as recording a feedback.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from feedback.odata.languages import language_of_request, speaking

MACHINE_PATHS = ("/api/", "/odata/")

Handler = Callable[[HttpRequest], HttpResponse]


def straight_to_view(get_response: Handler) -> Handler:
    """Middleware: answer machines' requests here, and give the others to the middleware that follows."""
    answer = cast(Handler, convert_exception_to_response(_answer))

    def middleware(request: HttpRequest) -> HttpResponse:
        return answer(request) if request.path.startswith(MACHINE_PATHS) else get_response(request)

    return middleware


def _answer(request: HttpRequest) -> HttpResponse:
    language = language_of_request(request)
    with speaking(language):
        request.LANGUAGE_CODE = language
        found = request.resolver_match = resolve(request.path_info)
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
        if callable(render := getattr(response, "render", None)):
            response = render()
    if "Content-Language" not in response.headers:
        response.headers["Content-Language"] = language
    if not response.streaming and "Content-Length" not in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    return response


class Application(WSGIHandler):
    """Django's WSGI application, which sends no signals around machines' requests.

    What listens to them looks after caches and query logs, which no request of a machine uses, and twice after
    connections, which is done here once.
    """

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # type: ignore[override]
        """Answer one request."""
        if environ.get("SCRIPT_NAME") or not environ.get("PATH_INFO", "").startswith(MACHINE_PATHS):
            return super().__call__(environ, start_response)
        request = WSGIRequest(environ)
        response = cast(HttpResponse, self.get_response(request))
        close_old_connections()
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        if response.streaming:
            return response
        request.close()
        return [response.content]
