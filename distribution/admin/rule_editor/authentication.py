"""The section Authentication: how the request proves itself to the client's system."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.admin.rule_editor.section import Section
from distribution.choices import AnswerPart, AuthKind, AuthPlace, ClientAuth, LoginFormat, Method
from distribution.models import Rule, RuleVersion
from distribution.rules.authentication import OPTION_NAMES, AuthOptions
from distribution.rules.sketches import RuleSketch

TOKEN_PARTS = [
    (part, label)
    for part, label in AnswerPart.choices
    if part in {AnswerPart.JSON, AnswerPart.XML, AnswerPart.HEADER, AnswerPart.BODY}
]
SECRET_STORED = _("•••••••• stored; leave empty to keep it")


def secret_input() -> forms.PasswordInput:
    """Give the control of a secret, which never shows what is stored."""
    return forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"})


def show_secret(form: forms.Form, name: str) -> None:
    """Let a secret that staff pasted a moment ago stand in its field, dots over it, to be saved with the rest."""
    cast(forms.PasswordInput, form.fields[name].widget).render_value = True


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", **attrs})


class AuthenticationForm(forms.Form):
    """The kind, and what each kind needs. Fields of other kinds are neither asked nor kept."""

    auth_kind = forms.ChoiceField(label=_("kind of authentication"), choices=AuthKind.choices)
    auth_username = forms.CharField(label=_("user name or client ID"), max_length=200, required=False, widget=_text())
    auth_secret = forms.CharField(label=_("token or password"), required=False, strip=True, widget=secret_input())
    auth_token_url = forms.CharField(
        label=_("address that gives the token"), max_length=2000, required=False, widget=_text(inputmode="url")
    )
    auth_client_auth = forms.ChoiceField(
        label=_("client ID and secret are sent"), choices=ClientAuth.choices, required=False
    )
    auth_scope = forms.CharField(label=_("scope"), max_length=500, required=False, widget=_text())
    auth_login_method = forms.ChoiceField(label=_("method of the login"), choices=Method.choices, required=False)
    auth_login_format = forms.ChoiceField(label=_("body of the login"), choices=LoginFormat.choices, required=False)
    auth_login_body = forms.CharField(
        label=_("what the login sends"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(
            attrs={
                "dir": "ltr",
                "rows": 3,
                "class": "code",
                "placeholder": '{"user": "{{username}}", "password": "{{secret}}"}',
            }
        ),
        help_text=_("{{username}} and {{secret}} stand for the two fields above, and are never shown anywhere."),
    )
    auth_token_part = forms.ChoiceField(label=_("the token is"), choices=TOKEN_PARTS, required=False)
    auth_token_path = forms.CharField(
        label=_("path or header"), max_length=300, required=False, widget=_text(placeholder="data.token")
    )
    auth_lifetime_min = forms.IntegerField(
        label=_("the token is good for (minutes)"), min_value=1, max_value=10_080, required=False, initial=20
    )
    auth_place = forms.ChoiceField(label=_("it is sent in"), choices=AuthPlace.choices, required=False)
    auth_name = forms.CharField(
        label=_("name of the header or parameter"),
        max_length=200,
        required=False,
        widget=_text(placeholder="X-Api-Key"),
    )
    auth_written = forms.CharField(
        label=_("written as"), max_length=500, required=False, widget=_text(placeholder="Bearer {{token}}")
    )

    def options(self) -> dict[str, Any]:
        """Give what was filled in; what was left empty is as it is by itself."""
        given = {name: self.cleaned_data.get(f"auth_{name}") for name in OPTION_NAMES}
        return {name: value for name, value in given.items() if value not in {None, ""}}


class AuthenticationSection(Section):
    """How the request proves itself."""

    slug = "authentication"
    template = "admin/distribution/rule/_authentication.html"
    is_for_mails = False
    is_sketched = True

    def make_form(self, data: Any) -> AuthenticationForm:
        """Show the sketch's, else the version's; a stored secret is never shown, one just pasted is filled in."""
        defaults = AuthOptions()
        initial: dict[str, Any] = {
            f"auth_{name}": getattr(defaults, name) for name in OPTION_NAMES if name not in {"name", "login_body"}
        }
        said: RuleSketch | RuleVersion | None = self.sketch or self.version
        if said:
            initial |= {name: getattr(said, name) for name in ("auth_kind", "auth_username")}
            initial |= {f"auth_{name}": value for name, value in said.auth_options.items()}
        if self.sketch:
            initial["auth_secret"] = self.sketch.auth_secret
        form = AuthenticationForm(data, initial=initial)
        if self.sketch:
            show_secret(form, "auth_secret")
            return form
        if has_secret(self.rule, "auth_secret"):
            form.fields["auth_secret"].widget.attrs["placeholder"] = SECRET_STORED
        return form

    def said(self) -> dict[str, Any]:
        """Give kind and options; an empty secret keeps the stored one."""
        data = self.form.cleaned_data
        return {
            "auth_kind": data["auth_kind"],
            "auth_username": data["auth_username"],
            "auth_secret": data["auth_secret"] or None,
            "auth_options": self.form.options(),
        }

    def previewed(self) -> dict[str, Any] | None:
        """Give what shows in the request; the secret does not."""
        self.form.is_valid()
        if "auth_kind" not in self.form.cleaned_data:
            return None
        return {"auth_kind": self.form.cleaned_data["auth_kind"], "auth_options": self.form.options()}


def has_secret(rule: Rule | None, name: str) -> bool:
    """Whether a secret is stored that an empty field keeps."""
    versions: list[RuleVersion | None] = [rule.draft_version, rule.live_version] if rule else []
    return any(version is not None and getattr(version, name) for version in versions)
