"""The block list: phones, beginnings of phones, addresses and domains that are given to nobody."""

import contextlib
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from distribution.choices import BlockedKind
from distribution.models import BlockedContact
from distribution.rules.blocking import NotBlockable, entry_value


class BlockedContactForm(forms.ModelForm):
    """One entry, written as people write it."""

    class Meta:
        model = BlockedContact
        fields = ("kind", "value", "reason")
        widgets = {"value": forms.TextInput(attrs={"dir": "ltr"})}

    def clean(self) -> dict[str, Any]:
        """Bring the value into the form in which it is compared."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") and cleaned.get("value"):
            try:
                cleaned["value"] = entry_value(cleaned["kind"], cleaned["value"])
            except NotBlockable as error:
                self.add_error("value", str(error.message))
        return cleaned


def _as_entries(term: str) -> list[str]:
    """Give what a term would be as an entry of each kind."""
    values = []
    for kind in BlockedKind.values:
        with contextlib.suppress(NotBlockable):
            values.append(entry_value(kind, term))
    return values


@admin.register(BlockedContact)
class BlockedContactAdmin(admin.ModelAdmin):
    """Add, look up, take off; an entry is not rewritten, so who added it and when stays true."""

    form = BlockedContactForm
    list_display = ("contact", "kind", "reason", "created_by", "created_at")
    list_display_links = None
    list_filter = ("kind",)
    list_select_related = ("created_by",)
    list_per_page = 50
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("value__icontains", "reason__icontains")
    search_help_text = _("Phone, address, domain or reason")

    def has_change_permission(self, request: HttpRequest, obj: BlockedContact | None = None) -> bool:
        """Entries are added and taken off."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BlockedContact], search_term: str
    ) -> tuple[QuerySet[BlockedContact], bool]:
        """Look a phone up however it is written."""
        term = search_term.replace("\x00", "")
        found, may_repeat = super().get_search_results(request, queryset, term)
        return (found | queryset.filter(value__in=_as_entries(term)) if term else found), may_repeat

    def save_model(self, request: HttpRequest, obj: BlockedContact, form: Any, change: bool) -> None:
        """Note who added it."""
        obj.created_by = request.user if isinstance(request.user, User) else None
        super().save_model(request, obj, form, change)

    @admin.display(description=_("phone, address or domain"))
    def contact(self, entry: BlockedContact) -> SafeString:
        """The value, left to right."""
        return format_html('<bdi class="ltr">{}</bdi>', entry.value)
