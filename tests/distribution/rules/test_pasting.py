"""Commands as clients' instructions, browsers and Postman write them, and the rule that each describes."""

import pytest
from django.utils import translation

from distribution.rules.pasting import PasteUnreadable, read_pasted
from distribution.rules.pasting.words import MAX_TEXT, split_words

URL = "https://crm.example.co.il/api/leads"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def rows(text: str) -> dict[str, str]:
    """Give {their name: our field, or the fixed value} of what a text describes."""
    return {row.name: row.constant or row.source for row in read_pasted(text).mappings}


WORDS = {
    r"""curl 'a b' "c d" e\ f""": ["curl", "a b", "c d", "e f"],
    'curl -H "a: \\"b\\"" x': ["curl", "-H", 'a: "b"', "x"],
    "curl \\\n  -d 'x' \\\r\n  -v": ["curl", "-d", "x", "-v"],
    r"curl $'it\'s \u05d0\n\x41\101'": ["curl", "it's א\nAA"],
    "curl 'it'\\''s'": ["curl", "it's"],
    "curl a b\nrm -rf /": ["curl", "a", "b"],
    "curl a | jq .": ["curl", "a"],
    'curl "a" ^\n  -H "b: c" ^\n  -d "{\\"x\\":\\"y z\\"}"': ["curl", "a", "-H", "b: c", "-d", '{"x":"y z"}'],
    'curl ^"https://a/?b=1^&c=%^7B^" ^\n -d ^"{^\\^"x^\\^":1}^"': ["curl", "https://a/?b=1&c=%7B", "-d", '{"x":1}'],
    "curl “a b”": ["curl", "a b"],
    "curl ''": ["curl", ""],
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_words_are_those_that_the_shell_would_make(text, words):
    assert split_words(text) == words


REQUESTS = {
    "json": (
        f"""curl --location --request POST '{URL}' --header 'Content-Type: application/json' --data-raw
        """.strip()
        + """ '{"contact": {"name": {"first": "Noa", "last": "Levi"}, "phones": ["+972501234567"],
        "email": "n@x.co.il"}, "project": 117, "source": "LM", "externalRef": "abc", "vip": true, "x": null}'""",
        "POST json none",
        {
            "contact.name.first": "lead.first_name",
            "contact.name.last": "lead.last_name",
            "contact.phones[0]": "lead.phone",
            "contact.email": "lead.email",
            "project": "117",
            "source": "LM",
            "externalRef": "routing.id",
            "vip": "true",
            "x": "null",
        },
    ),
    "json option": (
        f"""curl --json '{{"name":"Noa","rid":"1"}}' {URL}""",
        "POST json none",
        {"name": "lead.name", "rid": "routing.id"},
    ),
    "form": (
        f"curl {URL} -d 'fullName=Noa+Levi&Phone=0501234567' -d ref=7",
        "POST form none",
        {"fullName": "lead.name", "Phone": "lead.phone", "ref": "routing.id"},
    ),
    "urlencode": (
        f"curl {URL} --data-urlencode 'שם פרטי=נועה' --data-urlencode 'note=a&b'",
        "POST form none",
        {"": "routing.id", "שם פרטי": "lead.first_name", "note": "lead.notes"},
    ),
    "parts": (
        f"curl -F 'customer_email=n@x.co.il' -F 'campaign=spring;type=text/plain' -F cv=@cv.pdf -F leadId=5 {URL}",
        "POST multipart none",
        {"customer_email": "lead.email", "campaign": "spring", "leadId": "routing.id"},
    ),
    "get": (
        f"curl -G {URL} -d tel=050-1234567 -d reference=",
        "GET query none",
        {"tel": "lead.phone", "reference": "routing.id"},
    ),
    "address": (
        f"{URL}?first_name=Noa&mobile=0501234567&affid=12&subid={{clickid}}",
        "GET query none",
        {"first_name": "lead.first_name", "mobile": "lead.phone", "affid": "12", "subid": "routing.id"},
    ),
    "query beside body": (
        f"""curl -X PUT '{URL}?branch=4' -H 'content-type: application/json' -d '{{"phone":"1","extId":""}}'""",
        "PUT json none",
        {"branch": "4", "phone": "lead.phone", "extId": "routing.id"},
    ),
    "placeholder": (
        f"""curl --json '{{"budget":"{{{{budget}}}}","a":"<B>","externalId":"<R>"}}' {URL}""",
        "POST json none",
        {"budget": "lead.data", "a": "lead.data", "externalId": "routing.id"},
    ),
    "sample decides": (
        f"""curl {URL} -d 'f1=noa@example.co.il&f2=052-7654321&f3=12'""",
        "POST form none",
        {"": "routing.id", "f1": "lead.email", "f2": "lead.phone", "f3": "12"},
    ),
    "bare address": (URL, "POST json none", {}),
}


@pytest.mark.parametrize(("text", "kind", "mappings"), REQUESTS.values(), ids=REQUESTS)
def test_a_command_becomes_method_body_and_mappings(text, kind, mappings):
    sketch = read_pasted(text)
    assert f"{sketch.method} {sketch.body_format} {sketch.auth_kind}" == kind
    assert sketch.url == URL
    assert rows(text) == mappings


PROOFS = {
    "-u noa:s3cret-9": ("basic", "noa", "s3cret-9", {}),
    "-H 'Authorization: Basic bm9hOnMzY3JldC05'": ("basic", "noa", "s3cret-9", {}),
    "-H 'Authorization: Bearer eyJ.abc'": ("bearer", "", "eyJ.abc", {}),
    "--oauth2-bearer eyJ.abc": ("bearer", "", "eyJ.abc", {}),
    "-H 'authorization: Token 9f2c'": ("api_key", "", "Token 9f2c", {"place": "header", "name": "Authorization"}),
    "-H 'X-API-Key: 9f2c'": ("api_key", "", "9f2c", {"place": "header", "name": "X-API-Key"}),
    "-H 'Authorization: Bearer YOUR_TOKEN'": ("bearer", "", "", {}),
    '-H "Authorization: Bearer $TOKEN"': ("bearer", "", "", {}),
}


@pytest.mark.parametrize(("option", "proof"), PROOFS.items())
def test_authentication_goes_where_secrets_are_kept(option, proof):
    sketch = read_pasted(f"curl {option} {URL} -d phone=1")
    assert (sketch.auth_kind, sketch.auth_username, sketch.auth_secret, sketch.auth_options) == proof
    assert not any("9f2c" in str(row) or "eyJ" in str(row) for row in sketch.mappings)


def test_a_key_in_the_address_is_authentication_and_one_in_the_body_a_secret_value():
    sketch = read_pasted(f"curl '{URL}?api_key=9f2c&b=1' -d 'token=t0ps'")
    assert (sketch.auth_kind, sketch.auth_secret, sketch.auth_options) == (
        "api_key", "9f2c", {"place": "query", "name": "api_key"},
    )  # fmt: skip
    assert [(row.source, row.secret) for row in sketch.mappings if row.name == "token"] == [("secret", "t0ps")]


def test_xml_becomes_a_template_with_slots_for_a_leads_values():
    lead = "<Phone>0501234567</Phone><Branch>3</Branch><ExternalId>1</ExternalId>"
    body = f"<soap:Envelope><Lead>{lead}</Lead></soap:Envelope>"
    sketch = read_pasted(f"curl {URL} -H 'SOAPAction: \"urn:add\"' -H 'Content-Type: text/xml' -d '{body}'")
    assert (sketch.body_format, sketch.soap_action) == ("soap", "urn:add")
    assert sketch.template == (
        "<soap:Envelope><Lead><Phone>{{Phone}}</Phone><Branch>3</Branch><ExternalId>{{ExternalId}}</ExternalId></Lead>"
        "</soap:Envelope>"
    )
    assert {row.name: (row.source, row.placement) for row in sketch.mappings} == {
        "Phone": ("lead.phone", "slot"),
        "ExternalId": ("routing.id", "slot"),
    }


FORMS = {
    "phone=%2B972501234567": "phone_international",
    "phone=972501234567": "phone_international_digits",
    "phone=0501234567": "phone_local",
    "phone=050-1234567": "phone_dashed",
    "phone=00972501234567": "phone_double_zero",
    "date=24/12/2025": "date",
    "consent=true": "true_false",
    "consent=1": "yes_no",
}


@pytest.mark.parametrize(("pair", "transform"), FORMS.items())
def test_the_sample_shows_the_form(pair, transform):
    assert read_pasted(f"curl {URL} -d '{pair}'").mappings[-1].transform == transform


LEFT_OUT = {
    "-b a=1": "-b",
    "-k": "-k",
    "--frobnicate": "--frobnicate",
    "-d @lead.json": "@lead.json",
    "-X DELETE": "DELETE",
    "-H 'User-Agent: x'": "User-Agent",
    f"-d '{'n' * 201}=1'": "nnn",
    "-d '{\"phone\": {{phone}}}'": "JSON",
}


@pytest.mark.parametrize(("option", "said"), LEFT_OUT.items())
def test_what_was_not_understood_is_said(option, said):
    assert said in " ".join(read_pasted(f"curl {option} {URL}").notes)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "hello", "rm -rf /", "curl", "curl 'open", 'curl "open', "curl $'open", "wget https://a.example/",
        "curl ftp://a.example/", "curl https://", "curl https://[::1", "x" * (MAX_TEXT + 1), "curl a " * 30_000,
        "Invoke-WebRequest -Uri https://a.example/", "curl https://a.example/ -d '" + "a=1&" * 400 + "'",
        "curl https://a.example/ -d '[" + "1," * 400 + "1]'",
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_with_words(text):
    with pytest.raises(PasteUnreadable) as refused:
        read_pasted(text)
    assert str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 30_000 + "]" * 30_000, '{"a":' * 50 + "1" + "}" * 50, '{"a":' + "9" * 6_000 + "}",
        '{"a\\u0000": "\\u0000"}',
        '{"": 1}', '{"a.b": 1, "a[0]": 2, "a\\"b": 3}', "<a>" * 20_000, "%ff%fe=%00", '{"a": 1e999}', "\\ud800",
        "<a " * 20_000, '{"a": "\\ud800"}',
    ],
)  # fmt: skip
def test_hostile_bodies_end_in_a_rule_or_a_refusal(body):
    try:
        sketch = read_pasted(f"curl {URL} -H 'Content-Type: application/json' -d '{body}'")
        read_pasted(f"curl {URL} -d '{body}'")
    except PasteUnreadable:
        return
    for row in sketch.mappings:
        assert "\x00" not in f"{row.name}{row.constant}".encode().decode()  # half a surrogate pair would not encode
