"""The section Destination: where the request goes, how it looks and how it proves itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import AuthKind, BodyFormat, Method
from distribution.models import Rule, RuleVersion

OF_THE_VERSION = ("method", "url", "body_format", "auth_kind", "auth_username", "timeout_s")
OF_THE_RULE = ("allow_http", "max_in_flight")


class DestinationForm(forms.Form):
    """Everything of the request but its mappings."""

    method = forms.ChoiceField(label=_("method"), choices=Method.choices)
    url = forms.CharField(
        label=_("address"), max_length=2000, widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"})
    )
    body_format = forms.ChoiceField(label=_("body"), choices=BodyFormat.choices)
    auth_kind = forms.ChoiceField(label=_("authentication"), choices=AuthKind.choices)
    auth_username = forms.CharField(
        label=_("user name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    auth_secret = forms.CharField(
        label=_("token or password"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
    )
    timeout_s = forms.IntegerField(label=_("timeout (seconds)"), min_value=1, max_value=120, initial=20)
    max_in_flight = forms.IntegerField(label=_("requests at the same time"), min_value=1, max_value=100, initial=8)
    allow_http = forms.BooleanField(
        label=_("allow an unencrypted address (http://)"),
        required=False,
        help_text=_("Leads then travel readable for everybody on the way. Only where the client has nothing better."),
    )

    def __init__(self, *args: Any, may_allow_http: bool, has_secret: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may not allow http:// leaves it as it is.
        self.fields["allow_http"].disabled = not may_allow_http
        if has_secret:
            self.fields["auth_secret"].widget.attrs["placeholder"] = _("•••••••• stored; leave empty to keep it")


class DestinationSection(Section):
    """Where the request goes, how it looks and how it proves itself."""

    slug = "destination"
    template = "admin/distribution/rule/_destination.html"

    def make_form(self, data: Any) -> DestinationForm:
        """Show the version's; a stored secret is never shown."""
        initial = {name: getattr(self.rule, name) for name in OF_THE_RULE} if self.rule else {}
        if self.version:
            initial |= {name: getattr(self.version, name) for name in OF_THE_VERSION}
        return DestinationForm(
            data,
            initial=initial,
            may_allow_http=self.user.has_perm("distribution.allow_http_rule"),
            has_secret=_has_secret(self.rule),
        )

    def said(self) -> dict[str, Any]:
        """Give the request; an empty secret keeps the stored one."""
        data = self.form.cleaned_data
        return {name: data[name] for name in (*OF_THE_VERSION, *OF_THE_RULE)} | {
            "url": data["url"].strip(),
            "auth_secret": data["auth_secret"] or None,
        }

    def previewed(self) -> dict[str, Any] | None:
        """Give what the request's look depends on."""
        self.form.is_valid()
        data = self.form.cleaned_data
        if not {"method", "url", "body_format", "auth_kind"} <= data.keys():
            return None
        return {name: data[name] for name in ("method", "body_format", "auth_kind")} | {"url": data["url"].strip()}


def _has_secret(rule: Rule | None) -> bool:
    """Whether a secret is stored that an empty field keeps."""
    versions: list[RuleVersion | None] = [rule.draft_version, rule.live_version] if rule else []
    return any(version is not None and version.auth_secret for version in versions)
