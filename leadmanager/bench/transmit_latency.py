"""Benchmark of an idle system: from the moment a lead is posted to the first byte at its client's system."""

import http.client
import json
import time
from statistics import quantiles
from urllib.parse import urlsplit

from django.utils import timezone

from distribution.choices import SourcesMode
from distribution.models import Rule
from distribution.services.sources import create_source
from leadmanager.bench.errors import BenchmarkFailed
from leadmanager.bench.measuring import Plan, Result
from leadmanager.bench.place import served
from leadmanager.bench.sending import Sending, receivers
from leadmanager.launch.database import Database

# What nobody notices: a lead is with the client before the page that took it has loaded.
_WANTED_MS = 700.0
_LEADS_A_ROUND = 40
_PAUSE_S = 0.05
_LONGEST_S = 10.0


def transmit_latency(database: Database, plan: Plan) -> Result:
    """Milliseconds within which 95 of 100 leads posted one by one have reached the receiver, against those wanted."""
    with receivers(delay_ms=0, ports=1) as found, served(database) as root:
        sending = Sending(database, [f"http://127.0.0.1:{found.ports[0]}/leads"])
        issued = create_source(name="Latency", by=None, now=timezone.now())
        rule = Rule.objects.get(pk=sending.rules[0].pk)
        rule.sources_mode = SourcesMode.SOME
        rule.save(update_fields=["sources_mode"])
        rule.sources.add(issued.source)
        try:
            with sending.transmitting():
                intake = http.client.HTTPConnection(urlsplit(root).netloc, timeout=_LONGEST_S)
                receiver = http.client.HTTPConnection("127.0.0.1", found.ports[0], timeout=_LONGEST_S)
                _took_ms(intake, receiver, issued.text, 0)
                took = [
                    _took_ms(intake, receiver, issued.text, number)
                    for number in range(1, _LEADS_A_ROUND * plan.rounds + 1)
                ]
        finally:
            sending.close()
    value = quantiles(took, n=20)[-1]
    return Result(
        name="transmit_latency", value=round(value, 1), unit="ms (p95)", baseline=_WANTED_MS,
        ratio=round(value / _WANTED_MS, 3),
    )  # fmt: skip


def _took_ms(
    intake: http.client.HTTPConnection, receiver: http.client.HTTPConnection, token: str, number: int
) -> float:
    """Post a lead and give after how many milliseconds it arrived."""
    time.sleep(_PAUSE_S)
    lead = json.dumps({"id": f"latency-{number}", "name": "דנה לוי", "phone": f"050-{number:07}"})
    began = time.time()
    intake.request("POST", "/api/v1/leads/", lead, {"Content-Type": "application/json", "X-Source-Token": token})
    answer = intake.getresponse()
    said = answer.read()
    if answer.status != 201:
        raise BenchmarkFailed(f"Intake answered {answer.status}: {said[:200]!r}")
    while time.time() - began < _LONGEST_S:
        receiver.request("GET", "/arrivals")
        if arrivals := json.loads(receiver.getresponse().read()):
            return float(arrivals[0] - began) * 1000
        time.sleep(0.005)
    raise BenchmarkFailed("A lead did not arrive.")
