"""Which methods an address takes, as the declaration says."""

from django.utils.translation import gettext as _

from feedback.odata.errors import MethodNotAllowed, NotImplementedByService
from feedback.odata.model import EntitySet
from feedback.odata.operation import Operation
from feedback.odata.resource import Resource

READ = ("GET", "HEAD")
_KNOWN = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def check_method(operation: Operation, resource: Resource) -> None:
    """Raise MethodNotAllowed, or NotImplementedByService for methods that HTTP does not have."""
    if operation.method not in _KNOWN:
        raise NotImplementedByService(_("The method %(name)s is not supported.") % {"name": operation.method[:20]})
    allowed = allowed_methods(resource)
    if operation.method not in allowed:
        raise MethodNotAllowed(_("This address does not take %(name)s.") % {"name": operation.method}, allow=allowed)


def allowed_methods(resource: Resource) -> tuple[str, ...]:
    """What may be done at an address."""
    match resource.kind:
        case "batch" | "query":
            return ("POST",)
        case "each":
            return _KNOWN  # whichever it is, it is not implemented
        case "entities":
            return (*READ, *(("POST",) if resource.set.insert else ()))
        case "entity":
            return (*READ, *_entity_methods(resource.set))
        case "property" | "value":
            declared = resource.declared
            if resource.set.update is None or declared is None or not declared.is_updatable:
                return READ
            return (*READ, "PUT", *(("PATCH",) if resource.kind == "property" else ()), "DELETE")
        case "ref":
            return (*READ, *_reference_methods(resource))
    return READ


def _entity_methods(entity_set: EntitySet) -> tuple[str, ...]:
    update = ("PATCH",) if entity_set.update else ()
    replace = ("PUT",) if entity_set.replace else ()
    return (*update, *replace, *(("DELETE",) if entity_set.delete else ()))


def _reference_methods(resource: Resource) -> tuple[str, ...]:
    """References change by updating the entity that holds the foreign key."""
    navigation = resource.last.navigation
    if navigation is None:
        return ()
    owner = resource.steps[-2].set
    if not navigation.collection:
        return ("PUT", "DELETE") if owner.update and _is_writable(owner, navigation.foreign_key) else ()
    partner = resource.set.type.navigation_by_name.get(navigation.partner)
    if partner is None or resource.set.update is None or not _is_writable(resource.set, partner.foreign_key):
        return ()
    return ("DELETE",) if resource.last.key is not None else ("POST", "DELETE")


def _is_writable(entity_set: EntitySet, foreign_key: tuple[tuple[str, str], ...]) -> bool:
    return bool(foreign_key) and all(entity_set.type.by_name[own].is_updatable for own, _other in foreign_key)
