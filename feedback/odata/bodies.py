"""Request bodies: JSON text to typed values, checked against the declaration (OData JSON Format 4.01, sections 4 to
8).
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.addresses import below_root
from feedback.odata.errors import (
    BadSyntax,
    InvalidValue,
    NotImplementedByService,
    ODataError,
    UnknownName,
    UnsupportedMediaType,
    WrongType,
)
from feedback.odata.literals import checked_text
from feedback.odata.model import Declaration, EntitySet, Navigation, Property
from feedback.odata.operation import Operation
from feedback.odata.resource import parse_resource

_MAX_NUMBER = 400
# OData JSON Format 4.01, section 4.1; the codecs read a byte order mark as what it is.
_CHARSETS = {"utf-8": "utf-8-sig", "us-ascii": "ascii", "utf-16": "utf-16", "utf-32": "utf-32"}


def _integer(text: str) -> int:
    if len(text) > _MAX_NUMBER:
        raise ValueError("too many digits")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_NUMBER:
        raise ValueError("too many digits")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


# Made once: json.loads makes one for every text that is not read its usual way.
_JSON = json.JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=_constant)


def read_json(body: bytes, content_type: str) -> Any:
    """Read a JSON body with exact decimals. Raises UnsupportedMediaType and BadSyntax."""
    media_type, *parameters = content_type.lower().split(";")
    if content_type and media_type.strip() not in ("application/json", "text/json"):
        raise UnsupportedMediaType(_("Send the body as application/json."))
    given = (text.partition("=")[2].strip(' "') for text in parameters if text.strip().startswith("charset="))
    charset = _CHARSETS.get(next(given, "utf-8"))
    if charset is None:
        raise UnsupportedMediaType(_("Send the body in UTF-8."))
    try:
        return _JSON.decode(body.decode(charset))
    except (ValueError, ArithmeticError, RecursionError):
        raise BadSyntax(_("The body is not valid JSON in UTF-8.")) from None


def read_object(operation: Operation) -> dict[str, Any]:
    """Read a JSON body that must be an object."""
    value = operation.document
    if value is None:
        value = read_json(operation.body, operation.headers("Content-Type"))
    if not isinstance(value, dict):
        raise BadSyntax(_("The body must be a JSON object."))
    return value


ValueOf = Callable[[EntitySet, Mapping[str, Any], str], Any]
"""Gives the value of a property of the entity that has a key; raises NotFound."""


class BodyReader:
    """Reads the values of one entity from a JSON object."""

    def __init__(
        self, declaration: Declaration, entity_set: EntitySet, operation: Operation, value_of: ValueOf
    ) -> None:
        self._declaration = declaration
        self._set = entity_set
        self._value_of = value_of
        self._root = operation.context.root
        self._references = operation.references

    def insert(self, body: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The values for an insert; `given` are known from the address. One error tells all mistakes."""
        values = self._values(body, lambda declared: declared.is_insertable)
        for name, value in (given or {}).items():
            if values.setdefault(name, value) != value:
                message = _("%(name)s contradicts the address: leave it out.") % {"name": name}
                raise InvalidValue(message, target=name)
        return self._complete(values)

    def _complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values back; a required one that is not there is refused."""
        required = [each.name for each in self._set.type.properties if each.is_required]
        missing = [name for name in required if values.get(name) is None]
        if missing:
            message = _("%(name)s is missing.")
            raise _together([InvalidValue(message % {"name": name}, code="Missing", target=name) for name in missing])
        return values

    def update(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values for a PATCH: only what the body names."""
        return self._values(body, lambda declared: declared.is_updatable)

    def replace(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values for a PUT: what the body leaves out is null where it may be; the rest is for the write function
        to decide.
        """
        emptied = {each.name: None for each in self._set.type.properties if each.is_updatable and each.nullable}
        return self._complete(emptied | self.update(body))

    def _values(self, body: Mapping[str, Any], is_read: Callable[[Property], bool]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        bound: dict[str, Any] = {}  # wins over a foreign key that is given beside it (Protocol 4.01, section 11.4.3)
        errors: list[ODataError] = []
        properties = self._set.type.by_name
        for name, value in body.items():
            try:
                declared = properties.get(name)
                if declared is not None:
                    if is_read(declared):
                        values[name] = property_value(declared, value)
                elif "@" in name:
                    bound |= self._bound(name, value)
                else:
                    bound |= self._other(name, value)
            except (InvalidValue, WrongType, UnknownName) as error:
                errors.append(error)
        if errors:
            raise _together(errors)
        return values | {name: value for name, value in bound.items() if is_read(properties[name])}

    def _bound(self, name: str, value: Any) -> dict[str, Any]:
        """`Nav@odata.bind` sets the foreign key; other annotations are ignored, also unknown ones."""
        navigation_name, _at, term = name.partition("@")
        if term not in ("odata.bind", "bind"):
            return {}
        navigation = self._navigation(navigation_name)
        if value is None:
            return {own: property_value(self._set.type.by_name[own], None) for own, _other in navigation.foreign_key}
        if not isinstance(value, str):
            raise NotImplementedByService(_("Only single entities can be bound."), target=name)
        return self.foreign_key(navigation, value, name)

    def foreign_key(self, navigation: Navigation, address: str, target: str) -> dict[str, Any]:
        """The values of the foreign key that lead to the entity at an address."""
        entity_set = self._declaration.target(navigation)
        key = self.entity_key(entity_set, address, target)
        if not navigation.foreign_key:
            raise NotImplementedByService(_("This relation cannot be changed here."), target=target)
        return {
            own: key[other] if other in key else self._value_of(entity_set, key, other)
            for own, other in navigation.foreign_key
        }

    def entity_key(self, entity_set: EntitySet, address: str, target: str) -> Mapping[str, Any]:
        """The key in the address of an entity of the set."""
        resource = parse_resource(self._relative(address, target), self._declaration)
        if resource.kind != "entity" or len(resource.steps) > 1 or resource.set.name != entity_set.name:
            message = _("This is not the address of an entity of %(set)s.") % {"set": entity_set.name}
            raise InvalidValue(message, target=target)
        return resource.last.key or {}

    def _relative(self, address: str, target: str) -> str:
        """The part below the service root; another service's addresses are refused."""
        if address.startswith("$") and address[1:] in self._references:
            return self._references[address[1:]]
        relative = below_root(address, self._root)
        if relative is None and address.startswith("/"):
            relative = address[1:]  # "/Set(key)", as Dataverse's clients write it
        if relative is None:
            raise InvalidValue(_("This address does not belong to the service."), target=target)
        return relative

    def _navigation(self, name: str) -> Navigation:
        found = self._set.type.navigation_by_name.get(name)
        if found is None:
            raise self._unknown(name)
        return found

    def _other(self, name: str, value: Any) -> dict[str, Any]:
        """A name that is no structural property: a navigation property with a reference or content, or a mistake."""
        navigation = self._navigation(name)
        if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"@odata.id", "@id"}:
            return self._bound(f"{name}@odata.bind", *value.values())
        if value is not None and value != []:
            raise NotImplementedByService(_("Deep inserts and updates are not supported."), target=navigation.name)
        return {}

    def _unknown(self, name: str) -> UnknownName:
        names = {"name": name[:60], "type": self._set.type.name}
        return UnknownName(_("There is no property %(name)s in %(type)s.") % names, target=name[:60])


def property_value(declared: Property, value: Any) -> Any:
    """Give the Python value of a JSON value for a property. Raises WrongType and InvalidValue."""
    if value is None:
        if not declared.nullable:
            raise InvalidValue(_("%(name)s cannot be null.") % {"name": declared.name}, target=declared.name)
        return None
    try:
        typed = declared.type.from_json(value)
        if declared.type is edm.STRING:
            checked_text(typed)
    except (ValueError, ArithmeticError):
        names = {"name": declared.name, "type": declared.type.name}
        raise WrongType(_("%(name)s needs a value of type %(type)s.") % names, target=declared.name) from None
    if declared.type is edm.STRING and declared.max_length is not None and len(typed) > declared.max_length:
        names_ = {"name": declared.name, "limit": declared.max_length}
        raise InvalidValue(_("%(name)s may have %(limit)s characters at most.") % names_, target=declared.name)
    if declared.type is edm.DECIMAL:
        return _fitting_decimal(declared, typed)
    return typed


def _fitting_decimal(declared: Property, value: Decimal) -> Decimal:
    precision, scale = declared.precision or 0, declared.scale or 0
    limits = {"name": declared.name, "precision": precision, "scale": scale}
    message = _("%(name)s may have %(precision)s digits, %(scale)s of them after the point.") % limits
    if not value.is_finite() or (value and value.adjusted() >= precision - scale):
        raise InvalidValue(message, target=declared.name)
    if value and value.adjusted() < -scale:
        raise InvalidValue(message, target=declared.name)
    rounded = value.quantize(Decimal(1).scaleb(-scale))
    if rounded != value:
        raise InvalidValue(message, target=declared.name)
    return rounded


def _together(errors: list[ODataError]) -> ODataError:
    """One error is itself; of several, the first speaks and the others are its details."""
    first = errors[0]
    if len(errors) > 1:
        first.details = tuple(errors)
    return first
