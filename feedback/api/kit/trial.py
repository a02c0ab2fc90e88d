"""Feedback on the client's test routing, answered by API OData itself: the same protocol, checks and statement."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import Caller, current_key
from distribution.models import Routing
from feedback.api.odata_model import SERVICE, authorize, principal_of
from feedback.api.odata_writes import record_one
from feedback.errors import RoutingNotFound
from feedback.odata import Declaration, EntitySet, ODataService, Write, Written, errors

PATH = "Feedbacks"
# What of the request that came tells under which address we are reached, and from where.
_PLACE = (
    "SERVER_NAME",
    "SERVER_PORT",
    "REMOTE_ADDR",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "wsgi.url_scheme",
)
_SHOWN_HEADERS = ("OData-Version", "Content-Type", "Content-Language", "Location")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What API OData answered."""

    status: int
    reason_phrase: str
    headers: list[tuple[str, str]]
    body: str


def post_on_test_routing(request: HttpRequest, *, client: User, body: str, key_text: str, language: str) -> Answer:
    """Post `body` to the feedback of a client's test routing; every other routing is unknown here.

    With `key_text` the key is checked as it is at the door, and must be the client's; without, whoever asks was let
    in before.
    """
    authenticate = _by_key(client) if key_text else _let_in(client)
    service = ODataService(declaration=_DECLARATION, root="/odata/", authenticate=authenticate, authorize=authorize)
    response = service.respond(_inner_request(request, body, key_text, language), PATH)
    return Answer(
        status=response.status_code,
        reason_phrase=response.reason_phrase,
        headers=[(name, response.headers[name]) for name in _SHOWN_HEADERS if name in response.headers],
        body=response.content.decode(),
    )


class _LetIn(NamedTuple):
    """Who tries it with the kit's link in place of a key: the client, and its key where it has one."""

    client_id: int
    key_id: int | None
    may_read: bool = True
    may_write: bool = True


def _by_key(client: User) -> Callable[[HttpRequest], Caller]:
    def authenticate(request: HttpRequest) -> Caller:
        caller = principal_of(request)
        if caller.client_id != client.pk:
            raise errors.Unauthorized(
                _("This API key works, but it belongs to another client. Ask the agency for your own."),
                challenge="Bearer",
                code="other_clients_key",
            )
        return caller

    return authenticate


def _let_in(client: User) -> Callable[[HttpRequest], _LetIn]:
    """The kit's link stands for the key; a client that has none yet can try, too."""

    def authenticate(_request: HttpRequest) -> _LetIn:
        key = current_key(client, now=timezone.now())
        return _LetIn(client.pk, None if key is None else key.pk)

    return authenticate


def _record_on_test_routing(write: Write) -> Written:
    said = write.values
    test = Routing.objects.filter(client_id=write.context.principal.client_id, is_test=True).first()
    named = (said.get("RoutingId"), said.get("RoutingNumber"))
    if named != (None, None) and (
        test is None or named[0] not in (None, test.pk) or named[1] not in (None, test.number)
    ):
        error = RoutingNotFound()
        raise errors.NotFound(str(error), code=error.code)
    return record_one(write)


def _trial(entity_set: EntitySet) -> EntitySet:
    if entity_set.name == PATH:
        return replace(entity_set, insert=_record_on_test_routing, insert_many=None)
    return replace(entity_set, insert=None, insert_many=None, update=None)


_DECLARATION: Declaration = replace(SERVICE.declaration, sets=tuple(map(_trial, SERVICE.declaration.sets)))


def _inner_request(request: HttpRequest, body: str, key_text: str, language: str) -> WSGIRequest:
    content = body.encode("utf-8", "replace")
    environ: dict[str, Any] = {name: request.META[name] for name in _PLACE if name in request.META}
    environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/odata/{PATH}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_ACCEPT_LANGUAGE": language,
        "wsgi.input": io.BytesIO(content),
    }
    if key_text:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {key_text}"
    return WSGIRequest(environ)
