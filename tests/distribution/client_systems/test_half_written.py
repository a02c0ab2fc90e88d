"""Half-written rules: the preview answers whatever stands in the form, and saving says what is wrong."""

import pytest

from distribution.models import Rule
from tests.distribution.client_systems.conftest import Editor
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

NONSENSE: list[dict[str, str]] = [
    {"url": "https://x.co.il/{{"},
    {"url": "https://{{rid}}.co.il/"},
    {"url": "{{rid}}"},
    {"charset": "hex"},
    {"charset": "utf-16"},
    {"charset": "x\r\nEvil: 1"},
    {"body_format": "xml", "template": "<a>{{rid}"},
    {"body_format": "xml", "template": "{{rid}}" * 3_000},
    {"body_format": "xml", "template": "<!-- {{rid}} -->"},
    {"body_format": "json_template", "template": '{"a": "{{rid}}'},
    {"body_format": "text", "template": "{{nobody}}", "charset": "windows-1255"},
    {"body_format": "soap", "soap_action": '"\r\nX: y', "template": "<a>{{rid}}</a>"},
    {"auth_kind": "login", "auth_written": "Bearer {{"},
    {"auth_kind": "login", "auth_place": "query", "auth_name": "", "auth_written": "{{x}}"},
    {"auth_kind": "api_key", "auth_place": "header", "auth_name": "שם\r\n"},
    {"auth_kind": "oauth2", "auth_token_url": "{{"},
    {"auth_kind": "login", "auth_lifetime_min": "99999999999"},
    {"is_signed": "on", "ca_certificate": "x" * 30_000},
]


@pytest.mark.parametrize("fields", NONSENSE)
@pytest.mark.parametrize("placement", ["slot", "field"])
def test_nonsense_is_neither_an_error_page_nor_saved(editor: Editor, fields: dict[str, str], placement: str) -> None:
    rows = [
        {"source": "routing.id", "name": "rid", "placement": placement},
        {"source": "lead.received_at", "name": "x[", "transform": "date", "date_format": "%d", "json_type": "number"},
    ]
    given = {"url": "https://crm.example.co.il/"} | fields
    assert editor.preview(rows[:1], **given) is not None
    user = ClientFactory()
    answer = editor.post(f"/admin/distribution/rule/add/?client={user.pk}", rows, **given)
    assert answer.status_code == 200
    assert not Rule.objects.exists()
