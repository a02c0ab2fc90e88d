"""What is selected for the rows of one query, and how they are written, expansions included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db.models import Model

from feedback.odata import edm
from feedback.odata.columns import Columns, EntityWriter, Row, linked
from feedback.odata.context import Context
from feedback.odata.expansion import Expansion
from feedback.odata.model import Declaration, EntitySet
from feedback.odata.negotiation import Format
from feedback.odata.options import ReadOptions, selected_properties
from feedback.odata.translate import Translator


@dataclass
class Expanded:
    """Ready JSON members per owner, which is the text of a key."""

    members: dict[str, str] = field(default_factory=dict)
    empty: str = ""


# Fills in the members of one expansion for its owners, whose addresses the function gives.
Expand = Callable[[Expansion, Sequence[str], Callable[[str], str], Expanded], None]


class Shape:
    """What is selected and shown for the rows of one query; it outlives the request, so it keeps nothing of it."""

    def __init__(
        self,
        declaration: Declaration,
        context: Context,
        layout: Format,
        model: type[Model],
        entity_set: EntitySet,
        options: ReadOptions,
        translator: Translator,
        *,
        references: bool = False,
        as_text: bool = False,
    ) -> None:
        self._references = references
        self.columns = Columns(model, as_text=as_text)
        shown = () if references else selected_properties(options, entity_set.type.by_name)
        expansions = () if references else options.expand
        expanded = [each.navigation.name for each in expansions]
        self._linked = linked(entity_set, layout, options.select)
        links = [name for name in self._linked if name not in expanded]
        self.writer = EntityWriter(declaration, entity_set, shown, self.columns, context, layout, links)
        for name, node in options.computed.items():
            if not references and (options.select is None or name in options.select):
                kind = node.type or edm.STRING
                self.writer.add(name, self.columns.expression(translator.value(node), kind), kind)
        self._owners = [self.columns.path(each.navigation.path or "pk") for each in expansions]

    def render(self, options: ReadOptions, rows: Sequence[Row], expand: Expand) -> list[str]:
        """The members of each row's JSON object; `expand` gives those of the expansions in `options`."""
        if self._references:
            return [f'"@odata.id":{edm.encode_string(self.writer.address(row))}' for row in rows]
        if not self._owners:
            return self.writer.bodies(rows)
        expanded = []
        for expansion, at in zip(options.expand, self._owners, strict=True):
            owners = [None if row[at] is None else str(row[at]) for row in rows]
            related = Expanded()
            present_owners = [owner for owner in owners if owner is not None]
            expand(expansion, present_owners, partial(self._address_of, rows, owners), related)
            texts = [related.members.get(owner or "", related.empty) for owner in owners]
            if (name := expansion.navigation.name) in self._linked:
                texts = [f"{self.writer.link(name, row)},{text}" for row, text in zip(rows, texts, strict=True)]
            expanded.append(texts)
        return self.writer.bodies(rows, expanded)

    def _address_of(self, rows: Sequence[Row], owners: Sequence[str | None], owner: str) -> str:
        return self.writer.address(rows[owners.index(owner)])
