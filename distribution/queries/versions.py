"""What the versions of a rule say, and in what two of them differ."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from distribution.models import Rule, RuleVersion

# What tells versions apart without being said by them.
_OWN = frozenset(
    {
        "id",
        "rule",
        "number",
        "created_at",
        "created_by",
        "edited_at",
        "tested_at",
        "activated_at",
        "version",
        "position",
        "secret_slot",
    }
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that two versions say differently, in words for staff; empty where a side does not say it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class VersionStory:
    """A version with what it changed against the one before it."""

    version: RuleVersion
    differences: list[Difference]


def child_relations() -> list[models.ManyToOneRel]:
    """Give the tables whose rows belong to a version: mappings, response rules, captures and the like."""
    return [
        relation
        for relation in RuleVersion._meta.related_objects
        if isinstance(relation, models.ManyToOneRel)
        and not isinstance(relation, models.OneToOneRel)
        and relation.on_delete is models.CASCADE
    ]


def rows_of(version: RuleVersion, relation: models.ManyToOneRel) -> list[models.Model]:
    """Give a version's rows in one of those tables, in their order."""
    manager = getattr(version, relation.get_accessor_name() or "")
    return list(manager.all())


def says_the_same(one: RuleVersion, other: RuleVersion) -> bool:
    """Whether two versions would send the same and read answers the same."""
    return _said(one) == _said(other)


def _said(version: RuleVersion) -> list[Any]:
    rows = [
        [_values(row) for row in rows_of(version, relation)]
        for relation in sorted(child_relations(), key=lambda relation: str(relation.related_model._meta.label))
    ]
    return [_values(version), rows]


def _values(row: models.Model) -> list[Any]:
    return [_comparable(field.value_from_object(row)) for field in _fields(row)]


def _fields(row: models.Model) -> list[models.Field]:
    return [field for field in row._meta.concrete_fields if field.name not in _OWN]


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def differences(before: RuleVersion, after: RuleVersion) -> list[Difference]:
    """Give what `after` says differently, in the order of the editor: columns first, then rows gone and rows new."""
    found = []
    for field in _fields(after):
        old, new = (_comparable(field.value_from_object(version)) for version in (before, after))
        if old != new:
            found.append(Difference(label=_label(field), before=_shown(field, before), after=_shown(field, after)))
    for relation in child_relations():
        label = str(capfirst(relation.related_model._meta.verbose_name))
        old_rows = [_line(row) for row in rows_of(before, relation)]
        new_rows = [_line(row) for row in rows_of(after, relation)]
        found += [Difference(label=label, before=line, after="") for line in old_rows if line not in new_rows]
        found += [Difference(label=label, before="", after=line) for line in new_rows if line not in old_rows]
        if sorted(old_rows) == sorted(new_rows) and old_rows != new_rows:
            found.append(Difference(label=label, before=" | ".join(old_rows), after=" | ".join(new_rows)))
    return found


def _label(field: models.Field) -> str:
    return (
        str(capfirst(_("token or password")))
        if isinstance(field, models.BinaryField)
        else str(capfirst(field.verbose_name))
    )


def _shown(field: models.Field, row: models.Model) -> str:
    value = field.value_from_object(row)
    if isinstance(field, models.BinaryField):
        return "" if value is None else "••••••"
    if value is None or value in ("", {}, []):
        return ""
    return str(getattr(row, f"get_{field.name}_display", lambda: value)())


def _line(row: models.Model) -> str:
    return " · ".join(text for field in _fields(row) if (text := _shown(field, row)))


def version_stories(rule: Rule) -> list[VersionStory]:
    """Give a rule's versions, newest first, each with what it changed; as many queries for two as for twenty."""
    names = [relation.get_accessor_name() or "" for relation in child_relations()]
    versions = list(rule.versions.select_related("created_by").prefetch_related(*names).order_by("-number"))
    before: list[RuleVersion | None] = [*versions[1:], None]
    return [
        VersionStory(version=version, differences=differences(earlier, version) if earlier else [])
        for version, earlier in zip(versions, before, strict=True)
    ]
