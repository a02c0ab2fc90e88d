"""The section under “More”: limits of the connection, the address for tests, signature and certificate authority."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.authentication import SECRET_STORED, has_secret, secret_input
from distribution.admin.rule_editor.section import Section

OF_THE_VERSION = ("timeout_s", "sandbox_url", "ca_certificate")
OF_THE_RULE = ("allow_http", "max_in_flight")


class ConnectionForm(forms.Form):
    """What few rules need to change."""

    timeout_s = forms.IntegerField(label=_("timeout (seconds)"), min_value=1, max_value=120, initial=20)
    max_in_flight = forms.IntegerField(label=_("requests at the same time"), min_value=1, max_value=100, initial=8)
    allow_http = forms.BooleanField(
        label=_("allow an unencrypted address (http://)"),
        required=False,
        help_text=_("Leads then travel readable for everybody on the way. Only where the client has nothing better."),
    )
    sandbox_url = forms.CharField(
        label=_("address for tests"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),
        help_text=_("Test sends go there instead, where the client has a test system."),
    )
    is_signed = forms.BooleanField(
        label=_("sign requests (Standard Webhooks)"),
        required=False,
        help_text=_("The client's system can then tell our requests from forged ones."),
    )
    signing_secret = forms.CharField(label=_("signing secret"), required=False, strip=True, widget=secret_input())
    ca_certificate = forms.CharField(
        label=_("certificate authority of its own (PEM)"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(
            attrs={"dir": "ltr", "rows": 3, "class": "code", "placeholder": "-----BEGIN CERTIFICATE-----"}
        ),
        help_text=_(
            "Only where the client's system has a certificate of its own making. It counts for this rule alone."
        ),
    )


class ConnectionSection(Section):
    """What few rules need to change."""

    slug = "connection"
    template = "admin/distribution/rule/_connection.html"
    is_for_mails = False

    def make_form(self, data: Any) -> ConnectionForm:
        """Show the rule's; who may not allow http:// leaves it as it is."""
        initial: dict[str, Any] = {name: getattr(self.rule, name) for name in OF_THE_RULE} if self.rule else {}
        if self.version:
            initial |= {name: getattr(self.version, name) for name in OF_THE_VERSION}
            initial["is_signed"] = self.version.signing_secret is not None
        form = ConnectionForm(data, initial=initial)
        form.fields["allow_http"].disabled = not self.user.has_perm("distribution.allow_http_rule")
        if has_secret(self.rule, "signing_secret"):
            form.fields["signing_secret"].widget.attrs["placeholder"] = SECRET_STORED
        return form

    @property
    def is_open(self) -> bool:
        """Whether anything in it is not as it is by itself, or wrong."""
        form = self.form
        return bool(form.errors) or any(form[name].value() for name in ("allow_http", "sandbox_url", "is_signed"))

    def said(self) -> dict[str, Any]:
        """Give all of it; an empty signing secret keeps the stored one."""
        data = self.form.cleaned_data
        return {name: data[name] for name in (*OF_THE_VERSION, *OF_THE_RULE, "is_signed")} | {
            "sandbox_url": data["sandbox_url"].strip(),
            "signing_secret": data["signing_secret"] or None,
        }

    def previewed(self) -> dict[str, Any] | None:
        """Give what shows in the request."""
        self.form.is_valid()
        return {"is_signed": self.form.cleaned_data.get("is_signed", False)}
