"""The section Destination: where the request goes and how its body looks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import BodyFormat, Method

OF_THE_VERSION = ("method", "url", "body_format", "charset", "is_lossy", "template", "soap_action")
# What most systems here read; any other can be written.
USUAL_CHARSETS = ("utf-8", "windows-1255", "iso-8859-8", "windows-1252")


class DestinationForm(forms.Form):
    """Method, address, body."""

    method = forms.ChoiceField(label=_("method"), choices=Method.choices)
    url = forms.CharField(
        label=_("address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),
        help_text=_("A part that comes from a field is written as a slot: /leads/{{ref}}"),
    )
    body_format = forms.ChoiceField(label=_("body"), choices=BodyFormat.choices)
    template = forms.CharField(
        label=_("template"),
        required=False,
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"dir": "ltr", "rows": 12, "spellcheck": "false", "class": "code"}),
        help_text=_(
            "The body as the client's instructions show it, with {{name}} where a value belongs, or {{name|upper}} for "
            "a form of it. Every slot needs a mapping below; values are escaped by themselves."
        ),
    )
    soap_action = forms.CharField(
        label="SOAPAction",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=_("Without quotation marks: they are added."),
    )
    charset = forms.CharField(
        label=_("character set"),
        max_length=40,
        required=False,
        initial="utf-8",
        widget=forms.TextInput(attrs={"dir": "ltr", "list": "charsets"}),
    )
    is_lossy = forms.BooleanField(
        label=_("send ? for letters that the character set lacks"),
        required=False,
        help_text=_("Otherwise such a lead is held for a person, with the letter named."),
    )

    def clean_charset(self) -> str:
        """Take UTF-8 where nothing is named."""
        return str(self.cleaned_data["charset"] or "utf-8")

    def clean_template(self) -> str:
        """Undo what browsers do to line breaks."""
        return str(self.cleaned_data["template"]).replace("\r\n", "\n")


class DestinationSection(Section):
    """Where the request goes and how its body looks."""

    slug = "destination"
    template = "admin/distribution/rule/_destination.html"
    charsets = USUAL_CHARSETS

    def make_form(self, data: Any) -> DestinationForm:
        """Show the version's."""
        version = self.version
        return DestinationForm(
            data, initial={name: getattr(version, name) for name in OF_THE_VERSION} if version else {}
        )

    def said(self) -> dict[str, Any]:
        """Give the request."""
        data = self.form.cleaned_data
        return {name: data[name] for name in OF_THE_VERSION} | {"url": data["url"].strip()}

    def previewed(self) -> dict[str, Any] | None:
        """Give the request once every field of it can be read."""
        self.form.is_valid()
        return self.said() if set(OF_THE_VERSION) <= self.form.cleaned_data.keys() else None
