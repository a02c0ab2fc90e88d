"""POST, PATCH, PUT and DELETE: from a body to one call of a write function, and its answer (OData Protocol 4.01,
section 11.4).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.odata.bodies import BodyReader, property_value, read_object
from feedback.odata.columns import EntityWriter, ValueColumns
from feedback.odata.context import Write, Written
from feedback.odata.context_url import fragment
from feedback.odata.edm import encode_string
from feedback.odata.errors import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    NotImplementedByService,
    ODataError,
    PreconditionFailed,
    Unprocessable,
)
from feedback.odata.etags import matches
from feedback.odata.idempotency import idempotency_of, is_repeatable
from feedback.odata.keys import canonical_key
from feedback.odata.model import Declaration, EntitySet, Navigation, present
from feedback.odata.negotiation import Format
from feedback.odata.operation import Answer, Limits, Operation
from feedback.odata.options import ReadOptions, read_options
from feedback.odata.preferences import preferences
from feedback.odata.raw_options import RawOptions
from feedback.odata.reading import Reader
from feedback.odata.references import ReferenceWriter
from feedback.odata.resource import Resource, Step
from feedback.odata.scope import Budget, Scope

_FOR_CHANGE = frozenset({"select", "expand", "compute", "format", "schemaversion"})  # they shape the answer
_FOR_RELATION = frozenset({"id", "format", "schemaversion"})


class WriteHandler(ReferenceWriter):
    """Answers one writing request."""

    def __init__(
        self,
        declaration: Declaration,
        limits: Limits,
        operation: Operation,
        layout: Format,
        raw: RawOptions,
        budget: Budget,
    ) -> None:
        self._declaration = declaration
        self._operation = operation
        self._layout = layout
        self._raw = raw
        self._budget = budget
        self._reader = Reader(declaration, operation.context, layout, limits.largest_page)
        self._returns = preferences(operation.headers("Prefer")).returns
        self._options = ReadOptions()
        self._if_match = operation.headers("If-Match")
        self._if_none_match = operation.headers("If-None-Match")

    def answer(self, resource: Resource) -> Answer:
        """Dispatch on the method; the dispatcher has checked that the resource takes it."""
        try:
            return self._answered(resource)
        except ODataError as error:
            if is_repeatable(self._operation.headers):
                is_rejected = isinstance(error, PreconditionFailed | Unprocessable)
                error.headers.setdefault("Repeatability-Result", "rejected" if is_rejected else "accepted")
            raise

    def _answered(self, resource: Resource) -> Answer:
        self._raw.check(_FOR_RELATION if resource.kind == "ref" else _FOR_CHANGE)
        match (self._operation.method, resource.kind):
            case ("POST", "entities"):
                return self.inserted(resource.set, self._insert(resource))
            case ("PATCH" | "PUT", "entity"):
                return self._update(resource)
            case ("DELETE", "entity"):
                return self._delete(resource)
            case (_method, "property" | "value"):
                return self._update_property(resource)
            case (_method, "ref"):
                return self.relate(resource)
        raise NotImplementedByService(_("This change is not supported."))

    # ---- inserts ----

    def _insert(self, resource: Resource) -> Written:
        return present(resource.set.insert)(self.insert_write(resource))

    def insert_write(self, resource: Resource) -> Write:
        """What the insert function of the set is given."""
        body = read_object(self._operation)
        self._options = self._shape(resource.set)
        values = self.body_reader(resource.set).insert(body, self._given(resource))
        return self._write("insert", resource.set, values)

    def _given(self, resource: Resource) -> dict[str, Any]:
        """What the address says of a new related entity: the foreign key to its owner."""
        navigation = resource.last.navigation
        if navigation is None:
            return {}
        partner = resource.set.type.navigation_by_name.get(navigation.partner)
        if partner is None or not partner.foreign_key:
            raise NotImplementedByService(_("Insert into %(set)s directly.") % {"set": resource.set.name})
        owner = self.owner_key(resource.steps[:-1], partner)
        return {own: owner[other] for own, other in partner.foreign_key}

    def owner_key(self, steps: tuple[Step, ...], partner: Navigation) -> Mapping[str, Any]:
        key = (steps[0].key if len(steps) == 1 else None) or {}
        return {
            other: key[other] if other in key else self._value_at(steps, other) for _own, other in partner.foreign_key
        }

    def body_reader(self, entity_set: EntitySet) -> BodyReader:
        def value_of(other_set: EntitySet, key: Mapping[str, Any], name: str) -> Any:
            return self._value_at((Step(other_set, key=key),), name)

        return BodyReader(self._declaration, entity_set, self._operation, value_of)

    def _value_at(self, steps: tuple[Step, ...], name: str) -> Any:
        found = self._reader.value(self._reader.rows(steps), steps[-1].set, steps[-1].set.type.by_name[name])
        if found is None:
            raise NotFound(_("There is nothing at this address."))
        return found[1]

    def _shape(self, entity_set: EntitySet) -> ReadOptions:
        """How the answer is wanted; read before anything is changed, so that a mistake in it leaves nothing done."""
        scope = Scope.of(self._declaration, entity_set, budget=self._budget, aliases=self._raw.aliases)
        return read_options(self._raw, scope)

    def _write(
        self, verb: str, entity_set: EntitySet, values: Mapping[str, Any], key: Mapping[str, Any] | None = None
    ) -> Write:
        return Write(
            context=self._operation.context,
            values=values,
            key=key or {},
            idempotency=idempotency_of(self._operation.headers),
            replace=verb == "replace",
            target=f"{verb} {entity_set.name}",
        )

    def inserted(self, entity_set: EntitySet, written: Written) -> Answer:
        """The answer to an insert: 201, or 200 for a duplicate; 204 with `OData-EntityId` when a minimal return is
        preferred.
        """
        address = self._address(entity_set, written)
        headers = self._replay_headers(written) | {"Location": address}
        if self._returns == "minimal":
            headers["OData-EntityId"] = address
            if entity_set.etag is not None:
                headers["ETag"] = self._represented(entity_set, written)[1]
            return Answer(204, headers=self._applied(headers))
        body, etag = self._represented(entity_set, written)
        if etag:
            headers["ETag"] = etag
        return Answer(201 if written.created else 200, body, self._layout.content_type, self._applied(headers))

    def _address(self, entity_set: EntitySet, written: Written) -> str:
        root = self._operation.context.root
        return f"{root}{quote(entity_set.name)}{canonical_key(written.key, entity_set.type)}"

    def _represented(self, entity_set: EntitySet, written: Written) -> tuple[str, str]:
        """The body and the ETag; read from the database unless the write function had all values at hand."""
        options = self._options
        if written.values is not None and entity_set.etag is None and not self._raw.system:
            members, etag = self._from_values(entity_set, written.values), ""
        else:
            found = self._reader.single(self._reader.rows([Step(entity_set, key=written.key)]), entity_set, options)
            if found is None:
                raise NotFound(_("There is nothing at this address."))
            members, etag = found.members, found.etag
        path = fragment(entity_set.name, options, self._layout.version, "/$entity")
        context = f'"@odata.context":{encode_string(f"{self._operation.context.root}$metadata#{path}")}'
        return "{" + ",".join(filter(None, [context if self._layout.metadata != "none" else "", members])) + "}", etag

    def _from_values(self, entity_set: EntitySet, values: Mapping[str, Any]) -> str:
        properties = entity_set.type.properties
        context = self._operation.context
        columns = ValueColumns(properties)
        writer = EntityWriter(self._declaration, entity_set, properties, columns, context, self._layout)
        return writer.body([values.get(declared.name) for declared in properties])

    # ---- updates ----

    def _update(self, resource: Resource) -> Answer:
        body = read_object(self._operation)
        if self._operation.headers("OData-Version") == "4.01":
            # In 4.0 the ETag of a body must be ignored (Protocol 4.01, section 11.4.3).
            self._if_match = self._if_match or str(body.get("@odata.etag") or body.get("@etag") or "")
        reader = self.body_reader(resource.set)
        is_replacement = self._operation.method == "PUT"
        values = reader.replace(body) if is_replacement else reader.update(body)
        return self.apply(resource, values, body, "replace" if is_replacement else "update")

    def _update_property(self, resource: Resource) -> Answer:
        declared = present(resource.declared)
        if not declared.is_updatable:
            raise MethodNotAllowed(_("%(name)s cannot be changed.") % {"name": declared.name}, allow=("GET", "HEAD"))
        values = {declared.name: property_value(declared, self._property_content(resource.kind))}
        answer = self.apply(Resource("entity", resource.steps), values, {}, "update")
        return Answer(204, headers=answer.headers) if answer.status == 200 else answer

    def _property_content(self, kind: str) -> Any:
        """The JSON value that the body gives; a raw value is text, which every type can be read from."""
        if self._operation.method == "DELETE":
            return None
        if kind == "value":
            text = self._operation.body.decode("utf-8", "replace")
            return {"true": True, "false": False}.get(text, text)
        body = read_object(self._operation)
        if "value" not in body:
            raise BadRequest(_("The body needs the member “value”."), target="value")
        return body["value"]

    def apply(self, resource: Resource, values: dict[str, Any], body: Mapping[str, Any], verb: str) -> Answer:
        self._options = self._shape(resource.set)
        key = self._addressed_key(resource)
        write = self._write(verb, resource.set, values, key)
        update = present(resource.set.update)
        try:
            if not self._is_conditional:
                return self._updated(resource.set, update(write))
            if resource.set.is_repeatable:
                write = replace(write, check=partial(self._check_unchanged, resource))
                return self._updated(resource.set, update(write))
            with transaction.atomic():
                self._check_unchanged(resource)
                return self._updated(resource.set, update(write))
        except NotFound:
            if not resource.set.upsert:
                raise
            return self._upsert(resource.set, key, body)

    def _upsert(self, entity_set: EntitySet, key: Mapping[str, Any], body: Mapping[str, Any]) -> Answer:
        values = self.body_reader(entity_set).insert(body, key)
        return self.inserted(entity_set, present(entity_set.insert)(self._write("insert", entity_set, values)))

    @property
    def _is_conditional(self) -> bool:
        return bool(self._if_match or self._if_none_match)

    def _addressed_key(self, resource: Resource) -> Mapping[str, Any]:
        """The first key; where the address has another one or navigates, it is looked up."""
        given = resource.last.key if len(resource.steps) == 1 and not resource.last.conditions else None
        if given is not None and set(given) == set(resource.set.type.key):
            return given
        found = self._reader.single(self._reader.rows(resource.steps), resource.set, ReadOptions())
        if found is None and given is not None and resource.set.upsert:
            return given
        if found is None:
            raise NotFound(_("There is nothing at this address."))
        return found.key

    def _check_unchanged(self, resource: Resource) -> None:
        """`If-Match` and `If-None-Match` on the entity, which stays locked until the update is done."""
        rows = self._reader.rows(resource.steps)
        exists = list(rows.order_by().select_for_update(of=("self",), no_key=True).values_list("pk")[:1])
        found = self._reader.single(rows, resource.set, ReadOptions()) if exists else None
        wanted, unwanted = self._if_match, self._if_none_match
        if found is None:
            if wanted:
                raise PreconditionFailed(_("There is no entity that matches If-Match."), target="If-Match")
            return  # the write function says that there is nothing, or the entity is inserted
        if wanted and not matches(wanted, found.etag) and (found.etag or wanted.strip() != "*"):
            raise PreconditionFailed(_("The entity was changed since: read it again."), target="If-Match")
        if unwanted and matches(unwanted, found.etag):
            raise PreconditionFailed(_("The entity exists."), target="If-None-Match")

    def _updated(self, entity_set: EntitySet, written: Written) -> Answer:
        headers = self._replay_headers(written)
        is_shaped = bool(self._raw.system.keys() & {"select", "expand"})
        if self._returns == "minimal" or not (self._returns or is_shaped):
            if entity_set.etag is not None:
                headers["ETag"] = self._represented(entity_set, written)[1]
            headers["OData-EntityId"] = self._address(entity_set, written)
            return Answer(204, headers=self._applied(headers))
        body, etag = self._represented(entity_set, written)
        if etag:
            headers["ETag"] = etag
        return Answer(200, body, self._layout.content_type, self._applied(headers))

    def _delete(self, resource: Resource) -> Answer:
        delete = present(resource.set.delete)
        write = self._write("delete", resource.set, {}, self._addressed_key(resource))
        if self._is_conditional:
            with transaction.atomic():
                self._check_unchanged(resource)
                delete(write)
        else:
            delete(write)
        return Answer(204, headers=self._replay_headers(None))

    # ---- headers ----

    def _replay_headers(self, written: Written | None) -> dict[str, str]:
        headers = {}
        if is_repeatable(self._operation.headers):
            headers["Repeatability-Result"] = "accepted"
        if written is not None and written.replayed:
            headers["Idempotency-Replayed"] = "true"
        return headers

    def _applied(self, headers: dict[str, str]) -> dict[str, str]:
        if self._returns:
            headers["Preference-Applied"] = f"return={self._returns}"
        return headers
