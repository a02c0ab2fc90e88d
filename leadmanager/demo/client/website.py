"""A website whose visitors leave their details: new leads, in turns from every source."""

import asyncio
import itertools
import random
import secrets
from typing import Any

import aiohttp

from leadmanager.demo import agreed
from leadmanager.demo.client.log import say
from leadmanager.demo.people import make_person

_PAUSE_S = (4.0, 6.0)
_AT_ONCE = 3  # the first visitors come together, so that nobody has to wait for the first one
_QUESTIONS = {agreed.GOOGLE: "interest", agreed.FACEBOOK: "rooms", agreed.WEBSITE: "product"}


class Website:
    """Posts leads with the sources' tokens."""

    def __init__(self, demo: dict[str, Any], *, pace: float, chance: random.Random) -> None:
        self._url = f"{demo['base_url']}/api/v1/leads/"
        self._sources = itertools.cycle(demo["sources"])
        self._pace = pace
        self._chance = chance

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Send leads for ever."""
        for count in itertools.count(1):
            await self._send(session, next(self._sources))
            if count >= _AT_ONCE:
                await asyncio.sleep(self._pace * self._chance.uniform(*_PAUSE_S) or 0.2)

    async def _send(self, session: aiohttp.ClientSession, source: dict[str, str]) -> None:
        person = make_person(self._chance, question=_QUESTIONS.get(source["name"], "product"))
        lead = {
            "external_id": f"web-{secrets.token_hex(6)}",
            "name": person.name,
            "phone": person.phone,
            "email": person.email,
            "city": person.city,
            "notes": person.notes,
            "consent": person.consent,
            **person.data,
        }
        try:
            async with session.post(
                self._url, json=lead, headers={"Authorization": f"Bearer {source['token']}"}
            ) as response:
                said = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            say(f"{source['name']}: the lead could not be sent ({error!r})")
            return
        outcome = "" if response.status < 300 else f": {said[:200]}"
        say(f"{source['name']}: {person.name} left details ({response.status}){outcome}")
