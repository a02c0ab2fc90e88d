"""What is watched of caps: the rules that can take no more leads at present."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from distribution.choices import AlarmKind
from distribution.models import Rule
from distribution.queries.alarm_watches import Watch, register
from distribution.rules.alarm_settings import Thresholds
from distribution.rules.alarms import Sighting
from distribution.rules.caps import PERIODS, Tally, period_begin


def caps_reached(now: datetime, thresholds: Thresholds, open_since: Mapping[int, datetime]) -> list[Sighting]:
    """Give the rules with a cap that is full, and the longest period that it is full for."""
    capped = Rule.objects.active().filter(deleted_at__isnull=True, selection__has_key="caps")
    found = []
    for rule in capped.select_related("client", "cap_tally"):
        caps: dict[str, int] = rule.selection["caps"]
        tally = Tally(rule.cap_tally.counts if hasattr(rule, "cap_tally") else {})
        zone = ZoneInfo(rule.selection.get("time_zone") or rule.client.time_zone)
        full = [
            period
            for period in PERIODS
            if period in caps and tally.taken(period, period_begin(period, now, zone)) >= caps[period]
        ]
        if full:
            facts = {"client": rule.client_id, "period": full[-1], "limit": caps[full[-1]]}
            found.append(Sighting(subject_id=rule.pk, subject_name=f"{rule.client.name} · {rule.name}", facts=facts))
    return found


register(Watch(kind=AlarmKind.CAP_REACHED, look=caps_reached))
