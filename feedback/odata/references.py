"""Writing to `$ref`: relations between entities that exist (OData Protocol 4.01, section 11.4.6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from feedback.odata.bodies import BodyReader, property_value, read_object
from feedback.odata.errors import BadRequest, NotFound
from feedback.odata.model import EntitySet, Navigation, present
from feedback.odata.operation import Answer, Operation
from feedback.odata.raw_options import RawOptions
from feedback.odata.reading import Reader
from feedback.odata.resource import Resource, Step


class ReferenceWriter:
    """The part of the write handler that changes relations."""

    _operation: Operation
    _raw: RawOptions
    _reader: Reader

    def apply(self, resource: Resource, values: dict[str, Any], body: Mapping[str, Any], verb: str) -> Answer:
        """Update one entity; the write handler implements it."""
        raise NotImplementedError

    def body_reader(self, entity_set: EntitySet) -> BodyReader:
        """Reads bodies for entities of a set; the write handler implements it."""
        raise NotImplementedError

    def owner_key(self, steps: tuple[Step, ...], partner: Navigation) -> Mapping[str, Any]:
        """The values of an entity that a foreign key to it holds; the write handler implements it."""
        raise NotImplementedError

    def relate(self, resource: Resource) -> Answer:
        """Change a relation by updating the entity that holds its foreign key (OData Protocol 4.01, section 11.4.6)."""
        navigation = present(resource.last.navigation)  # the methods of other references are read-only
        owner = Resource("entity", resource.steps[:-1])
        if navigation.collection:
            partner = resource.set.type.navigation_by_name[navigation.partner]
            holder = self._holder(resource)
            values = {own: None for own, _other in partner.foreign_key}
            if self._operation.method == "POST":
                key = self.owner_key(owner.steps, partner)
                values = {own: key[other] for own, other in partner.foreign_key}
            elif (
                self._reader.value(self._reader.rows(holder.steps), holder.set, holder.set.type.key_properties[0])
                is None
            ):
                raise NotFound(_("There is nothing at this address."))
            answer = self.apply(Resource("entity", (Step(holder.set, key=holder.last.key),)), values, {}, "update")
        else:
            values = {own: None for own, _other in navigation.foreign_key}
            if self._operation.method == "PUT":
                values = self.body_reader(owner.set).foreign_key(navigation, self._referenced_id(), "@odata.id")
            for name, value in values.items():
                if value is None:
                    property_value(owner.set.type.by_name[name], None)  # refuses null where it is not allowed
            answer = self.apply(owner, values, {}, "update")
        return Answer(204, headers={name: text for name, text in answer.headers.items() if name != "ETag"})

    def _holder(self, resource: Resource) -> Resource:
        """The member of the collection that is meant: in the address, in `$id`, or in the body."""
        if resource.last.key is not None:
            return Resource("entity", resource.steps)
        address = self._raw.get("id") if self._operation.method == "DELETE" else self._referenced_id()
        key = self.body_reader(resource.set).entity_key(resource.set, address or "", "$id")
        if self._operation.method == "POST":
            return Resource("entity", (Step(resource.set, key=key),))
        return Resource("entity", (*resource.steps[:-1], replace(resource.last, key=key)))

    def _referenced_id(self) -> str:
        body = read_object(self._operation)
        address = body.get("@odata.id", body.get("@id"))
        if not isinstance(address, str):
            raise BadRequest(_("The body needs the member “@odata.id”."), target="@odata.id")
        return address
