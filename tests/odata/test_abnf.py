"""The OASIS ABNF test cases, read from where they are kept beside the project; they are OASIS's and not part of it.

The names that a case may use (`Constraints`) are declared as one entity type that has them all. Every rule is either
read by a function of the package or left out by name with the reason; every positive that is refused must be
explained, by the feature that it needs or by its types; every negative must be refused. `pytest -rP -k abnf` prints
the report.
"""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from feedback.odata import Declaration, EntitySet, EntityType, Navigation, Property, edm
from feedback.odata.errors import NotImplementedByService, ODataError
from feedback.odata.idempotency import MAX_KEY
from feedback.odata.literals import coerce, literal_of
from feedback.odata.model import check_name
from feedback.odata.negotiation import response_version
from feedback.odata.options import read_options
from feedback.odata.parser import parse_condition, parse_expression
from feedback.odata.preferences import preferences
from feedback.odata.raw_options import parse_query
from feedback.odata.resource import parse_resource
from feedback.odata.scope import Budget, Scope
from feedback.odata.search import parse_search
from feedback.odata.tokenizer import tokenize

CASES = (
    Path(os.environ.get("ODATA_TEST_CASES", Path(__file__).resolve().parents[3] / "shared" / "odata"))
    / "odata-abnf-testcases.json"
)

pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"the OASIS test cases are not at {CASES}")

TYPES = {
    "ID": edm.INT32,
    "Size": edm.INT32,
    "OrderID": edm.INT32,
    "Age": edm.INT32,
    "Rating": edm.INT32,
    "X": edm.INT32,
    "Month": edm.INT32,
    "Population": edm.INT64,
    "Amount": edm.DECIMAL,
    "Cost": edm.DECIMAL,
    "Price": edm.DECIMAL,
    "Quantity": edm.INT32,
    "Revenue": edm.DECIMAL,
    "SumAmount": edm.DECIMAL,
    "TaxRate": edm.DECIMAL,
    "Completed": edm.BOOLEAN,
    "BirthDate": edm.DATE_TIME_OFFSET,
    "ReleaseDate": edm.DATE_TIME_OFFSET,
    "Date": edm.DATE,
    "Shipped": edm.DATE_TIME_OFFSET,
    "LifeTime": edm.DURATION,
}

# `enumerationMember` lists two of its names; it stands in our namespace, which `namespacePart` lists beside Sales.
PATTERN = edm.enumeration("Model.Pattern", {"Solid": 1, "Yellow": 2}, is_flags=True)
TYPES["style"] = PATTERN

# Rules without a reader here: parts of OData that the package does not have, or writes and never reads.
RULES_LEFT_OUT = {
    "context": "context URLs are written, never read; test_context_urls checks what is written",
    "functionParameter": "no functions",
    "includeAnnotationsPreference": "the preference is not supported and ignored, as RFC 7240 says",
    "deltatoken": "no change tracking",
    "primitiveValue": "matches any text, of any type",
    "timeOfDayLiteral": "the percent-encoded form is read after decoding, as dateTimeOffsetLiteral",
}
RULES_LEFT_OUT |= {
    f"{kind}{shape}": "no geography and geometry"
    for kind in ("geography", "geometry")
    for shape in (
        "Collection",
        "LineString",
        "MultiLineString",
        "MultiPoint",
        "MultiPolygon",
        "Point",
        "Polygon",
    )
}

# Why a positive may be refused: what it needs and the package does not have. The first pattern that is found explains
# it.
FEATURES_LEFT_OUT = {
    "operations": r"(?i)AllOrders|BestProduct\b|Available|MostPopular|PhoneticallySimilar|GeoLocation|ProductsBy"
    r"|MostExpensive"
    r"|WithIngredients|EmployeesBy|ProductsOrderedBy|ActionName|Cluster|Discount|Rejection|Activation|TheBest",
    "derived types": r"\b(Model\.)?(BestSellingProduct|PreferredSupplier|VipCustomer)\b|Sales\.Manager"
    r"|(cast|isof)\([\w, .]*"
    r"(Customer|Manager)\)|\$all/|\$entity/",
    "complex types": r"Address|AddressWithLocation|\{|complex",
    "collections of primitive values": r"EmailAddresses|\bNames\b|\bSizes\b",
    "collections in expressions": r"\[.*\]|Items\(1\)",
    "singletons": r"SingletonEntity|MainSupplier|BestProductEver",
    "streams": r"Thumbnail|\$value,",
    "annotations in expressions": r"@[A-Z]\w*\.|/@|@Messages|@Currency",
    "casts to enumerations": r"cast\(\w+,Sales\.Pattern\)",
    "geography": r"geo\.|Geography|Location",
    "$crossjoin, $all": r"\$crossjoin|\$all",
    "$root in expressions": r"\$root",
    "$this and $it of an entity as a value": r"\(\$it,|\(\$this,|\$this eq|\$it eq|=\$this",
    "matchesPattern and collection functions": r"matchesPattern|hassub",
    "$index": r"index=",
    "media entities": r"Categories\(1\)/\$value",
    "aliases of key properties": r"KeyAlias",
    "$each": r"\$each",
    "keys inside expressions": r"\)\(ID=",
    "$levels=max": r"levels=max",
    "more than one $expand of one property": r"Category\(\$levels=4\),|,Category$",
    "$select and $expand with $entity and no cast": r"^\$entity\?\$id=.*&\$select",
    "expanding over several segments": r"expand=\w+/\w+",
    "implicit parameter aliases": r"\?@?ManagerID",
    "$skiptoken of another service": r"skiptoken",
    "$schemaversion without a versioned model": r"schemaversion",
    "$format that is not served": r"\$format=text/html|Atom",
    "percent-encoded separators inside $expand": r"expand=.*%3B",
}
# Positives whose grammar is read but whose operands have other types in this model: ID is Edm.Int32 here.
TYPE_REASONS = {
    "Edm.Int32 key": r"^(\w+)(\(|%28|/)('|%27|A1245|O'|O%27|Smart|2018|23)|^\w+\('",
    "year outside 1 to 9999": r"^(0000|-10000)-",
    "Boolean against a number or a text": r"^Size eq true$|^Name eq",
    "an entity instead of a value": r"(cast|isof)\(|^Product$|^Product/Supplier$|lambda/|\$it/",
    "a key of two parts": r"^OrderItems/2001/1",
    "an option for collections on a single entity": r"Manager\(",
    "a text instead of a number, or of an instant": r"^Employees/|^People/|^Categories/|Categories\('|LifeTime",
}


def abnf_model(constraints: dict[str, list[str]]) -> Declaration:
    """One entity type with every name that the cases use."""

    def prop(name: str, *, nullable: bool = True) -> Property:
        kind = TYPES.get(name, edm.STRING)
        facets: dict[str, Any] = {"max_length": 100} if kind is edm.STRING else {}
        facets |= {"precision": 10, "scale": 2} if kind is edm.DECIMAL else {}
        return Property(name=name, type=kind, path="id", nullable=nullable, **facets)

    keys = constraints["primitiveKeyProperty"]
    names = [each for each in constraints["primitiveNonKeyProperty"] if each not in ("Location", "code")]
    single = constraints["entityNavigationProperty"]
    many = constraints["entityColNavigationProperty"]
    sets = constraints["entitySetName"]
    target = {**dict.fromkeys((*single, *many), sets[0]), **{name: name for name in many if name in sets}}
    thing = EntityType(
        name="Thing",
        key=("ID",),
        alternate_keys=(("ID", "Size"), ("OrderID", "ItemID")),
        properties=(*(prop(name, nullable=False) for name in keys), *map(prop, names)),
        navigation=(
            *(Navigation(name=name, target=target[name], path="x") for name in single),
            *(Navigation(name=name, target=target[name], back="x", collection=True) for name in many),
        ),
    )
    return Declaration(
        namespace="Model",
        sets=tuple(EntitySet(name=name, type=thing, queryset=lambda context: None) for name in sets),  # type: ignore[arg-type, return-value]
        custom_options=tuple(constraints["customName"]),
    )


class Rules:
    """The readers, by rule."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration

    def scope(self, aliases: Any = None, entity_set: Any = None) -> Scope:
        """A scope on the first set, with a lambda variable as the cases expect it."""
        chosen = entity_set or self.declaration.by_name["Products"]
        scope = Scope.of(self.declaration, chosen, budget=Budget(), aliases=aliases)
        return scope.with_variable("lambda", scope.this)

    def relative(self, text: str) -> None:
        """A path with a query."""
        path, _mark, query = text.partition("?")
        path = path.partition("#")[0]
        raw = parse_query(query, self.declaration.custom_options)
        resource = parse_resource(path, self.declaration, aliases=raw.aliases)
        if resource.kind == "entity-id":
            if not raw.get("id") or raw.system.keys() - {"id", "format"}:
                raise NotImplementedByService("$entity")
            return
        if resource.kind in ("batch", "metadata", "service", "all", "crossjoin"):
            if raw.system.keys() - {"format"}:
                raise NotImplementedByService("options")
            return
        read_options(raw, self.scope(raw.aliases, resource.set))
        if resource.kind in ("each", "media"):
            raise NotImplementedByService(resource.kind)

    def absolute(self, text: str) -> None:
        """A whole URL; the service root is what stands before a set."""
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("not absolute")
        known = (*self.declaration.by_name, "$metadata", "$batch", "$all", "EmployeesByManager")
        segments = parts.path.strip("/").split("/")
        while segments and segments[0] and not segments[0].startswith(known):
            segments.pop(0)
        self.relative("/".join(segments) + ("?" + parts.query if parts.query else ""))

    def options(self, text: str) -> None:
        """A query."""
        raw = parse_query(text, self.declaration.custom_options)
        read_options(raw, self.scope(raw.aliases))

    def expression(self, text: str) -> None:
        """An expression of any type."""
        parse_expression(unquote(text), self.scope())

    def condition(self, text: str) -> None:
        """A Boolean expression."""
        parse_condition(unquote(text), self.scope())

    def quantified(self, text: str) -> None:
        """`any(...)` alone."""
        parse_expression("Products/" + unquote(text), self.scope())

    def search(self, text: str) -> None:
        """The value of `$search`."""
        parse_search(unquote(text).removeprefix("$search="), Budget())

    def literal(self, *kinds: str) -> Callable[[str], None]:
        """A single literal token."""

        def read(text: str) -> None:
            first, last = tokenize(unquote(text))
            if (kinds and first.kind not in kinds) or literal_of(first) is None or last.kind != "end":
                raise ValueError(text)

        return read

    def enumeration(self, text: str) -> None:
        """With the prefix of the type or without."""
        literal = parse_expression(unquote(text), self.scope())
        assert coerce(literal, PATTERN).type is PATTERN  # type: ignore[arg-type]

    def encoded_literal(self, text: str) -> None:
        """A literal that must not be read decoded (a quote inside must not be doubled by decoding)."""
        self.literal("string", "jsonstring")(text)

    def header(self, text: str) -> None:
        """Only the version headers are checked; the others are free text or not supported."""
        name, _colon, value = text.partition(":")
        if name.lower() == "odata-maxversion":
            response_version("", value.strip())
        elif name.lower() == "odata-version":
            response_version(value.strip(), "")

    def preference(self, text: str) -> None:
        """Any preference can be read; one that asks for no page at all is no preference."""
        found = preferences(text.removeprefix("Prefer:").strip())
        if "maxpagesize" in text and found.page_size is None:
            raise ValueError(text)

    def request_id(self, text: str) -> None:
        """An id of a request in a batch."""
        assert 0 < len(text) <= MAX_KEY

    def readers(self) -> dict[str, Callable[[str], Any]]:
        """By the rule's name."""
        options = (
            "queryOptions",
            "filter",
            "orderby",
            "orderBy",
            "select",
            "expand",
            "compute",
            "systemQueryOption",
            "customQueryOption",
            "skiptoken",
        )
        conditions = ("boolCommonExpr", "boolcommonExpr", "notExpr")
        expressions = ("commonExpr", "firstMemberExpr", "propertyPathExpr", "isofExpr")
        values = {
            "booleanValue": edm.BOOLEAN,
            "dateValue": edm.DATE,
            "dateTimeOffsetValue": edm.DATE_TIME_OFFSET,
            "decimalValue": edm.DECIMAL,
            "doubleValue": edm.DOUBLE,
            "durationValue": edm.DURATION,
            "guid": edm.GUID,
            "timeOfDayValue": edm.TIME_OF_DAY,
            "singleValue": edm.SINGLE,
            "byteValue": edm.BYTE,
            "sbyteValue": edm.SBYTE,
            "int16Value": edm.INT16,
            "int32Value": edm.INT32,
            "int64Value": edm.INT64,
            "date": edm.DATE,
        }
        literals = (
            "dateTimeOffsetLiteral",
            "dateTimeOffsetValueInUrl",
            "decimalLiteral",
            "doubleLiteral",
            "singleLiteral",
            "sbyteLiteral",
            "int16Literal",
            "int32Literal",
            "int64Literal",
            "primitiveLiteral",
            "null",
        )
        return {
            "odataUri": self.absolute,
            "odataRelativeUri": self.relative,
            "resourcePath": self.relative,
            "entitySetName": self.relative,
            **dict.fromkeys(options, self.options),
            **dict.fromkeys(conditions, self.condition),
            **dict.fromkeys(expressions, self.expression),
            "anyExpr": self.quantified,
            "search": self.search,
            "searchExpr": self.search,
            **{rule: kind.parse for rule, kind in values.items()},
            **dict.fromkeys(literals, self.literal()),
            "boolean": self.literal("name"),
            "binaryLiteral": self.literal("binary"),
            "durationLiteral": lambda text: edm.DURATION.parse(unquote(text).removeprefix("duration").strip("'")),
            "enumLiteral": self.enumeration,
            "enumValue": PATTERN.parse,
            "stringLiteral": self.encoded_literal,
            "stringInUrl": self.literal("jsonstring"),
            "odataIdentifier": check_name,
            "header": self.header,
            "prefer": self.preference,
            "preference": self.preference,
            "maxpagesizePreference": self.preference,
            "request-id": self.request_id,
        }


def explanation(case: dict[str, Any], table: dict[str, str]) -> str:
    """The first entry of a table whose pattern is found in the input."""
    return next((reason for reason, pattern in table.items() if re.search(pattern, case["Input"])), "")


def run(case: dict[str, Any], reader: Callable[[str], Any]) -> Exception | None:
    """The refusal, None when the input is read."""
    try:
        reader(case["Input"].replace("Sales.Pattern'", "Model.Pattern'"))
    except (ODataError, ValueError, AssertionError, ArithmeticError) as error:
        return error
    except Exception as error:
        if type(error).__name__ == "DeclarationError":
            return error
        raise AssertionError(f"{case['Rule']} {case['Input']!r} escapes as {error!r}") from error
    return None


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    """The whole file."""
    return json.loads(CASES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_abnf_cases(cases: dict[str, Any]) -> None:
    """Positives are read or their refusal is explained, negatives are refused."""
    readers = Rules(abnf_model(cases["Constraints"])).readers()
    parsed: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    left_out: dict[str, list[str]] = defaultdict(list)
    wrong: list[str] = []
    for case in cases["TestCases"]:
        rule, negative = case["Rule"], "FailAt" in case
        if rule in RULES_LEFT_OUT:
            left_out[f"rule {rule}: {RULES_LEFT_OUT[rule]}"].append(case["Name"])
            continue
        assert rule in readers, f"no reader for the rule {rule}"
        error = run(case, readers[rule])
        if negative:
            if error is None:
                wrong.append(f"accepted: {rule} {case['Input']!r} ({case['Name']})")
            refused[rule] += error is not None
        elif error is None:
            parsed[rule] += 1
        else:
            reason = explanation(case, FEATURES_LEFT_OUT)
            if not reason and (by_type := explanation(case, TYPE_REASONS)):
                reason = f"refused for its types only: {by_type}"
            if reason:
                left_out[reason].append(f"{case['Name']}: {case['Input']} [{error}]")
            else:
                wrong.append(f"refused: {rule} {case['Input']!r} ({case['Name']}): {error}")
    print(f"positives read: {parsed.total()}; negatives refused: {refused.total()}")
    for rule in sorted(parsed | refused):
        print(f"  {rule}: {parsed[rule]} read, {refused[rule]} refused")
    for reason, names in sorted(left_out.items()):
        print(f"left out, {reason} ({len(names)})", *names, sep="\n  ")
    assert not wrong, "\n".join(wrong)
