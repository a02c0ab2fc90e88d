"""The metadata document against the schemas that OASIS publishes, and against OASIS's own converter.

The npm package `odata-csdl` of the OData Technical Committee brings the schemas (edm.xsd, edmx.xsd, csdl.schema.json)
and a program that turns the XML form into the JSON form.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema

from feedback.api.odata_model import SERVICE
from feedback.odata import Declaration
from feedback.odata.csdl_json import csdl_json
from feedback.odata.csdl_xml import EDM, csdl_xml
from tests.odata import conftest as _the_shop_is_installed  # noqa: F401 - its models can be imported from now on
from tests.odata.shop.declaration import SHOP

pytestmark = pytest.mark.clients

NODE_MODULES = Path(__file__).parent / "node_modules"
CSDL = NODE_MODULES / "odata-csdl"
DECLARATIONS = [SERVICE.declaration, SHOP]


@pytest.fixture(params=DECLARATIONS, ids=lambda declaration: declaration.namespace)
def declaration(request: pytest.FixtureRequest) -> Declaration:
    """The product's model, and the shop of the tests."""
    return request.param


@pytest.fixture(params=["4.0", "4.01"])
def version(request: pytest.FixtureRequest) -> str:
    """Both versions in which the document is served."""
    return request.param


@pytest.fixture(scope="session")
def xml_schema() -> Any:
    """edmx.xsd, which imports edm.xsd."""
    schemas = CSDL / "schemas"
    return xmlschema.XMLSchema11(str(schemas / "edmx.xsd"), locations={EDM: str(schemas / "edm.xsd")})


@pytest.fixture(scope="session")
def json_schema() -> Any:
    """csdl.schema.json; Python's patterns know no Unicode categories, but its \\w holds the same characters."""
    text = (CSDL / "schemas" / "csdl.schema.json").read_text(encoding="utf-8")
    text = text.replace(r"(_|\\p{L}|\\p{Nl}|\\p{Nd}|\\p{Mn}|\\p{Mc}|\\p{Pc}|\\p{Cf})", r"\\w")
    return json.loads(text.replace(r"(_|\\p{L}|\\p{Nl})", r"[^\\W\\d]"))


def test_the_xml_form_is_valid(declaration: Declaration, version: str, xml_schema: Any, tmp_path: Path) -> None:
    document = tmp_path / "metadata.xml"
    document.write_text(csdl_xml(declaration, version), encoding="utf-8")
    xml_schema.validate(str(document))


def test_the_json_form_is_valid(declaration: Declaration, version: str, json_schema: Any) -> None:
    jsonschema.validate(json.loads(csdl_json(declaration, version)), json_schema)


def test_the_schemas_refuse_what_is_wrong(xml_schema: Any, json_schema: Any, tmp_path: Path) -> None:
    document = tmp_path / "metadata.xml"
    document.write_text(csdl_xml(SHOP, "4.01").replace('MaxLength="', 'MaxLength="long ', 1), encoding="utf-8")
    assert not xml_schema.is_valid(str(document))
    wrong = json.loads(csdl_json(SHOP, "4.01").replace('"$MaxLength": ', '"$MaxLength": -', 1))
    assert not jsonschema.Draft7Validator(json_schema).is_valid(wrong)


def test_the_converter_of_oasis_makes_the_json_form_of_the_xml_form(
    declaration: Declaration, version: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "metadata.xml", tmp_path / "metadata.json"
    source.write_text(csdl_xml(declaration, version), encoding="utf-8")
    said = subprocess.run(
        ["node", str(CSDL / "lib" / "cli.js"), "-t", str(target), str(source)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stderr == "", "the converter warns"
    assert json.loads(target.read_text(encoding="utf-8")) == json.loads(csdl_json(declaration, version))


# ---- the annotations, by the vocabularies ----

VOCABULARIES = ["Org.OData.Core.V1", "Org.OData.Capabilities.V1"]
TAG = "Org.OData.Core.V1.Tag"


@pytest.fixture(scope="session")
def vocabularies() -> dict[str, Any]:
    """The definitions of the vocabularies, by qualified name; the npm package has them as CSDL JSON."""
    names: dict[str, Any] = {}
    for vocabulary in VOCABULARIES:
        module = NODE_MODULES / "@sap-ux" / "odata-vocabularies" / "dist" / "resources" / f"{vocabulary}.js"
        program = "console.log(JSON.stringify(require(process.argv[1]).default))"
        said = subprocess.run(["node", "-e", program, str(module)], capture_output=True, text=True, check=True).stdout
        names |= {f"{vocabulary}.{name}": each for name, each in json.loads(said)[vocabulary].items()}
    return names


def annotated(document: dict[str, Any], namespace: str) -> Any:
    """What is annotated: its kind, term and value."""
    for definition in document[namespace].values():
        for name, member in [("", definition), *definition.items()]:
            if isinstance(member, dict) and not name.startswith("@"):
                kind = member.get("$Kind") or ("EntitySet" if definition["$Kind"] == "EntityContainer" else "Property")
                yield from ((kind, term[1:], value) for term, value in member.items() if term.startswith("@"))


def misfits(value: Any, definition: dict[str, Any], vocabularies: dict[str, Any], path: str) -> list[str]:
    """Where a value is not of the type that the vocabulary gives it."""
    if definition.get("$Collection"):
        if not isinstance(value, list):
            return [f"{path} is no collection"]
        single = {**definition, "$Collection": False}
        return [each for item in value for each in misfits(item, single, vocabularies, path)]
    kind = definition.get("$Type", "Edm.String")
    if kind in (TAG, "Edm.Boolean"):
        return [] if isinstance(value, bool) else [f"{path} is not Boolean"]
    known = vocabularies.get(kind, {})
    if known.get("$Kind") == "EnumType":
        return [f"{path} has no member {each}" for each in value.split(",") if each not in known]
    if known.get("$Kind") == "ComplexType":
        members = dict(known)
        while "$BaseType" in members:
            members |= vocabularies[members.pop("$BaseType")]
        unknown = [f"{path} has no {name}" for name in value if name not in members]
        return unknown + [
            each
            for name, own in value.items()
            if name in members
            for each in misfits(own, members[name], vocabularies, f"{path}/{name}")
        ]
    return [] if isinstance(value, str) else [f"{path} is no text"]


def test_the_annotations_are_those_of_the_vocabularies(
    declaration: Declaration, version: str, vocabularies: dict[str, Any]
) -> None:
    wrong: list[str] = []
    found = list(annotated(json.loads(csdl_json(declaration, version)), declaration.namespace))
    assert len(found) > 40
    for kind, term, value in found:
        definition = vocabularies[term]
        if kind not in definition.get("$AppliesTo", [kind]):
            wrong.append(f"{term} does not apply to {kind}")
        wrong += misfits(value, definition, vocabularies, term)
    assert not wrong
