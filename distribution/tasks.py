"""What the worker does for distribution in the background."""

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext
from procrastinate.contrib.django import app

from distribution import services
from distribution.services import delivery_moves, exports, file_runs, routing_jobs
from distribution.services.import_run import run_import
from distribution.services.rules import cancel_leftovers_of_deleted_rules

MONTHS_AHEAD = 3


@app.periodic(cron="41 2 * * *")
@app.task(name="distribution.make_partitions", queueing_lock="distribution.make_partitions")
def make_partitions(timestamp: int) -> int:
    """Make the partitions of attempts and exchanges for the coming months; gives how many were missing.

    Daily, although months are what is made: a worker that was off on one day makes up for it on the next.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT distribution_make_partitions(current_date, %s)", [MONTHS_AHEAD])
        (made,) = cursor.fetchone()
    return int(made)


@app.periodic(cron="*/5 * * * *")
@app.task(name="distribution.cancel_leftovers", queueing_lock="distribution.cancel_leftovers")
def cancel_leftovers(timestamp: int) -> int:
    """Cancel what came back from its last attempt after its rule was deleted; gives how many there were."""
    return cancel_leftovers_of_deleted_rules()


@app.periodic(cron="*/5 * * * *")
@app.task(name="distribution.watch", queueing_lock="distribution.watch")
def watch(timestamp: int) -> None:
    """Look for what staff must be told of at once."""
    services.watch(now=timezone.now())


@app.periodic(cron="7 * * * *")
@app.task(name="distribution.watch_for_silence", queueing_lock="distribution.watch_for_silence")
def watch_for_silence(timestamp: int) -> None:
    """Look for sources and clients that fell silent."""
    services.watch(now=timezone.now(), hourly=True)


@app.task(name="distribution.import_leads", queue="imports", retry=file_runs.RETRY)
def import_leads(import_id: int) -> None:
    """Import the rows of a file that are not in yet."""
    run_import(import_id)


@app.task(name=routing_jobs.TASK, queue="imports", retry=file_runs.RETRY)
def route_many(job_id: int) -> None:
    """Give the leads of a job that are not given yet."""
    routing_jobs.run_job(job_id)


@app.task(name="distribution.move_deliveries", retry=file_runs.RETRY)
def move_deliveries(move_id: int) -> None:
    """Do with many deliveries what staff chose."""
    try:
        delivery_moves.run(move_id, now=timezone.now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        why = gettext("Something unexpected happened. The log of the worker says what.")
        delivery_moves.fail(move_id, why, now=timezone.now())
        raise


@app.task(name=exports.TASK, queue="imports", retry=file_runs.RETRY)
def export_list(export_id: int) -> None:
    """Make a file of a list."""
    try:
        exports.run(export_id, now=timezone.now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        why = gettext("Something unexpected happened. The log of the worker says what.")
        exports.fail(export_id, why, now=timezone.now())
        raise


@app.periodic(cron="23 3 * * *")
@app.task(name="distribution.remove_old_exports", queueing_lock="distribution.remove_old_exports")
def remove_old_exports(timestamp: int) -> int:
    """Remove the exported files whose days are over; gives how many there were."""
    return exports.remove_old(now=timezone.now())
