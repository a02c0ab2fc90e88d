"""“Paste cURL…” (הדבקת cURL…) in the rule editor: the page again, filled in from what was pasted. Nothing is saved."""

from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import User
from distribution.admin.rule_editor.page import EditorPage
from distribution.admin.rule_editor.sections import Sections
from distribution.models import Rule
from distribution.rules.pasting import PasteUnreadable, read_pasted
from distribution.rules.pasting.words import MAX_TEXT
from distribution.rules.sketches import RuleSketch


class PasteForm(forms.Form):
    """What is pasted."""

    pasted = forms.CharField(
        label=gettext_lazy("curl command, or address with parameters"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(
            attrs={
                "dir": "ltr",
                "rows": 4,
                "class": "code",
                "spellcheck": "false",
                "autocomplete": "off",
                "placeholder": "curl -X POST https://crm.example.com/leads -H 'Content-Type: …' -d '{…}'",
            }
        ),
        help_text=gettext_lazy(
            "As the client's instructions show it, or copied from Postman or a browser. It is only read: nothing is "
            "sent."
        ),
    )


class Pasting(EditorPage):
    """The part of the rules' admin that fills the editor in from outside."""

    def get_urls(self) -> list[URLPattern]:
        """Add where the editor's form goes to be filled in."""
        view = require_POST(sensitive_post_parameters("pasted", "auth_secret")(self.paste_view))
        return [
            path("paste/<int:client_id>/", self.admin_site.admin_view(view), name="distribution_rule_paste"),
            *super().get_urls(),
        ]

    def paste_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Show the editor as it was posted, with destination, authentication and mappings from what was pasted."""
        client = get_object_or_404(User.objects.clients(), pk=client_id)
        rule = self._rule_of(request, client)
        form = PasteForm(request.POST)
        sketch: RuleSketch | None = None
        if form.is_valid():
            try:
                sketch = read_pasted(form.cleaned_data["pasted"])
            except PasteUnreadable as error:
                form.add_error("pasted", str(error))
        data = request.POST.copy()
        if sketch:
            form = PasteForm()
            if not data.get("name"):
                data["name"] = (urlsplit(sketch.url).hostname or "")[:100]
            messages.success(request, _("The rule was filled in from what was pasted. Look it through, then save it."))
        sections = Sections(data, rule=rule, user=cast(User, request.user), sketch=sketch)
        return self.show(request, rule, client, sections, paste=form, notes=sketch.notes if sketch else ())

    def _rule_of(self, request: HttpRequest, client: User) -> Rule | None:
        number = request.POST.get("rule", "")
        if not (number.isdecimal() and len(number) < 18):
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        rule: Rule = get_object_or_404(self.get_queryset(request).filter(client=client), pk=int(number))
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        return rule
