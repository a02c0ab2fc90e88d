"""What the loop knows about rule versions, read once each: a version that went live never changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from psycopg.rows import dict_row

from distribution.engine import statements
from distribution.engine.connections import Connection
from distribution.rules.rendering import RenderFailure, RequestPlan, compile_plan

MOST_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version ready to send: `plan` or, when its mappings contradict each other, `failure`.

    The secret stays encrypted here; it is opened per attempt.
    """

    id: int
    plan: RequestPlan | None
    failure: RenderFailure | None
    timeout_s: int
    auth_kind: str
    auth_username: str
    auth_secret: bytes | None


class VersionCache:
    """The versions that this process has sent by."""

    def __init__(self) -> None:
        self._versions: dict[int, LoadedVersion] = {}

    def __getitem__(self, version_id: int) -> LoadedVersion:
        return self._versions[version_id]

    async def load(self, connection: Connection, version_ids: Iterable[int]) -> None:
        """Read those that are not known yet."""
        missing = sorted(set(version_ids) - self._versions.keys())
        if not missing:
            return
        if len(self._versions) + len(missing) > MOST_KEPT:
            self._versions.clear()
            missing = sorted(set(version_ids))
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statements.MAPPINGS, {"versions": missing})
            mappings: dict[int, list[Any]] = {version_id: [] for version_id in missing}
            for row in await cursor.fetchall():
                mappings[row["version_id"]].append(SimpleNamespace(**row))
            await cursor.execute(statements.VERSIONS, {"versions": missing})
            for row in await cursor.fetchall():
                self._versions[row["id"]] = _loaded(row, mappings[row["id"]])


def _loaded(row: dict[str, Any], mappings: list[Any]) -> LoadedVersion:
    plan, failure = None, None
    try:
        plan = compile_plan(SimpleNamespace(**row), mappings)
    except RenderFailure as error:
        failure = error
    return LoadedVersion(
        id=row["id"],
        plan=plan,
        failure=failure,
        timeout_s=row["timeout_s"],
        auth_kind=row["auth_kind"],
        auth_username=row["auth_username"],
        auth_secret=row["auth_secret"],
    )
