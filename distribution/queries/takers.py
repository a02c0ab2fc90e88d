"""Which rules take a source's leads, in one round trip with whatever else the caller needs to know."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection

from distribution.queries.statements import run_prepared

# Rules for all sources by index rule_active, those for some through the sources table: the number of rules that
# take other sources costs nothing.
# `is_plain`: it asks nothing of a lead and takes it beside whoever else does.
_IS_PLAIN = "selection_revision = 0 AND NOT is_exclusive AS is_plain"
TAKERS_SQL = f"""
    SELECT rule.id AS rule_id, rule.client_id, rule.is_plain
    FROM (
        SELECT id, client_id, {_IS_PLAIN} FROM distribution_rule WHERE is_active AND sources_mode = 'all'
        UNION ALL
        SELECT picky.id, picky.client_id, {_IS_PLAIN}
        FROM distribution_rule_sources chosen
        JOIN distribution_rule picky ON picky.id = chosen.rule_id
        WHERE chosen.source_id = source.id AND picky.is_active AND picky.sources_mode = 'some'
    ) rule
    JOIN accounts_user client ON client.id = rule.client_id AND client.is_active
"""  # noqa: S608 - constants only
# The block list's revision stands in one row, and only while the list has entries: without any, nothing is looked up.
SOURCE_SQL = f"""
SELECT source.id, source.name, source.is_active, source.field_names::json,
       (SELECT coalesce(json_agg(json_build_array(taker.rule_id, taker.client_id, taker.is_plain)
                                 ORDER BY taker.rule_id), '[]')
        FROM ({TAKERS_SQL}) taker),
       (SELECT revision FROM distribution_blocklist WHERE id = 1 AND entries > 0)
FROM distribution_source source
"""  # noqa: S608 - constants only
BY_DIGEST_SQL = f"{SOURCE_SQL} WHERE source.token_digest = %s"
BY_ID_SQL = f"{SOURCE_SQL} WHERE source.id = %s"


class Taker(NamedTuple):
    """A rule that takes leads, whose it is, and whether it takes every lead beside whoever else takes it."""

    rule_id: int
    client_id: int
    is_plain: bool = True


@dataclass(frozen=True, slots=True)
class IntakeSource:
    """A source as its leads meet it: its field names, and the rules that take what it brings right now.

    `blocks_revision` is that of the block list, None while it is empty.
    """

    id: int
    name: str
    is_active: bool
    field_names: dict[str, str]
    takers: tuple[Taker, ...]
    blocks_revision: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every lead goes to every taker, with nothing to decide."""
        return self.blocks_revision is None and all(taker.is_plain for taker in self.takers)


def source_by_token_digest(digest: bytes) -> IntakeSource | None:
    """Give the source whose intake token has this keyed digest."""
    return _source(BY_DIGEST_SQL, digest)


def source_by_id(source_id: int) -> IntakeSource | None:
    """Give a source by its id."""
    return _source(BY_ID_SQL, source_id)


def _source(statement: str, key: bytes | int) -> IntakeSource | None:
    try:
        rows = run_prepared(statement, (key,))
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        # The connection was of a server that has restarted since. Reading may be repeated, writing never.
        connection.close()
        rows = run_prepared(statement, (key,))
    if not rows:
        return None
    source_id, name, is_active, field_names, takers, blocks_revision = rows[0]
    return IntakeSource(
        source_id, name, is_active, field_names, tuple(Taker(*taker) for taker in takers), blocks_revision
    )
