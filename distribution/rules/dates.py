"""Dates as forms and files write them."""

import re
from datetime import UTC, datetime, tzinfo

# 20/11/2026 14:05, 20.11.2026, 1-2-2026 9:00:30: day first, as everybody in Israel writes.
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_EPOCH = re.compile(r"\d{10}(\d{3})?", re.ASCII)
_YEARS = range(1970, 2101)


def parse_moment(text: str, *, zone: tzinfo) -> datetime | None:
    """Give the moment that a text names, None for what is no date.

    ISO 8601, day-first dates with or without a time, and Unix time in seconds or milliseconds are understood.
    Without an offset the text is of `zone`; without a time it is the day's first moment.
    """
    text = text.strip()
    try:
        if _EPOCH.fullmatch(text):
            seconds = int(text) / (1000 if len(text) > 10 else 1)
            return datetime.fromtimestamp(seconds, tz=UTC)
        if parts := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in parts.groups())
            moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone comes below
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        # Also what PostgreSQL is given: an offset at the calendar's edge has no UTC form.
        return moment if moment.astimezone(UTC).year in _YEARS else None
    except (ValueError, OverflowError):
        return None
