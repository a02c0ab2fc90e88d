"""The doctor: looks at an installation from outside and says in plain words what is wrong and what to do.

It starts nothing, so it can be asked while everything is down.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts.encryption import Undecryptable, decrypt
from distribution.queries import oldest_due_s
from leadmanager.operation import figures
from leadmanager.operation.stored_secrets import SECRETS

LEAST_FREE_BYTES = 1_000_000_000
LEAST_FREE_SHARE = 0.05
LATE_S = 300
JOB_LATE_S = 900


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: a code for programs, what it is, and what to do about it."""

    code: str
    text: str
    advice: str


def examine() -> list[Finding]:
    """Give everything that is wrong, the database first: without it little else can be looked at."""
    findings = list(disk(settings.HOME_DIR))
    try:
        findings += _database_findings()
    except DatabaseError as error:
        findings.insert(0, _unreachable(error))
    return findings


def disk(directory: Path, *, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage) -> Iterator[Finding]:
    """Look at the disk that holds `directory`, or the nearest directory above it that exists."""
    while not directory.exists():
        directory = directory.parent
    total, _used, free = usage(directory)
    if free < min(LEAST_FREE_BYTES, total * LEAST_FREE_SHARE) or free < LEAST_FREE_BYTES / 10:
        yield Finding(
            code="disk_nearly_full",
            text=f"The disk of {directory} is nearly full: {free / 1e6:,.0f} MB of {total / 1e9:,.1f} GB are free.",
            advice="Free some space or enlarge the disk; once it is full, leads are refused with 503.",
        )


def _database_findings() -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    pending = list(_migrations())
    if pending:
        return pending  # what follows asks tables that may not be there
    return [finding for check in (_encryption, _processes, _late_deliveries, _late_jobs) for finding in check()]


def _unreachable(error: DatabaseError) -> Finding:
    where = connection.settings_dict["HOST"] or "this machine"
    reason = str(error).strip().splitlines()[-1].strip() if str(error).strip() else type(error).__name__
    return Finding(
        code="database_down",
        text=f"The database at {where} does not answer: {reason}",
        advice=(
            "Start the product (./run), which brings the embedded database; with DATABASE_URL set, start that server "
            "and check address, user and password."
        ),
    )


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        first = plan[0][0]
        yield Finding(
            code="migrations_pending",
            text=f"The database is older than the program: {len(plan)} migrations are pending, the first is {first}.",
            advice="Start the product again (./run migrates before it serves), or run ./run manage migrate.",
        )


def _encryption() -> Iterator[Finding]:
    unreadable = [kind.name for kind in SECRETS if not _opens(kind.newest())]
    if unreadable:
        yield Finding(
            code="encryption_key_wrong",
            text=f"The encryption key does not open what is stored: {', '.join(unreadable)}.",
            advice=(
                f"Put the right key back: the file encryption_keys in {settings.HOME_DIR}, or ENCRYPTION_KEYS. Keys "
                "keep authenticating meanwhile, but cannot be shown, and rules with secrets hold their deliveries."
            ),
        )


def _opens(ciphertext: bytes | memoryview | None) -> bool:
    if ciphertext is None:
        return True
    try:
        decrypt(ciphertext)
    except Undecryptable:
        return False
    return True


def _processes() -> Iterator[Finding]:
    running = figures.processes()
    if not running.transmit_connections:
        yield Finding(
            code="no_transmit_process",
            text="No transmit process is at work: leads are taken in, but nothing is sent to clients.",
            advice="Start the product (./run), or a transmit process by itself: ./run manage transmit.",
        )
    if not running.workers:
        yield Finding(
            code="no_worker",
            text="No worker is at work: imports, exports, mails and housekeeping wait.",
            advice="Start the product (./run), or a worker by itself: ./run manage procrastinate worker.",
        )


def _late_deliveries() -> Iterator[Finding]:
    oldest = oldest_due_s()
    if oldest > LATE_S:
        late = [d for d in figures.destinations() if not d.is_paused and d.oldest_due_s > LATE_S]
        rules = ", ".join(f"{d.rule_id} ({d.due:,} due)" for d in sorted(late, key=lambda d: -d.oldest_due_s)[:5])
        yield Finding(
            code="deliveries_late",
            text=f"Deliveries that could be sent have been due for up to {oldest / 60:,.0f} minutes; rules: {rules}.",
            advice=(
                "See the rules' cards on the client's page: a slow destination needs more requests at the same time or "
                "a word with the client; if all are late, start more transmit processes."
            ),
        )


def _late_jobs() -> Iterator[Finding]:
    late = [queue for queue in figures.queues() if queue.oldest_ready_s > JOB_LATE_S]
    if late:
        names = ", ".join(f"{queue.name} ({queue.ready:,} ready)" for queue in late)
        yield Finding(
            code="jobs_late",
            text=f"Background jobs have been ready for more than {JOB_LATE_S // 60} minutes: {names}.",
            advice="See whether a worker runs and what its log says; one long import holds up its own queue only.",
        )
