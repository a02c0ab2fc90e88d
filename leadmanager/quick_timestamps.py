"""Reading `timestamptz` quickly: a page of the API holds hundreds, and took a sixth of its time to read them."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import BaseTzLoader, get_adapters_template


class QuickLoader(BaseTzLoader):
    """Django's reader for connections that speak UTC, as all of ours do, by what Python does in C."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """Give the moment; what is no ISO date of the years 1 to 9999 is left to Django's reader."""
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            moment: datetime = super().load(data)
            return moment


def register() -> None:
    """Have every connection made from now on read this way."""
    get_adapters_template(settings.USE_TZ, UTC).register_loader("timestamptz", QuickLoader)
