"""From an operation to its answer: what is addressed, whether it takes the method, and what every answer carries."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from django.db import DataError, Error, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from feedback.odata import batch_json, batch_multipart
from feedback.odata.batch import BatchRunner
from feedback.odata.documents import metadata_document, service_document
from feedback.odata.errors import (
    BadRequest,
    Forbidden,
    InvalidValue,
    NotFound,
    NotImplementedByService,
    ODataError,
    PreconditionFailed,
    TooComplex,
    Unavailable,
    UnsupportedMediaType,
)
from feedback.odata.methods import READ, check_method
from feedback.odata.model import Declaration
from feedback.odata.negotiation import Format, is_multipart_wanted, json_format, metadata_form, response_version
from feedback.odata.operation import (
    Answer,
    Authorize,
    Limits,
    Meter,
    Operation,
    error_answer,
    unmetered,
    unrestricted,
)
from feedback.odata.plans import Plans
from feedback.odata.preferences import preferences
from feedback.odata.raw_options import RawOptions, parse_query
from feedback.odata.read_handler import ReadHandler
from feedback.odata.resource import Resource, parse_resource
from feedback.odata.scope import Budget
from feedback.odata.write_handler import WriteHandler

logger = logging.getLogger(__name__)

_STATEMENT_TIMEOUT = "57014"
_DOCUMENTS = ("service", "metadata", "batch")
_FOR_DOCUMENT = frozenset({"format", "schemaversion"})
_COSTLY = frozenset({"filter", "search", "orderby", "compute", "expand", "count", "skip"})


class Dispatcher:
    """Answers operations of one service; never raises."""

    def __init__(
        self, declaration: Declaration, limits: Limits, meter: Meter = unmetered, authorize: Authorize = unrestricted
    ) -> None:
        self.declaration = declaration
        self.limits = limits
        self._meter = meter
        self._authorize = authorize
        self._plans = Plans()

    def answer(self, operation: Operation) -> Answer:
        """Give the answer, errors included, with `OData-Version` and `Content-Language`."""
        version = "4.0"
        try:
            version = response_version(operation.headers("OData-Version"), operation.headers("OData-MaxVersion"))
            answer = self._answer(operation, version)
        except Exception as error:  # whatever it is, the client reads it in the protocol's own form
            answer = failure(error)
        answer.headers["OData-Version"] = version
        answer.headers["Content-Language"] = operation.context.language
        return answer

    def _answer(self, operation: Operation, version: str) -> Answer:
        if len(operation.path) + len(operation.query) > self.limits.url_length:
            raise TooComplex(_("The address is longer than %(limit)s characters.") % {"limit": self.limits.url_length})
        if operation.headers("OData-Isolation") or operation.headers("Isolation"):
            raise PreconditionFailed(_("Isolation is not supported."), target="Isolation")
        raw = parse_query(operation.query, self.declaration.custom_options)
        budget = Budget(self.limits.nodes, self.limits.depth)
        resource = parse_resource(operation.path, self.declaration, aliases=raw.aliases, budget=budget)
        check_method(operation, resource)
        if raw.get("schemaversion") not in (None, "*"):
            raise BadRequest(_("The model has no versions: leave $schemaversion out."), target="$schemaversion")
        if resource.kind in _DOCUMENTS:
            raw.check(_FOR_DOCUMENT)
        match resource.kind:
            case "service":
                layout = _layout(operation, raw, version)
                text = service_document(self.declaration, operation.context.root, layout.metadata)
                return Answer(200, text, layout.content_type)
            case "metadata":
                return self._metadata(operation, raw, version)
            case "batch":
                return self._batch(operation)
            case "query":
                return self._answer(_as_get(operation), version)
            case "entity-id":
                return self._answer(self._by_id(operation, raw, resource.under), version)
            case "media":
                raise BadRequest(_("This entity has no media stream."), target="$value")
            case "all" | "crossjoin" | "each":
                raise NotImplementedByService(_("This address is not supported."))
        self._authorize(operation.context, operation.method not in READ)
        if operation.method in READ:
            layout = Format(version=version)
            if resource.kind not in ("count", "value"):
                layout = _layout(operation, raw, version)
            with self._bounded(resource, raw):
                handler = ReadHandler(self.declaration, self.limits, operation, layout, raw, budget, self._plans)
                return handler.answer(resource)
        return self._writer(operation, raw, version, budget).answer(resource)

    def _writer(self, operation: Operation, raw: RawOptions, version: str, budget: Budget) -> WriteHandler:
        layout = _layout(operation, raw, version)
        try:
            self._authorize(operation.context, False)
        except Forbidden:
            operation = _quiet(operation)  # who may not read is not shown what was written either
        return WriteHandler(self.declaration, self.limits, operation, layout, raw, budget)

    @contextmanager
    def _bounded(self, resource: Resource, raw: RawOptions) -> Iterator[None]:
        """A time limit in the database for what can take long; plain reads do without the round trips."""
        if not (raw.system.keys() & _COSTLY) and len(resource.steps) == 1 and not resource.last.conditions:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(self.limits.statement_timeout_ms)}")
            yield

    def _metadata(self, operation: Operation, raw: RawOptions, version: str) -> Answer:
        form = metadata_form(operation.headers("Accept"), raw.get("format") or "", version)
        return Answer(200, metadata_document(self.declaration, form, version), f"application/{form}")

    def _by_id(self, operation: Operation, raw: RawOptions, cast: str) -> Operation:
        """`$entity?$id=...` is the entity itself; a cast lets it be shaped (URL Conventions 4.01, section 4.3.4)."""
        address = raw.get("id")
        allowed = {"id", "format"} | ({"select", "expand"} if cast else set())
        if not address or raw.system.keys() - allowed:
            raise BadRequest(_("$entity needs $id, and no other option but $format."), target="$id")
        path = self._batch_runner(operation).resolved(address).partition("?")[0]
        found = parse_resource(path, self.declaration)
        if found.kind != "entity" or (cast and cast != self.declaration.qualified(found.set.type)):
            raise NotFound(_("There is nothing at this address."))
        kept = {**raw.system, **raw.aliases}
        del kept["id"]
        return replace(operation, path=path, query="&".join(f"{name}={quote(text)}" for name, text in kept.items()))

    # ---- batches ----

    def _batch_runner(self, operation: Operation, *, continue_on_error: bool = False) -> BatchRunner:
        return BatchRunner(operation, self.answer, self._inserted_together, continue_on_error)

    def _batch(self, operation: Operation) -> Answer:
        form = operation.headers("Content-Type").split(";")[0].strip().lower()
        if form not in ("multipart/mixed", "application/json"):
            raise UnsupportedMediaType(_("Send a batch as multipart/mixed or application/json."))
        if operation.headers("If-Match") or operation.headers("If-None-Match"):
            raise BadRequest(_("Conditions belong to the requests of a batch, not to the batch."), target="If-Match")
        reader = batch_multipart if form == "multipart/mixed" else batch_json
        wish = preferences(operation.headers("Prefer")).continue_on_error
        # Without a wish a multipart batch stops at the first error (Protocol 4.01, section 11.7.2), while a JSON batch
        # goes on (JSON Format 4.01, section 19.4).
        runner = self._batch_runner(operation, continue_on_error=form == "application/json" if wish is None else wish)
        units = reader.read_batch(operation, self.limits.batch_parts)
        # The batch itself was counted as one request already.
        headers = dict(self._meter(operation.context, sum(map(len, units)) - 1))
        answers = runner.run(units)
        applied = {"Preference-Applied": "continue-on-error"} if wish else {}
        if form == "multipart/mixed" or is_multipart_wanted(operation.headers("Accept")):
            body, content_type = batch_multipart.write_batch(answers)
            return Answer(200, body, content_type, headers | applied)
        return Answer(200, batch_json.write_batch(answers), "application/json", headers | applied)

    def _inserted_together(self, operations: Sequence[Operation]) -> list[Answer] | None:
        """Inserts of one atomic group in one call, where all go into one set that can do that; None elsewhere."""
        first = parse_resource(operations[0].path, self.declaration)
        insert_many = first.set.insert_many if first.kind == "entities" and len(first.steps) == 1 else None
        if insert_many is None or any(each.path != operations[0].path for each in operations):
            return None
        self._authorize(operations[0].context, True)
        writers, writes = [], []
        for each in operations:
            raw = parse_query(each.query, self.declaration.custom_options)
            version = response_version(each.headers("OData-Version"), each.headers("OData-MaxVersion"))
            writers.append((self._writer(each, raw, version, Budget(self.limits.nodes, self.limits.depth)), version))
            writes.append(writers[-1][0].insert_write(first))
        if any(write.idempotency for write in writes):
            return None
        answers = []
        for (writer, version), written, each in zip(writers, insert_many(writes), operations, strict=True):
            answer = error_answer(written) if isinstance(written, ODataError) else writer.inserted(first.set, written)
            answer.headers |= {"OData-Version": version, "Content-Language": each.context.language}
            answers.append(answer)
        return answers


def _as_get(operation: Operation) -> Operation:
    """`POST .../$query`: the options stand in the body (OData Protocol 4.01, section 11.2.3; URL Conventions 4.01,
    4.17).
    """
    if operation.headers("Content-Type").split(";")[0].strip().lower() not in ("text/plain", ""):
        raise UnsupportedMediaType(_("Send the query options as text/plain."))
    try:
        given = operation.body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise BadRequest(_("The query options in the body must be percent-encoded.")) from None
    path = operation.path.rstrip("/").removesuffix("/$query")
    query = "&".join(part for part in (operation.query, given) if part)
    return replace(operation, method="GET", path=path, query=query, body=b"")


def _quiet(operation: Operation) -> Operation:
    """The same with `Prefer: return=minimal` before what else is preferred; the first counts (RFC 7240, section 2)."""
    given = operation.headers

    def headers(name: str) -> str:
        return f"return=minimal, {given(name)}".rstrip(", ") if name.lower() == "prefer" else given(name)

    return replace(operation, headers=headers)


def _layout(operation: Operation, raw: RawOptions, version: str) -> Format:
    return json_format(operation.headers("Accept"), raw.get("format") or "", version)


def failure(error: Exception) -> Answer:
    """Give the answer to anything that went wrong: the client's mistake, the database's, or ours."""
    if isinstance(error, ODataError):
        return error_answer(error)
    if isinstance(error, DataError):
        # A value that the database cannot compute with: division by zero, a number out of range.
        return error_answer(InvalidValue(_("A value of the request is out of range.")))
    if isinstance(error, OperationalError | InterfaceError):
        return error_answer(_database_error(error))
    logger.error("an OData request failed", exc_info=error)
    return error_answer(ODataError(_("The service failed. The fault is ours and has been recorded.")))


def _database_error(error: Error) -> ODataError:
    """The database is away, full, or the query took too long. Its own text may hold personal data and stays out."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    if sqlstate == _STATEMENT_TIMEOUT:
        return TooComplex(_("The request takes too long: narrow it down."))
    logger.error("the database refused an OData request: %s, SQLSTATE %s", type(error).__name__, sqlstate)
    return Unavailable(_("The service is not available now: try again later."))
