"""Names of JSON fields: `contact.phones[0].number` is a way through nested objects and arrays.

`[0].name` begins with an array, and `["a.b"]` is a name with signs in it that would part it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

Path = tuple[str | int, ...]

MAX_DEPTH = 20

_STEP = re.compile(r"(?:^|\.)(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]{1,2})\]|(?:^|\.)?\[\"(?P<quoted>[^\"]+)\"\]")


class PathUnreadable(ValueError):
    """The name is no path: an empty part, a bracket left open, or too deep."""


class PathsConflict(ValueError):
    """Two names cannot both be sent: one is inside the other, or one place is both object and array."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(f"{name} / {other}")
        self.name = name
        self.other = other


@lru_cache(maxsize=4096)
def read_path(name: str) -> Path:
    """Read a dotted name; raises `PathUnreadable`."""
    steps: list[str | int] = []
    position = 0
    while position < len(name):
        match = _STEP.match(name, position)
        if match is None:
            raise PathUnreadable(name)
        position = match.end()
        steps.append(match["name"] or match["quoted"] if match["index"] is None else int(match["index"]))
    if not steps or len(steps) > MAX_DEPTH:
        raise PathUnreadable(name)
    return tuple(steps)


def check_paths(names: Iterable[str]) -> None:
    """Accept names that can stand in one document; raises `PathUnreadable` or `PathsConflict`."""
    leaves: dict[Path, str] = {}
    kinds: dict[Path, tuple[type, str]] = {}
    for name in names:
        path = read_path(name)
        if path in kinds:
            raise PathsConflict(name, kinds[path][1])
        for depth, step in enumerate(path):
            if path[: depth + 1] in leaves:
                raise PathsConflict(name, leaves[path[: depth + 1]])
            kind, other = kinds.setdefault(path[:depth], (type(step), name))
            if kind is not type(step):
                raise PathsConflict(name, other)
        leaves[path] = name


def build(pairs: Iterable[tuple[Path, Any]]) -> Any:
    """Put values at their places. Places of an array that nothing is sent for, before one that is, become null.

    The paths must have passed `check_paths`.
    """
    root: Any = None
    for path, value in pairs:
        if root is None:
            root = [] if isinstance(path[0], int) else {}
        node = root
        for step, following in pairwise(path):
            node = _descend(node, step, [] if isinstance(following, int) else {})
        _put(node, path[-1], value)
    return {} if root is None else root


def _descend(node: Any, step: str | int, fresh: Any) -> Any:
    if isinstance(step, str):
        return node.setdefault(step, fresh)
    _stretch(node, step)
    if node[step] is None:
        node[step] = fresh
    return node[step]


def _put(node: Any, step: str | int, value: Any) -> None:
    if isinstance(step, int):
        _stretch(node, step)
    node[step] = value


def _stretch(array: list[Any], index: int) -> None:
    array.extend([None] * (index + 1 - len(array)))
