"""What the screens of every uploaded file have: choosing the file, its columns, its state."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.choices import ImportState
from distribution.rules.table_files import FILE_LIMIT

STATE_KINDS = {
    ImportState.MATCHING: "warn",
    ImportState.WAITING: "neutral",
    ImportState.RUNNING: "brand",
    ImportState.DONE: "ok",
    ImportState.FAILED: "bad",
    ImportState.CANCELLED: "neutral",
}


class FileForm(forms.Form):
    """A file to upload."""

    file = forms.FileField(
        label=gettext_lazy("file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX up to 30 MB; the first row holds the columns' names."),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT:
            raise forms.ValidationError(_("The file is larger than 30 MB. Divide it into smaller ones."))
        return file


def shown_columns(
    columns: Sequence[str], matching: Mapping[str, str], rows: Sequence[Sequence[str]], *, otherwise: str
) -> list[dict[str, Any]]:
    """Give what `distribution/file_columns.html` shows of each column: its name, its field, its first values."""
    return [
        {
            "place": place,
            "name": column,
            "field": matching.get(column, otherwise),
            "samples": [row[place] for row in rows if place < len(row) and row[place]][:3],
        }
        for place, column in enumerate(columns)
    ]
