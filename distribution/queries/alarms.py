"""The alarms that screens show."""

from django.db.models import F

from distribution.models import Alarm

MOST_SHOWN = 100


def open_alarms(*, limit: int = MOST_SHOWN) -> list[Alarm]:
    """Give the open alarms: those nobody acknowledged first, then the newest."""
    alarms = Alarm.objects.open().select_related("acknowledged_by")
    return list(alarms.order_by(F("acknowledged_at").asc(nulls_first=True), "-opened_at", "-id")[:limit])


def open_alarm_count() -> int:
    """Give how many alarms are open that nobody acknowledged."""
    return Alarm.objects.open().filter(acknowledged_at__isnull=True).count()


def past_alarms(*, limit: int) -> list[Alarm]:
    """Give those that are over, the latest first."""
    return list(Alarm.objects.filter(closed_at__isnull=False).order_by("-closed_at")[:limit])
