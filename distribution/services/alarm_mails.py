"""The mail about alarms: one for each staff member who wants to be told, however many alarms there are."""

from collections.abc import Iterable, Sequence

from django.urls import reverse

from accounts.mail.sending import queue
from accounts.mail.writing import absolute_url, write_mail
from accounts.models import User
from distribution.choices import AlarmKind
from distribution.models import Alarm, AlarmSubscription

VIEW_ALARM = "distribution.view_alarm"
MOST_LISTED = 50


def tell(*, due: Sequence[Alarm], closed: Sequence[Alarm]) -> set[int]:
    """Queue the mails about alarms that are due to be told of and of those that are over.

    Gives the ids of the due alarms that somebody is told of.
    """
    told: set[int] = set()
    if not due and not closed:
        return told
    for user, kinds in _subscribers():
        news = [alarm for alarm in due if alarm.kind in kinds]
        over = [alarm for alarm in closed if alarm.kind in kinds]
        if not news and not over:
            continue
        context = {
            "news": news[:MOST_LISTED],
            "further": max(len(news) - MOST_LISTED, 0),
            "over": over[:MOST_LISTED],
            "count": len(news),
            "first": (news or over)[0],
            "alarms_url": absolute_url(reverse("admin:distribution_alarm_changelist")),
        }
        queue(write_mail(reader=user, template="distribution/mail/alarms", context=context))
        told |= {alarm.pk for alarm in news}
    return told


def subscribed_kinds(user: User, chosen: AlarmSubscription | None) -> list[str]:
    """Give the kinds that a staff member is told of by mail: those chosen, else all for who has all permissions."""
    if chosen is not None:
        return list(chosen.kinds)
    return list(AlarmKind.values) if user.is_superuser else []


def _subscribers() -> Iterable[tuple[User, list[str]]]:
    chosen = {row.user_id: row for row in AlarmSubscription.objects.all()}
    for user in User.objects.staff().filter(is_active=True).exclude(email=""):
        kinds = subscribed_kinds(user, chosen.get(user.pk))
        if kinds and user.has_perm(VIEW_ALARM):
            yield user, kinds
