"""What templates of reports need."""

from collections.abc import Iterable

from django import template

from feedback.documents.report_tables import Cell, Row, Table

register = template.Library()


@register.filter
def with_heads(row: Row, table: Table) -> Iterable[tuple[Cell, str]]:
    """Give each cell with the head of its column, which a phone shows beside it."""
    return zip(row.cells, table.head[1:], strict=True)


@register.filter
def all_rows(table: Table) -> list[Row]:
    """Give the rows and, below them, the total."""
    return [*table.rows, *([table.total] if table.rows and table.total else [])]
