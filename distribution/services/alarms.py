"""Watching: alarms open, close, and are told of, all in one transaction with the mails about them.

Any number of workers may watch; one at a time does, and the others find nothing left to say.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from distribution.choices import AlarmKind
from distribution.models import Alarm, AlarmSetting
from distribution.queries.alarm_watches import Watch, watches
from distribution.rules.alarm_settings import Thresholds, thresholds
from distribution.rules.alarms import OpenAlarm, Sighting, compare, is_to_be_told
from distribution.services.alarm_mails import tell

logger = logging.getLogger(__name__)

# Its text's hash is the advisory lock of whoever watches.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('distribution.alarms'))"


def watch(*, now: datetime, hourly: bool = False) -> None:
    """Look at everything that is watched every few minutes (or `hourly`), and bring the alarms up to date.

    New alarms are told of by mail, those told of long ago again, and those over get a closing note. A watch that
    fails leaves its alarms as they are.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        settings = list(AlarmSetting.objects.all())
        closed: list[Alarm] = []
        for each in watches(hourly=hourly):
            kind_thresholds = thresholds(each.kind, settings)
            try:
                with transaction.atomic():
                    closed += _bring_up_to_date(each, kind_thresholds, now)
            except Exception:
                logger.exception("the watch for %s failed", each.kind)
        due = [
            alarm
            for alarm in Alarm.objects.open()
            if is_to_be_told(
                told_at=alarm.told_at,
                is_acknowledged=alarm.acknowledged_at is not None,
                now=now,
                remind_after=thresholds(AlarmKind(alarm.kind), settings).of(alarm.subject_id).remind_after,
            )
        ]
        told = tell(due=due, closed=[alarm for alarm in closed if alarm.told_at is not None])
        Alarm.objects.filter(pk__in=told).update(told_at=now)


def acknowledge(*, alarm: Alarm, by: User, now: datetime) -> None:
    """Say that somebody sees to it: no further mails until it is over. The first to say so stays named."""
    Alarm.objects.open().filter(pk=alarm.pk, acknowledged_at__isnull=True).update(
        acknowledged_at=now, acknowledged_by=by
    )


def _bring_up_to_date(each: Watch, kind_thresholds: Thresholds, now: datetime) -> list[Alarm]:
    """Open, renew and close the alarms of one kind; give those closed because they are over."""
    alarms = list(Alarm.objects.open().filter(kind=each.kind))
    unwatched = {alarm.pk for alarm in alarms if not kind_thresholds.of(alarm.subject_id).is_on}
    Alarm.objects.filter(pk__in=unwatched).update(closed_at=now)
    watched = [alarm for alarm in alarms if alarm.pk not in unwatched]
    open_since = {alarm.subject_id: alarm.opened_at for alarm in watched}
    sightings = [
        sighting
        for sighting in each.look(now, kind_thresholds, open_since)
        if kind_thresholds.of(sighting.subject_id).is_on
    ]
    known = [OpenAlarm(id=alarm.pk, subject_id=alarm.subject_id, seen_at=alarm.seen_at) for alarm in watched]
    changes = compare(known, sightings, now=now)
    _renew(watched, dict(changes.seen), now)
    Alarm.objects.bulk_create(
        Alarm(
            kind=each.kind,
            subject_id=sighting.subject_id,
            subject_name=sighting.subject_name[:200],
            facts=dict(sighting.facts),
            opened_at=now,
            seen_at=now,
        )
        for sighting in changes.opened
    )
    Alarm.objects.filter(pk__in=changes.closed).update(closed_at=now)
    return [alarm for alarm in watched if alarm.pk in set(changes.closed)]


def _renew(alarms: Sequence[Alarm], seen: dict[int, Sighting], now: datetime) -> None:
    renewed = [alarm for alarm in alarms if alarm.pk in seen]
    for alarm in renewed:
        alarm.seen_at, alarm.facts = now, dict(seen[alarm.pk].facts)
        alarm.subject_name = seen[alarm.pk].subject_name[:200]
    Alarm.objects.bulk_update(renewed, ["seen_at", "facts", "subject_name"])
