"""The clients' people: they call the lead, and their system sends feedback back with its own key."""

import asyncio
import heapq
import itertools
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from leadmanager.demo import agreed
from leadmanager.demo.client.log import say
from leadmanager.demo.client.systems import TakenLead
from leadmanager.demo.conversations import Remark, conversation

# Seconds between taking a lead in and the first word about it, and between two words.
_FIRST_WORD_S = (2, 7)
_NEXT_WORD_S = (10, 30)
_LONGEST_NAP_S = 0.5


@dataclass(order=True)
class Due:
    """A feedback that will be sent at `at` (monotonic seconds)."""

    at: float
    order: int
    lead: TakenLead = field(compare=False)
    remark: Remark = field(compare=False)


class Reporter:
    """Sends feedback: by API OData, or by REST where the client's system speaks that."""

    def __init__(self, demo: dict[str, Any], *, pace: float, chance: random.Random) -> None:
        self._base_url = demo["base_url"]
        self._keys = {client["name"]: client["api_key"] for client in demo["clients"]}
        self._reasons = {reason["id"]: reason["name"] for reason in demo["reasons"]}
        self._pace = pace
        self._chance = chance
        self._due: list[Due] = []
        self._order = itertools.count()

    def take_on(self, lead: TakenLead) -> None:
        """Plan what will be said about a lead."""
        if lead.client not in self._keys:
            say(f"{lead.client} has another name in the product now: no key, no feedback")
            return
        at = time.monotonic()
        for place, remark in enumerate(conversation(self._chance)):
            at += self._pace * self._chance.uniform(*(_NEXT_WORD_S if place else _FIRST_WORD_S))
            heapq.heappush(self._due, Due(at, next(self._order), lead, remark))

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Send what is due, one after the other, for ever."""
        while True:
            if self._due and self._due[0].at <= time.monotonic():
                await self._send(session, heapq.heappop(self._due))
            else:
                await asyncio.sleep(self._pace * _LONGEST_NAP_S or 0.02)

    async def _send(self, session: aiohttp.ClientSession, due: Due) -> None:
        path = "/api/v1/feedback/" if due.lead.client == agreed.CENTRE else "/odata/Feedbacks"
        try:
            async with session.post(
                f"{self._base_url}{path}",
                json=self._body(due),
                headers={"Authorization": f"Bearer {self._keys[due.lead.client]}"},
            ) as response:
                said = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            say(f"{due.lead.client}: feedback could not be sent ({error!r})")
            return
        reason = self._reasons.get(due.remark.reason_id, due.remark.reason_id)
        outcome = "" if response.status < 300 else f": {said[:200]}"
        say(f"{due.lead.client}: feedback on {due.lead.name}: {reason} ({response.status}){outcome}")

    def _body(self, due: Due) -> dict[str, Any]:
        routing = due.lead.routing
        # The centre's field was too short for the id, so it kept the number.
        body: dict[str, Any] = {"RoutingNumber": int(routing)} if routing.isdecimal() else {"RoutingId": routing}
        body |= {
            "ReasonId": due.remark.reason_id,
            "OccurredAt": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "ClientReference": f"{due.lead.client[:3]}-{next(self._order)}",
        }
        if due.remark.comment:
            body["Comment"] = due.remark.comment
        if due.remark.amount:
            body["Amount"] = float(due.remark.amount)
        return body
