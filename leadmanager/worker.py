"""The worker's own housekeeping: jobs of a killed worker run again, finished ones are removed.

The apps' tasks are in their `tasks` modules, which procrastinate finds by itself.
"""

import procrastinate
from procrastinate.job_context import JobContext

# Long enough to look into a job that went wrong last week.
_KEEP_HOURS = 14 * 24

housekeeping = procrastinate.Blueprint()


@housekeeping.periodic(cron="* * * * *")
@housekeeping.task(name="run_stalled_jobs_again", pass_context=True, queueing_lock="run_stalled_jobs_again")
async def run_stalled_jobs_again(context: JobContext, timestamp: int) -> None:
    """Queue again what a worker had begun whose heartbeat stopped (after 30 s it is taken for dead)."""
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)


@housekeeping.periodic(cron="17 3 * * *")
@housekeeping.task(name="remove_old_jobs", pass_context=True, queueing_lock="remove_old_jobs")
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended long ago, however they ended."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=_KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def on_app_ready(app: procrastinate.App) -> None:
    """Give the worker these tasks; procrastinate calls it once Django is ready."""
    app.add_tasks_from(housekeeping, namespace="leadmanager")
