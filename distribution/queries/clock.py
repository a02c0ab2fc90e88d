"""The clock that counts: the database's, the same for every process on every machine."""

from datetime import datetime

from distribution.queries.statements import run_prepared


def database_now() -> datetime:
    """Give the moment at which the database runs this."""
    moment: datetime = run_prepared("SELECT clock_timestamp()", ())[0][0]
    return moment
