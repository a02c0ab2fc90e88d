"""The page that copies a rule, to the same client or to another."""

from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from distribution import services
from distribution.admin.rule_editor.card_buttons import CardButtons
from distribution.admin.rule_editor.tab import rules_url


class CopyForm(forms.Form):
    """What the copy is called, and whose it is."""

    name = forms.CharField(label=gettext_lazy("rule name"), max_length=100)
    client = forms.ModelChoiceField(
        label=gettext_lazy("client"), queryset=User.objects.clients().order_by("name"), empty_label=None
    )


class Copying(CardButtons):
    """The part of the rules' admin that copies one."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.copy_view)
        return [path("<int:rule_id>/copy/", page, name="distribution_rule_copy"), *super().get_urls()]

    def copy_view(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Ask for name and client (GET); make the copy and open it (POST)."""
        rule = self.changeable(request, rule_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        suggested = _("%(name)s (copy)") % {"name": rule.name[:80]}
        form = CopyForm(request.POST or None, initial={"name": suggested, "client": rule.client_id})
        if request.method == "POST" and form.is_valid():
            client = form.cleaned_data["client"]
            copied = services.copy_rule(
                rule=rule,
                client=client,
                name=form.cleaned_data["name"],
                by=cast(User, request.user),
                now=timezone.now(),
            )
            self.log_addition(request, copied, _("copied from “%(name)s”") % {"name": rule.name})
            said = _("The rule was copied. The copy takes no leads until you activate it.")
            if client.pk != rule.client_id:
                said = _(
                    "The rule was copied without its passwords, tokens and secret values. Enter this client's own "
                    "address and secrets, then activate it."
                )
            messages.success(request, said)
            return redirect("admin:distribution_rule_change", copied.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("Copy of a rule"),
            "rule": rule,
            "client": rule.client,
            "form": form,
            "rules_url": rules_url(rule.client_id),
        }
        return TemplateResponse(request, "distribution/rule_copy.html", context)
