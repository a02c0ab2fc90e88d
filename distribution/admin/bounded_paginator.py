"""Pages of lists over big tables: no list is counted beyond what anybody pages through."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet

# Beyond so many rows people filter or search; counting a million of them would take longer than the page.
MOST = 10_000


class BoundedPaginator(Paginator):
    """Counts up to `MOST` rows and has pages for those; `is_more` says that there are further ones."""

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by()[: MOST + 1].count()

    @property
    def count(self) -> int:
        """Give how many rows the pages have, at most `MOST`."""
        return min(self._counted, MOST)

    @property
    def is_more(self) -> bool:
        """Whether the list goes on behind the last page."""
        return self._counted > MOST
