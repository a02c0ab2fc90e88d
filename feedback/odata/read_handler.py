"""GET and HEAD: from an address and its options to an answer (OData Protocol 4.01, section 11.2)."""

from dataclasses import replace
from urllib.parse import unquote

from django.utils.translation import gettext as _

from feedback.odata import edm
from feedback.odata.context_url import fragment
from feedback.odata.errors import NotFound, NotImplementedByService, PreconditionFailed
from feedback.odata.etags import matches
from feedback.odata.keys import canonical_key
from feedback.odata.model import Declaration, Property, present
from feedback.odata.negotiation import Format, raw_text_wanted
from feedback.odata.operation import Answer, Limits, Operation
from feedback.odata.options import ReadOptions, read_options
from feedback.odata.paging import query_hash
from feedback.odata.plans import Plans
from feedback.odata.preferences import Preferences, preferences
from feedback.odata.raw_options import SYSTEM_OPTIONS, RawOptions
from feedback.odata.reading import Found, Reader
from feedback.odata.resource import Resource
from feedback.odata.scope import Budget, Scope

_FOR_COLLECTION = SYSTEM_OPTIONS - {"levels"}
_FOR_ENTITY = frozenset({"select", "expand", "compute", "format", "schemaversion"})
_FOR_COUNT = frozenset({"filter", "search", "format", "schemaversion"})


class ReadHandler:
    """Answers one reading request."""

    def __init__(
        self,
        declaration: Declaration,
        limits: Limits,
        operation: Operation,
        layout: Format,
        raw: RawOptions,
        budget: Budget,
        plans: Plans,
    ) -> None:
        self._declaration = declaration
        self._limits = limits
        self._operation = operation
        self._raw = raw
        self._preferences: Preferences = preferences(operation.headers("Prefer"))
        self._layout = replace(layout, omit_nulls=True) if self._preferences.omit_nulls else layout
        self._budget = budget
        expanded_page = min(self._preferences.page_size or limits.largest_page, limits.largest_page)
        self._reader = Reader(declaration, operation.context, self._layout, expanded_page, plans)

    def answer(self, resource: Resource) -> Answer:
        """Dispatch on what is addressed."""
        match resource.kind:
            case "entities":
                return self._entities(resource, references=False)
            case "entity":
                return self._entity(resource)
            case "count":
                return self._count(resource)
            case "ref":
                return self._references(resource)
            case "property" | "value":
                return self._property(resource)
        raise NotImplementedByService(_("This address is not supported."))

    def options(self, resource: Resource, allowed: frozenset[str]) -> ReadOptions:
        """The options, checked for what the addressed kind of resource takes."""
        self._raw.check(allowed)
        scope = Scope.of(self._declaration, resource.set, budget=self._budget, aliases=self._raw.aliases)
        return read_options(self._raw, scope)

    # ---- collections ----

    def _entities(self, resource: Resource, *, references: bool) -> Answer:
        options = self.options(resource, _FOR_COLLECTION)
        wished = self._preferences.page_size
        # A client that pages with $top may not follow next links: it gets all that it asks for where that is allowed.
        size = min(wished or max(self._limits.page_size, options.top or 0), self._limits.largest_page)
        digest = query_hash(self._operation.path, self._raw.system, self._raw.aliases)
        page = self._reader.page(resource.steps, resource.set, options, size, digest, references=references)
        if not page.items:
            self._check_owner(resource)
        path = "Collection($ref)" if references else fragment(resource.set.name, options, self._layout.version)
        members = [self._context_member(path)]
        if page.count is not None:
            members.append(f'"@odata.count":{self._layout.count(page.count)}')
        members.append(f'"value":[{",".join(page.items)}]')
        if page.next_token:
            members.append(f'"@odata.nextLink":{edm.encode_string(self._next_link(page.next_token))}')
        return self._json(members, applied=[f"maxpagesize={size}"] if wished else [])

    def _next_link(self, token: str) -> str:
        kept = [
            part
            for part in self._operation.query.split("&")
            if part
            and part.partition("=")[0].replace("%24", "$").lower().removeprefix("$") not in ("skip", "skiptoken")
        ]
        return f"{self._operation.context.root}{self._operation.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"

    def _check_owner(self, resource: Resource) -> None:
        """An empty collection of an entity that is not there is 404, not empty."""
        owners = resource.steps[:-1]
        if owners and not self._reader.rows(owners).exists():
            raise NotFound(_("There is nothing at this address."))

    def _count(self, resource: Resource) -> Answer:
        options = self.options(resource, _FOR_COUNT)
        raw_text_wanted(self._operation.headers("Accept"), self._raw.get("format") or "")
        rows = self._reader.narrowed(self._reader.rows(resource.steps), resource.set, options)
        count = rows.count()
        if not count:
            self._check_owner(resource)
        return Answer(200, str(count), "text/plain;charset=utf-8")

    def _references(self, resource: Resource) -> Answer:
        if resource.under == "entities":
            return self._entities(resource, references=True)
        found = self._found(resource, ReadOptions())
        if found is None:
            return Answer(204)
        return self._json([self._context_member("$ref"), f'"@odata.id":{edm.encode_string(found.address)}'])

    # ---- single entities and properties ----

    def _found(self, resource: Resource, options: ReadOptions) -> Found | None:
        """The entity, or None where a single-valued navigation property is null. Raises NotFound."""
        found = self._reader.single(self._reader.rows(resource.steps), resource.set, options)
        if found is not None:
            return found
        if resource.last.key is not None or not self._reader.rows(resource.steps[:-1]).exists():
            raise NotFound(_("There is nothing at this address."))
        return None

    def _entity(self, resource: Resource) -> Answer:
        options = self.options(resource, _FOR_ENTITY)
        found = self._found(resource, options)
        if found is None:
            return Answer(204)
        headers = {"ETag": found.etag} if found.etag else {}
        wanted, unwanted = self._operation.headers("If-Match"), self._operation.headers("If-None-Match")
        if wanted and not matches(wanted, found.etag):
            raise PreconditionFailed(_("The entity was changed since: read it again."), target="If-Match")
        if unwanted and found.etag and matches(unwanted, found.etag):
            return Answer(304, headers=headers)
        path = fragment(resource.set.name, options, self._layout.version, "/$entity")
        answer = self._json([self._context_member(path), found.members])
        answer.headers |= headers
        return answer

    def _property(self, resource: Resource) -> Answer:
        declared = present(resource.declared)
        self.options(resource, frozenset({"format", "schemaversion"}))
        rows = self._reader.value(self._reader.rows(resource.steps), resource.set, declared)
        if rows is None:
            raise NotFound(_("There is nothing at this address."))
        key, value = rows
        if resource.kind == "value":
            raw_text_wanted(self._operation.headers("Accept"), self._raw.get("format") or "")
            return Answer(204) if value is None else Answer(200, declared.type.text(value), "text/plain;charset=utf-8")
        if value is None:
            return Answer(204)
        # The fragment of a context URL is not percent-encoded (JSON Format 4.01, section 4.5.1).
        path = f"{resource.set.name}{unquote(canonical_key(key, resource.set.type))}/{declared.name}"
        return self._json([self._context_member(path), *self._value_members(declared, value)])

    def _value_members(self, declared: Property, value: object) -> list[str]:
        text = declared.type.to_json(value, numbers_as_strings=self._layout.ieee754)
        members = [f'"value":{text}']
        if self._layout.metadata == "full" and declared.type not in (edm.STRING, edm.BOOLEAN, edm.DOUBLE):
            members.insert(0, f'"@odata.type":"#{declared.type.name.removeprefix("Edm.")}"')
        return members

    # ---- the envelope ----

    def _context_member(self, path: str) -> str:
        if self._layout.metadata == "none":
            return ""
        return f'"@odata.context":{edm.encode_string(f"{self._operation.context.root}$metadata#{path}")}'

    def _json(self, members: list[str], applied: list[str] | None = None) -> Answer:
        answer = Answer(200, "{" + ",".join(each for each in members if each) + "}", self._layout.content_type)
        applied = [*(applied or []), *(["omit-values=nulls"] if self._layout.omit_nulls else [])]
        if applied:
            answer.headers["Preference-Applied"] = ", ".join(applied)
        return answer
