"""Permissions as staff read them: the thing, then what may be done with it, in the language of the moment."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import ManyToManyField, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# What a permission of Django's own making allows, by the beginning of its codename.
ACTIONS = {"add": _("adding"), "change": _("changing"), "delete": _("deleting"), "view": _("viewing")}


def offered_permissions() -> QuerySet[Permission]:
    """Give the permissions that mean something on a screen: those of our own models, and of groups."""
    ours = [
        ContentType.objects.get_for_model(model).pk
        for label in ("accounts", "distribution", "feedback")
        for model in apps.get_app_config(label).get_models()
    ]
    groups = ContentType.objects.get_for_model(Group).pk
    return (
        Permission.objects.filter(content_type__in=[*ours, groups])
        .select_related("content_type")
        .order_by("content_type__app_label", "content_type__model", "codename")
    )


class PermissionsField(forms.ModelMultipleChoiceField):
    """Choosing permissions by names that staff know from the screens."""

    def label_from_instance(self, permission: Permission) -> str:
        """Name the thing and the act; Django keeps these names in English in the database."""
        action = permission.codename.partition("_")[0]
        model = permission.content_type.model_class()
        thing = str(model._meta.verbose_name) if model else permission.content_type.name
        is_django_own = permission.codename == f"{action}_{permission.content_type.model}" and action in ACTIONS
        return f"{thing}: {ACTIONS[action] if is_django_own else gettext(permission.name)}"


def permission_options(db_field: ManyToManyField) -> dict[str, Any]:
    """Give what an admin's `formfield_for_manytomany` adds for a field of permissions; nothing for any other."""
    if db_field.remote_field.model is not Permission:
        return {}
    return {"form_class": PermissionsField, "queryset": offered_permissions()}


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups of permissions (הרשאות)."""

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: Any = None, **kwargs: Any) -> Any:
        """Offer permissions by name."""
        return super().formfield_for_manytomany(db_field, request, **(kwargs | permission_options(db_field)))
