"""`$batch`: running the parts of a batch, whichever format it came in (OData Protocol 4.01, section 11.7).

The parts share the principal of the batch and stay below the service root. An atomic group runs in one transaction
and fails as a whole. Without the preference continue-on-error nothing is processed after the first part that fails.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from feedback.odata.addresses import below_root
from feedback.odata.errors import BadRequest, FailedDependency, NotAcceptable, NotFound, ODataError
from feedback.odata.languages import best_language
from feedback.odata.negotiation import json_format
from feedback.odata.operation import Answer, Operation, error_answer, header_lookup

Answerer = Callable[[Operation], Answer]
GroupAnswerer = Callable[[Sequence[Operation]], "list[Answer] | None"]

# What the batch says for all its parts unless a part says otherwise (OData Protocol 4.01, section 8).
_INHERITED = ("odata-maxversion", "odata-version")
_CONDITIONS = ("if-match", "if-none-match")


@dataclass(frozen=True)
class Part:
    """One request of a batch; header names in lower case. `document` is the body when it is JSON that was read
    already.
    """

    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""
    document: Any = None
    group: str = ""
    depends_on: tuple[str, ...] = ()
    has_condition: bool = False


@dataclass(frozen=True)
class PartAnswer:
    """The answer to one part."""

    part: Part
    answer: Answer


@dataclass
class BatchRunner:
    """Runs parts in order and remembers what later ones may refer to."""

    operation: Operation
    answer: Answerer
    answer_group: GroupAnswerer
    continue_on_error: bool
    addresses: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def run(self, units: Sequence[Sequence[Part]]) -> list[list[PartAnswer]]:
        """Give the answers, unit by unit; a unit is one part or an atomic group."""
        answers = []
        for unit in units:
            done = self._atomic(unit) if unit[0].group else [self._single(unit[0])]
            answers.append(done)
            if not self.continue_on_error and any(each.answer.status >= 400 for each in done):
                break
        return answers

    def _single(self, part: Part) -> PartAnswer:
        answer = self._dependent(part) or self._answered(part)
        self._remember(part, answer)
        return PartAnswer(part, answer)

    def _dependent(self, part: Part) -> Answer | None:
        """The answer to a part whose dependencies do not hold, or whose condition is not understood."""
        if part.has_condition:
            # JSON Format 4.01, section 19.1
            return self._refused(FailedDependency(_("“if” is not supported: use dependsOn.")))
        for name in part.depends_on:
            if name not in self.seen:
                return self._refused(BadRequest(_("dependsOn names no earlier request: %(id)s.") % {"id": name[:60]}))
            if name in self.failed:
                return self._refused(FailedDependency(_("The request %(id)s has failed.") % {"id": name[:60]}))
        return None

    def _refused(self, error: ODataError) -> Answer:
        answer = error_answer(error)
        answer.headers |= {"OData-Version": "4.0", "Content-Language": self.operation.context.language}
        return answer

    def _answered(self, part: Part) -> Answer:
        try:
            operation = self.operation_of(part)
            with translation.override(operation.context.language):
                return self.answer(operation)
        except ODataError as error:
            return self._refused(error)

    def _remember(self, part: Part, answer: Answer) -> None:
        self.seen |= {part.id, part.group} - {""}
        if answer.status >= 400:
            self.failed |= {part.id, part.group} - {""}
            return
        location = answer.headers.get("Location") or answer.headers.get("OData-EntityId")
        self.addresses[part.id] = location.removeprefix(self.operation.context.root) if location else self._path(part)
        if "ETag" in answer.headers:
            self.etags[part.id] = answer.headers["ETag"]

    def _path(self, part: Part) -> str:
        return self.resolved(part.url).partition("?")[0]

    # ---- atomic groups ----

    def _atomic(self, parts: Sequence[Part]) -> list[PartAnswer]:
        """All or nothing. Where the set can, inserts into one set are one call."""
        with transaction.atomic():
            answers = self._group_at_once(parts) or self._one_by_one(parts)
            failed = any(each.answer.status >= 400 for each in answers)
            if failed:
                transaction.set_rollback(True)
        return self._failed_group(parts, answers) if failed else answers

    def _one_by_one(self, parts: Sequence[Part]) -> list[PartAnswer]:
        answers: list[PartAnswer] = []
        for part in parts:
            answers.append(self._single(part))
            if answers[-1].answer.status >= 400:
                break
        return answers

    def _group_at_once(self, parts: Sequence[Part]) -> list[PartAnswer] | None:
        if any(
            part.method != "POST" or part.depends_on or part.has_condition or part.url.startswith("$") for part in parts
        ):
            return None
        try:
            operations = [self.operation_of(part) for part in parts]
            if any(each.context.language != self.operation.context.language for each in operations):
                return None
            answers = self.answer_group(operations)
        except ODataError:
            return None  # found again, and answered, one by one
        if answers is None:
            return None
        for part, answer in zip(parts, answers, strict=True):
            self._remember(part, answer)
        return [PartAnswer(part, answer) for part, answer in zip(parts, answers, strict=True)]

    def _failed_group(self, parts: Sequence[Part], answers: Sequence[PartAnswer]) -> list[PartAnswer]:
        """The failures as they are; the others are undone and say so."""
        known = {id(each.part): each.answer for each in answers if each.answer.status >= 400}
        undone = FailedDependency(_("Another request of the group has failed; nothing of the group was done."))
        self.failed |= {part.id for part in parts} | {parts[0].group}
        for part in parts:
            self.addresses.pop(part.id, None)
        return [PartAnswer(part, known.get(id(part)) or self._refused(undone)) for part in parts]

    # ---- from parts to operations ----

    def operation_of(self, part: Part) -> Operation:
        """The operation of a part. Raises BadRequest and NotFound for addresses outside the service."""
        path, _mark, query = self.resolved(part.url).partition("?")
        if path.strip("/") == "$batch":
            raise BadRequest(_("A batch cannot hold another batch."))
        headers = {name: self.operation.headers(name) for name in _INHERITED} | part.headers
        headers.setdefault("accept", _json_accepted(self.operation.headers("Accept")))
        context = self.operation.context
        if "accept-language" in headers:
            context = replace(context, language=best_language(headers["accept-language"]))
        for name in _CONDITIONS:
            if headers.get(name, "").startswith("$"):
                headers[name] = self.etags.get(headers[name][1:], headers[name])
        return replace(
            self.operation,
            method=part.method,
            path=path,
            query=query.partition("#")[0],
            headers=header_lookup(headers),
            context=context,
            body=part.body,
            document=part.document,
            references=self.addresses,
        )

    def resolved(self, url: str) -> str:
        """The part below the service root: of an absolute URL or path, `/Set`, a relative one, or `$id/...`."""
        if url.startswith("$"):
            name, slash, rest = url[1:].partition("/")
            if name in self.addresses:
                return self.addresses[name] + slash + rest
            if name in self.failed:
                raise FailedDependency(_("The request %(id)s has failed.") % {"id": name[:60]})
            return url
        relative = below_root(url, self.operation.context.root)
        if relative is not None:
            return relative
        if "://" in url.partition("?")[0]:
            raise NotFound(_("This address does not belong to the service."))
        return url.removeprefix("/")


def _json_accepted(accept: str) -> str:
    """What the parts inherit of the batch's `Accept`: nothing when that is about the form of the batch only."""
    try:
        json_format(accept, "", "4.0")
    except NotAcceptable:
        return ""
    return accept


def check_count(count: int, limit: int) -> None:
    """Refuse a batch with more parts than allowed."""
    if count > limit:
        raise BadRequest(_("A batch may have %(limit)s requests at most.") % {"limit": limit}, code="TooComplex")
