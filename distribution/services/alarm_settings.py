"""What staff set about alarms: from when on something counts as one, and which of them come to whom by mail."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import User
from distribution.choices import AlarmKind
from distribution.models import AlarmSetting, AlarmSubscription
from distribution.rules.alarm_settings import EVERYTHING, Threshold


def save_thresholds(chosen: Mapping[AlarmKind, Threshold]) -> None:
    """Set from when on each kind counts as an alarm."""
    with transaction.atomic():
        for kind, threshold in chosen.items():
            _save(kind, EVERYTHING, threshold)


def set_own_threshold(*, kind: AlarmKind, subject_id: int, threshold: Threshold) -> None:
    """Give one source or client a threshold of its own."""
    _save(kind, subject_id, threshold)


def remove_own_threshold(*, setting_id: int) -> None:
    """Let the general threshold hold again."""
    AlarmSetting.objects.filter(pk=setting_id).exclude(subject_id=EVERYTHING).delete()


def subscribe(*, user: User, kinds: Sequence[str]) -> None:
    """Let these kinds of alarms come to a staff member by mail, and no others."""
    AlarmSubscription.objects.update_or_create(user=user, defaults={"kinds": list(kinds)})


def _save(kind: AlarmKind, subject_id: int, threshold: Threshold) -> None:
    AlarmSetting.objects.update_or_create(
        kind=kind,
        subject_id=subject_id,
        defaults={
            "is_on": threshold.is_on,
            "threshold": threshold.value,
            "remind_after_h": threshold.remind_after_h,
        },
    )
