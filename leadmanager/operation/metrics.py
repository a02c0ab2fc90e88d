"""`/metrics`: the figures in Prometheus' text form, for this machine or whoever has the token.

Source: Prometheus exposition formats, text format 0.0.4.
"""

import secrets
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadmanager.operation import figures

_LOOPBACK = {"127.0.0.1", "::1"}
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
# A proxy on this machine asks from a loopback address for people who are elsewhere.
_FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
_QUANTILES = ("0.5", "0.95", "0.99")


class FiguresCollector(Collector):
    """Reads the figures anew at each scrape; rules and clients are named by their ids."""

    def collect(self) -> Iterator[Metric]:
        """Yield all figures."""
        yield from self._destinations()
        yield from self._attempts()
        yield from self._arrivals()
        yield from self._background()

    def _destinations(self) -> Iterator[Metric]:
        labels = ["rule", "client"]
        due = GaugeMetricFamily("leadmanager_deliveries_due", "Deliveries due now, by rule", labels=labels)
        oldest = GaugeMetricFamily(
            "leadmanager_deliveries_oldest_due_seconds", "For how long the oldest delivery has been due", labels=labels
        )
        sending = GaugeMetricFamily("leadmanager_deliveries_sending", "Deliveries under way, by rule", labels=labels)
        paused = GaugeMetricFamily("leadmanager_rule_paused", "1 while the rule is paused", labels=labels)
        for destination in figures.destinations():
            values = [str(destination.rule_id), str(destination.client_id)]
            due.add_metric(values, destination.due)
            oldest.add_metric(values, destination.oldest_due_s)
            sending.add_metric(values, destination.sending)
            paused.add_metric(values, destination.is_paused)
        yield from (due, oldest, sending, paused)

    def _attempts(self) -> Iterator[Metric]:
        rate = GaugeMetricFamily(
            "leadmanager_attempts_per_second", "Attempts begun in the last five minutes, by outcome", labels=["outcome"]
        )
        duration = GaugeMetricFamily(
            "leadmanager_attempt_duration_seconds",
            "How long clients' systems took in the last five minutes",
            labels=["outcome", "quantile"],
        )
        for outcome in figures.outcomes():
            rate.add_metric([outcome.outcome], outcome.count / figures.WINDOW_S)
            for quantile, value in zip(_QUANTILES, outcome.quantiles_ms, strict=False):
                duration.add_metric([outcome.outcome, quantile], value / 1000)
        yield from (rate, duration)

    def _arrivals(self) -> Iterator[Metric]:
        leads, feedbacks = figures.arrivals()
        yield GaugeMetricFamily(
            "leadmanager_leads_per_second", "Leads taken in, last five minutes", value=leads / figures.WINDOW_S
        )
        yield GaugeMetricFamily(
            "leadmanager_feedbacks_per_second",
            "Feedback taken in, last five minutes",
            value=feedbacks / figures.WINDOW_S,
        )

    def _background(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("leadmanager_jobs_ready", "Jobs ready to be begun, by queue", labels=["queue"])
        running = GaugeMetricFamily("leadmanager_jobs_running", "Jobs begun, by queue", labels=["queue"])
        oldest = GaugeMetricFamily(
            "leadmanager_jobs_oldest_ready_seconds", "For how long the oldest ready job has waited", labels=["queue"]
        )
        for queue in figures.queues():
            ready.add_metric([queue.name], queue.ready)
            running.add_metric([queue.name], queue.running)
            oldest.add_metric([queue.name], queue.oldest_ready_s)
        yield from (ready, running, oldest)
        processes = figures.processes()
        yield GaugeMetricFamily(
            "leadmanager_transmit_connections",
            "Database connections of transmit loops",
            value=processes.transmit_connections,
        )
        yield GaugeMetricFamily("leadmanager_workers", "Workers with a fresh heartbeat", value=processes.workers)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures; whoever may not have them is told that there is nothing here."""
    if not _may_ask(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    try:
        registry.register(FiguresCollector())
        text = generate_latest(registry)
    except DatabaseError:
        # Prometheus shows a failed scrape as the target being down, which is what it is.
        return HttpResponse(
            "database unavailable\n", status=503, content_type="text/plain", headers={"Retry-After": "5"}
        )
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_ask(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    host, _port = split_domain_port(request.get_host())
    is_forwarded = any(name in request.META for name in _FORWARDING)
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and host in _LOOPBACK_HOSTS and not is_forwarded
