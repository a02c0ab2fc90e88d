"""What matching asks beside the takers, kept by each process as long as it is true."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from distribution.models import BlockedContact
from distribution.queries.statements import run_planned
from distribution.rules.blocking import BlockList, Entry
from distribution.rules.selection import CompiledSelection, compile_selection, read_selection

logger = logging.getLogger(__name__)

_MOST_KEPT = 20_000
SELECTIONS_SQL = "SELECT id, selection::json FROM distribution_rule WHERE id = ANY(%s)"


class SelectionKey(NamedTuple):
    """What a compiled selection depends on; the zone is the client's."""

    rule_id: int
    revision: int
    client_zone: str


_kept: OrderedDict[SelectionKey, CompiledSelection | None] = OrderedDict()
_block_lists: dict[int, BlockList] = {}


def compiled_selections(keys: Iterable[SelectionKey]) -> dict[int, CompiledSelection | None]:
    """Give {rule id: its selection}, compiled once a revision; None for one that cannot be read any more."""
    found: dict[int, CompiledSelection | None] = {}
    missing = []
    for key in keys:
        try:
            found[key.rule_id] = _kept[key]
        except KeyError:
            missing.append(key)
    if missing:
        stored = dict(run_planned(SELECTIONS_SQL, ([key.rule_id for key in missing],)))
        for key in missing:
            found[key.rule_id] = _kept[key] = _compiled(key, stored.get(key.rule_id) or {})
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _compiled(key: SelectionKey, stored: dict[str, object]) -> CompiledSelection | None:
    try:
        return compile_selection(read_selection(stored), client_zone=key.client_zone)
    except Exception:  # a rule that cannot be read must not keep its source's leads from the others
        logger.exception("the selection of rule %s cannot be read", key.rule_id)
        return None


def block_list(revision: int) -> BlockList:
    """Give the block list as it is at a revision or later."""
    found = _block_lists.get(revision)
    if found is None:
        rows = BlockedContact.objects.values_list("id", "kind", "value", "reason")
        found = BlockList(Entry(id=pk, kind=kind, value=value, reason=reason) for pk, kind, value, reason in rows)
        _block_lists.clear()
        _block_lists[revision] = found
    return found
