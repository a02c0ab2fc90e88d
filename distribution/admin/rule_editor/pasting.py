"""“Paste cURL…” (הדבקת cURL…) and templates in the rule editor: the page again, filled in. Nothing is saved."""

from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.functional import Promise
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
from distribution.rules.systems import SYSTEMS


def system_choices() -> list[tuple[str, str | Promise]]:
    """Give the list of common systems, with nothing chosen first."""
    return [("", gettext_lazy("Choose…")), *((slug, system.label) for slug, system in SYSTEMS.items())]


class PasteForm(forms.Form):
    """What is pasted, or the system whose template is wanted."""

    system = forms.ChoiceField(
        label=gettext_lazy("template of a common system"), choices=system_choices, required=False
    )

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
        wrap, hide = self.admin_site.admin_view, sensitive_post_parameters("pasted", "auth_secret")
        paste, begin = (wrap(require_POST(hide(view))) for view in (self.paste_view, self.begin_view))
        return [
            path("paste/<int:client_id>/", paste, name="distribution_rule_paste"),
            path("begin/<int:client_id>/", begin, name="distribution_rule_begin"),
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
        if sketch is None:
            sections = Sections(request.POST, rule=rule, user=cast(User, request.user))
            return self.show(request, rule, client, sections, paste=form)
        said = _("The rule was filled in from what was pasted. Look it through, then save it.")
        return self._filled_in(request, rule, client, sketch, name=urlsplit(sketch.url).hostname or "", said=said)

    def begin_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Show the editor as it was posted, with destination, authentication and mappings of a common system."""
        client = get_object_or_404(User.objects.clients(), pk=client_id)
        rule = self._rule_of(request, client)
        system = SYSTEMS.get(request.POST.get("system", ""))
        if system is None:
            form = PasteForm(request.POST)
            form.add_error("system", _("Choose a system first."))
            sections = Sections(request.POST, rule=rule, user=cast(User, request.user))
            return self.show(request, rule, client, sections, paste=form)
        said = _("The rule was filled in from the template. Fill in what is the client's own, then save it.")
        return self._filled_in(request, rule, client, system.sketch, name=str(system.label), said=said)

    def _filled_in(
        self, request: HttpRequest, rule: Rule | None, client: User, sketch: RuleSketch, *, name: str, said: str
    ) -> HttpResponse:
        data = request.POST.copy()
        if not data.get("name"):
            data["name"] = name[:100]
        messages.success(request, said)
        sections = Sections(data, rule=rule, user=cast(User, request.user), sketch=sketch)
        return self.show(request, rule, client, sections, paste=PasteForm(), notes=sketch.notes)

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
