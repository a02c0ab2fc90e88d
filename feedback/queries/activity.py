"""What was done about a client, by whom, and what happened to its rules: told from the logs that keep it."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from distribution.choices import SILENCE_KINDS, AlarmKind
from distribution.models import Alarm, Rule, RuleEvent
from feedback.models import FeedbackFile, KitHandover

PAGE_SIZE = 50
# Alarms about a client itself; all others but a source's are about a rule.
_CLIENT_ALARMS = (AlarmKind.CLIENT_WITHOUT_LEADS, AlarmKind.CLIENT_WITHOUT_FEEDBACK)
_RULE_ALARMS = tuple(kind for kind in AlarmKind if kind not in SILENCE_KINDS)


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that was done or happened: when, by whom (None: by the system), about what, and what it was."""

    at: datetime
    who: User | None
    about: str
    what: str


@dataclass(frozen=True, kw_only=True)
class ActivityPage:
    """One page, newest first; `before` asks for the next, None when there is none."""

    acts: list[Act]
    before: datetime | None


def client_activity(client: User, *, before: datetime | None) -> ActivityPage:
    """Give what was done about a client before a moment (all when None); seven queries, each of a page at most."""
    rules = dict(Rule.objects.filter(client=client).values_list("pk", "name"))
    streams: list[Iterable[Act]] = [
        _logged(client, rules, before),
        _rule_events(rules, before),
        _kits_handed(client, before),
        _keys_shown(client, before),
        _alarms(client, rules, before),
        _files(client, before),
    ]
    acts = list(heapq.merge(*streams, key=lambda act: act.at, reverse=True))
    page = acts[:PAGE_SIZE]
    # What happened at the same moment as the last one comes on this page too: the next begins before that moment.
    while len(page) < len(acts) and acts[len(page)].at == page[-1].at:
        page.append(acts[len(page)])
    return ActivityPage(acts=page, before=page[-1].at if len(acts) > PAGE_SIZE else None)


def _newest(rows: QuerySet[Any], field: str, before: datetime | None) -> QuerySet[Any]:
    if before is not None:
        rows = rows.filter(**{f"{field}__lt": before})
    return rows.order_by(f"-{field}")[: PAGE_SIZE + 1]


def _logged(client: User, rules: dict[int, str], before: datetime | None) -> Iterator[Act]:
    """What the admin's log says of the client (its keys included) and of its rules."""

    def entries_of(model: type[Model], ids: Iterable[int]) -> Q:
        return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in ids])

    users = ContentType.objects.get_for_model(User).pk
    found = LogEntry.objects.filter(entries_of(User, [client.pk]) | entries_of(Rule, rules)).select_related("user")
    for entry in _newest(found, "action_time", before):
        about = "" if entry.content_type_id == users else entry.object_repr
        yield Act(at=entry.action_time, who=entry.user, about=about, what=entry.get_change_message() or _flag(entry))


def _flag(entry: LogEntry) -> str:
    return _("added") if entry.is_addition() else _("deleted") if entry.is_deletion() else _("changed")


def _rule_events(rules: dict[int, str], before: datetime | None) -> Iterator[Act]:
    found = RuleEvent.objects.filter(rule__in=rules, by=None)  # what people do stands in the log
    for event in _newest(found, "at", before):
        reason = event.get_reason_display()
        what = f"{event.get_kind_display()}: {reason}" if reason else event.get_kind_display()
        yield Act(at=event.at, who=None, about=rules[event.rule_id], what=what)


def _kits_handed(client: User, before: datetime | None) -> Iterator[Act]:
    for kit in _newest(KitHandover.objects.filter(client=client).select_related("handed_by"), "handed_at", before):
        what = _("client kit handed over: %(way)s") % {"way": kit.get_way_display()}
        yield Act(at=kit.handed_at, who=kit.handed_by, about="", what=what)


def _keys_shown(client: User, before: datetime | None) -> Iterator[Act]:
    found = KitHandover.objects.filter(client=client, key_shown_at__isnull=False)
    for kit in _newest(found, "key_shown_at", before):
        yield Act(at=kit.key_shown_at, who=None, about="", what=_("the API key was shown on the kit's page"))


def _alarms(client: User, rules: dict[int, str], before: datetime | None) -> Iterator[Act]:
    found = Alarm.objects.filter(
        Q(kind__in=_CLIENT_ALARMS, subject_id=client.pk) | Q(kind__in=_RULE_ALARMS, subject_id__in=rules)
    )
    for alarm in _newest(found, "opened_at", before):
        about = "" if alarm.kind in _CLIENT_ALARMS else rules[alarm.subject_id]
        yield Act(at=alarm.opened_at, who=None, about=about, what=_("alarm: %(said)s") % {"said": alarm.said})


def _files(client: User, before: datetime | None) -> Iterator[Act]:
    found = FeedbackFile.objects.filter(client=client).select_related("created_by").defer("content", "refused_rows")
    for record in _newest(found, "created_at", before):
        what = _("feedback file: %(file)s") % {"file": record.file_name}
        yield Act(at=record.created_at, who=record.created_by, about="", what=what)
