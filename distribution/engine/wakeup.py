"""How the transmit loop hears at once that something is due."""

from django.db import connection

from distribution.choices import DELIVERIES_CHANNEL


def wake_transmitters() -> None:
    """Wake every transmit loop when the current transaction commits. PostgreSQL sends it once per transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [DELIVERIES_CHANNEL])
