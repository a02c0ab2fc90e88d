"""Under which name a client's system finds the routing ID: a table of rules."""

import pytest

from distribution.rules.parameter_places import Place, place_of
from feedback.rules.parameter_places import PLACE_LABELS

SOAP = '<e:Envelope><e:Body><AddLead kind="x"><Name>{{name}}</Name><ExternalId type="s">{{rid}}</ExternalId></AddLead>'


@pytest.mark.parametrize(
    ("placement", "body_format", "url", "template", "expected"),
    [
        ("field", "json", "https://a/", "", ("rid", Place.JSON_FIELD)),
        ("field", "form", "https://a/", "", ("rid", Place.FORM_FIELD)),
        ("field", "multipart", "https://a/", "", ("rid", Place.FORM_FIELD)),
        ("field", "query", "https://a/", "", ("rid", Place.QUERY)),
        ("query", "json", "https://a/", "", ("rid", Place.QUERY)),
        ("header", "json", "https://a/", "", ("rid", Place.HEADER)),
        ("slot", "query", "https://a/add.asp?n={{name}}&ref={{ rid }}", "", ("ref", Place.QUERY)),
        ("slot", "json", "https://a/leads/{{rid}}/new", "", ("rid", Place.PATH)),
        ("slot", "soap", "https://a/", SOAP, ("ExternalId", Place.XML_ELEMENT)),
        ("slot", "xml", "https://a/", "<lead><![CDATA[{{rid}}]]></lead>", ("lead", Place.XML_ELEMENT)),
        ("slot", "xml", "https://a/", '<lead ext="{{rid}}"/>', ("ext", Place.XML_ATTRIBUTE)),
        (
            "slot",
            "json_template",
            "https://a/",
            '{"a": {"externalRef" : "{{rid}}"}}',
            ("externalRef", Place.JSON_FIELD),
        ),
        ("slot", "json_template", "https://a/", '{"n": {{rid}}}', ("n", Place.JSON_FIELD)),
        ("slot", "json_template", "https://a/", '["{{rid}}"]', ("rid", Place.TEXT)),
        ("slot", "text", "https://a/", "name={{name}}\nref: {{rid}}\n", ("ref", Place.TEXT)),
        ("slot", "text", "https://a/", "{{rid}}", ("rid", Place.TEXT)),
        ("slot", "text", "https://a/", "{{rid", ("rid", Place.TEXT)),
    ],
)
def test_the_name_is_the_one_that_the_clients_system_sees(
    placement: str, body_format: str, url: str, template: str, expected: tuple[str, Place]
) -> None:
    found = place_of(placement=placement, name="rid", url=url, body_format=body_format, template=template)
    assert found == expected


def test_every_place_has_words() -> None:
    assert set(PLACE_LABELS) == set(Place)
