"""What the loop knows about rule versions, read once each: a version that went live never changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from psycopg.rows import dict_row

from distribution.engine import statements
from distribution.engine.authentication import Authenticator
from distribution.engine.connections import Connection
from distribution.rules.authentication import read_options
from distribution.rules.rendering import RenderFailure, RequestPlan, compile_plan
from distribution.rules.response_rules import AnswerPlan, compile_answers
from distribution.rules.values import context_queries

MOST_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version ready to send: `plan` or, when its mappings contradict each other, `failure`.

    `answers` is how it reads answers, None while it has no response rules and captures. Secrets stay encrypted here;
    they are opened per attempt.
    """

    id: int
    plan: RequestPlan | None
    failure: RenderFailure | None
    timeout_s: int
    authenticator: Authenticator
    signing_secret: bytes | None = None
    ca_certificate: str = ""
    answers: AnswerPlan | None = None
    # What has to be asked of the database before it can be rendered: {value: SQL}.
    context_queries: Mapping[str, str] = field(default_factory=dict)


def authenticator_of(version: Any) -> Authenticator:
    """Give what proves a version's requests, from its row or its model."""
    secret = version.auth_secret
    return Authenticator(
        version.auth_kind,
        version.auth_username,
        None if secret is None else bytes(secret),
        read_options(version.auth_options),
    )


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
            mappings = _by_version(await cursor.fetchall())
            await cursor.execute(statements.RESPONSE_RULES, {"versions": missing})
            rules = _by_version(await cursor.fetchall())
            await cursor.execute(statements.CAPTURES, {"versions": missing})
            captures = _by_version(await cursor.fetchall())
            await cursor.execute(statements.VERSIONS, {"versions": missing})
            for row in await cursor.fetchall():
                version_id = row["id"]
                self._versions[version_id] = _loaded(
                    row, mappings.get(version_id, []), rules.get(version_id, []), captures.get(version_id, [])
                )


def _by_version(rows: list[dict[str, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row["version_id"], []).append(SimpleNamespace(**row))
    return found


def _loaded(row: dict[str, Any], mappings: list[Any], rules: list[Any], captures: list[Any]) -> LoadedVersion:
    plan, answers, failure = None, None, None
    version = SimpleNamespace(**row)
    try:
        plan = compile_plan(version, mappings)
        answers = compile_answers(version, rules, captures)
    except RenderFailure as error:
        failure = error
    except ValueError as error:  # what saving refuses: nothing is sent whose answer could not be read
        plan, failure = None, RenderFailure("answers_unreadable", str(error))
    return LoadedVersion(
        id=row["id"],
        plan=plan,
        failure=failure,
        timeout_s=row["timeout_s"],
        authenticator=authenticator_of(version),
        signing_secret=row["signing_secret"],
        ca_certificate=row["ca_certificate"],
        answers=answers,
        context_queries=context_queries(mapping.source for mapping in mappings),
    )
