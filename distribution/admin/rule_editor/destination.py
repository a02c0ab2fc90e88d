"""The section Destination: where leads go and how a request's body looks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import BodyFormat, Channel, Method
from distribution.rules.rendering.mails import SCHEME

OF_THE_VERSION = ("method", "url", "body_format", "charset", "is_lossy", "template", "soap_action")
OF_A_MAIL = ("mail_to", "mail_subject", "mail_text")
# What most systems here read; any other can be written.
HTTP_FORMATS = [choice for choice in BodyFormat.choices if choice[0] != BodyFormat.MAIL]
USUAL_CHARSETS = ("utf-8", "windows-1255", "iso-8859-8", "windows-1252")


class DestinationForm(forms.Form):
    """By which channel; then method, address and body, or recipient and subject."""

    channel = forms.ChoiceField(
        label=_("leads are passed on"), choices=Channel.choices, required=False, initial=Channel.HTTP
    )
    mail_to = forms.CharField(
        label=_("e-mail address"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "email"}),
        help_text=_("The client answers by links in the mail, without a system and without a login."),
    )
    mail_subject = forms.CharField(
        label=_("subject of the mail"),
        max_length=150,
        required=False,
        initial=_("New lead"),
        help_text=_("Values that are placed in the subject follow it."),
    )
    mail_text = forms.CharField(
        label=_("opening words of the mail"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )

    method = forms.ChoiceField(label=_("method"), choices=Method.choices, required=False)
    url = forms.CharField(
        label=_("address"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),
        help_text=_("A part that comes from a field is written as a slot: /leads/{{ref}}"),
    )
    body_format = forms.ChoiceField(label=_("body"), choices=HTTP_FORMATS, required=False)
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

    def clean(self) -> dict[str, Any]:
        """Ask for what the channel needs."""
        cleaned = super().clean() or {}
        needed = ("mail_to", "mail_subject") if self.is_mail else ("method", "url", "body_format")
        for name in needed:
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, forms.Field.default_error_messages["required"])
        return cleaned

    @property
    def is_mail(self) -> bool:
        """Whether the mail was chosen."""
        return bool(self.cleaned_data.get("channel") == Channel.MAIL)

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
    is_sketched = True
    charsets = USUAL_CHARSETS

    def make_form(self, data: Any) -> DestinationForm:
        """Show the sketch's, else the version's."""
        version = self.version
        if self.sketch:
            said = {name: getattr(self.sketch, name) for name in OF_THE_VERSION if name != "is_lossy"}
            return DestinationForm(initial=said)
        if version is None:
            return DestinationForm(data)
        names = OF_A_MAIL if version.is_mail else OF_THE_VERSION
        initial: dict[str, Any] = {name: getattr(version, name) for name in names}
        return DestinationForm(data, initial=initial | {"channel": Channel.MAIL if version.is_mail else Channel.HTTP})

    def said(self) -> dict[str, Any]:
        """Give the request, or the mail."""
        data = self.form.cleaned_data
        if self.form.is_mail:
            said = {"url": f"{SCHEME}{data['mail_to']}", "body_format": BodyFormat.MAIL}
            return said | {name: data[name] for name in ("mail_subject", "mail_text")}
        return {name: data[name] for name in OF_THE_VERSION} | {"url": data["url"].strip()}

    def previewed(self) -> dict[str, Any] | None:
        """Give the request once every field of it can be read."""
        self.form.is_valid()
        needed = OF_A_MAIL if self.form.is_mail else OF_THE_VERSION
        return self.said() if set(needed) <= self.form.cleaned_data.keys() else None
