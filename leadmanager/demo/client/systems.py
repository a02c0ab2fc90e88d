"""The clients' systems: three doors that leads come in by, each with the manners of its kind of system."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from leadmanager.demo import agreed, answers
from leadmanager.demo.answers import Answer
from leadmanager.demo.client.log import say

_REFUSAL_RATE = 0.06


@dataclass(frozen=True, kw_only=True)
class TakenLead:
    """A lead as a client's system keeps it: above all the routing ID, under whatever name it came."""

    client: str
    name: str
    routing: str


class Systems:
    """Checks credentials, keeps what it takes, and tells `on_lead` about it.

    The same idempotency key again is answered as before and changes nothing: that is what a careful system does.
    """

    def __init__(self, *, on_lead: Callable[[TakenLead], None], chance: random.Random, failure_rate: float) -> None:
        self._on_lead = on_lead
        self._chance = chance
        self._failure_rate = failure_rate
        self._answered: dict[str, Answer] = {}

    def application(self) -> web.Application:
        """Give the web application."""
        application = web.Application(client_max_size=1_000_000)
        application.router.add_post(agreed.COLLEGE_PATH, self._college)
        application.router.add_post(agreed.ESTATE_PATH, self._estate)
        application.router.add_get(agreed.CENTRE_PATH, self._centre, allow_head=False)
        return application

    async def _college(self, request: web.Request) -> web.Response:
        form = await request.post()
        known = form.get("sp") == agreed.COLLEGE_SP and form.get("secret") == agreed.COLLEGE_SECRET
        lead = TakenLead(client=agreed.COLLEGE, name=str(form.get("firstname", "")), routing=str(form.get("ref", "")))
        return self._answer(request, lead, is_known=known)

    async def _estate(self, request: web.Request) -> web.Response:
        try:
            said = await request.json()
            person = said["contact"]["name"]
            name = f"{person.get('first', '')} {person.get('last', '')}".strip()
            lead = TakenLead(client=agreed.ESTATE, name=name, routing=str(said["externalRef"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _response(answers.refused(agreed.ESTATE, self._chance))
        known = request.headers.get("Authorization") == f"Bearer {agreed.ESTATE_TOKEN}"
        return self._answer(request, lead, is_known=known)

    async def _centre(self, request: web.Request) -> web.Response:
        lead = TakenLead(client=agreed.CENTRE, name=request.query.get("n", ""), routing=request.query.get("rid", ""))
        return self._answer(request, lead, is_known=request.query.get("c") == agreed.CENTRE_CODE)

    def _answer(self, request: web.Request, lead: TakenLead, *, is_known: bool) -> web.Response:
        if not is_known:
            say(f"{lead.client}: unknown credentials, refused")
            return _response(answers.locked_out(lead.client))
        key = request.headers.get("Idempotency-Key", lead.routing)
        if key in self._answered:
            say(f"{lead.client}: {lead.name} again, nothing new")
            return _response(self._answered[key])
        if self._chance.random() < self._failure_rate:
            say(f"{lead.client}: busy, try again (503)")
            return _response(answers.BUSY)
        if not lead.routing or self._chance.random() < _REFUSAL_RATE:
            answer = answers.refused(lead.client, self._chance)
            say(f"{lead.client}: {lead.name} refused ({answer.status})")
        else:
            answer = answers.taken(lead.client, self._chance)
            say(f"{lead.client}: {lead.name} taken in, routing {lead.routing}")
            self._on_lead(lead)
        self._answered[key] = answer
        return _response(answer)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})
