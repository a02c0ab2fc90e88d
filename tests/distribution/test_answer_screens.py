"""Answers on the screens, as a browser without JavaScript sees them: pointed at, written by hand, kept as samples."""

from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from distribution import services
from distribution.models import AnswerSample, Attempt, Capture, Delivery, ResponseRule, Routing, Rule
from tests.distribution.engine.loops import transmitting, until_closed
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, StaffFactory, active_rule
from tests.receivers import receiving, saying

CRM = '{"data": {"leadId": 8812}, "status": "ok"}'


@pytest.fixture
def staff(client: Any) -> Any:
    user = StaffFactory()
    client.force_login(user)
    return user


@pytest.fixture
def _loopback(settings: Any) -> None:
    settings.TRANSMIT_ALLOWED_NETWORKS = ["127.0.0.0/8:*"]


def url(rule: Rule, what: str) -> str:
    return f"/admin/distribution/rule/{rule.pk}/{what}"


def send_test(client: Any, body: str, *, content_type: str = "application/json") -> tuple[Rule, str]:
    """Give a rule whose test send was answered so, and the address of that answer."""
    with receiving() as receiver:
        rule = active_rule(url=receiver.url(saying(200, body, content_type)))
        client.post(url(rule, "test/"))
    return rule, f"answers/{Attempt.objects.get(version__rule=rule).pk}/"


def form(**changes: Any) -> dict[str, Any]:
    """Give what the editor posts, response rules and captures included."""
    data = {
        "name": "CRM", "sources_mode": "all", "method": "POST", "url": "https://crm.example.co.il/api/leads",
        "body_format": "json", "auth_kind": "none", "timeout_s": "20", "max_in_flight": "8",
        "mappings-TOTAL_FORMS": "1", "mappings-INITIAL_FORMS": "0", "mappings-0-source": "routing.id",
        "mappings-0-name": "ref", "mappings-0-ORDER": "1", "rules-TOTAL_FORMS": "3", "rules-INITIAL_FORMS": "0",
        "captures-TOTAL_FORMS": "1", "captures-INITIAL_FORMS": "0", "other_answers": "refused",
    }  # fmt: skip
    return data | changes


ERROR_ROW = {
    "rules-0-meaning": "refused",
    "rules-0-part": "body",
    "rules-0-test": "contains",
    "rules-0-value": "ERROR",
    "rules-0-reason_part": "body",
    "rules-0-reason_pattern": r"ERROR:\s*(.*)",
    "rules-0-ORDER": "2",
}
OK_ROW = {
    "rules-1-meaning": "accepted",
    "rules-1-statuses": "2xx",
    "rules-1-part": "body",
    "rules-1-test": "equals",
    "rules-1-value": "OK",
    "rules-1-ORDER": "1",
}
ID_ROW = {"captures-0-target": "reference", "captures-0-part": "json", "captures-0-place": "data.leadId"}


@pytest.mark.django_db
class TestTheEditor:
    """The section of the editor."""

    def test_rules_are_saved_in_the_order_of_the_table(self, client: Any, staff: Any) -> None:
        user = ClientFactory()
        client.post(f"/admin/distribution/rule/add/?client={user.pk}", form(**ERROR_ROW, **OK_ROW, **ID_ROW))
        version = Rule.objects.get().draft_version
        assert [(r.value, r.meaning) for r in version.response_rules.all()] == [
            ("OK", "accepted"),
            ("ERROR", "refused"),
        ]
        assert [c.place for c in version.captures.all()] == ["data.leadId"]
        assert version.other_answers == "refused"
        page = client.get(url(version.rule, "change/")).content.decode()
        assert r"ERROR:\s*(.*)" in page
        assert "data.leadId" in page

    @pytest.mark.parametrize(
        "mistake",
        [
            {"rules-1-value": ""},
            {"rules-1-statuses": "many"},
            {"rules-1-test": "matches", "rules-1-value": "("},
            {"rules-1-meaning": ""},
            {"rules-1-part": "json"},
            {"captures-0-place": ""},
            {"captures-0-target": ""},
            {"captures-0-target": "value"},
            {"answer_charset": "martian"},
            {"rules-1-part": "martian"},
        ],
    )
    def test_a_mistake_is_marked_in_its_row_and_nothing_is_saved(
        self, client: Any, staff: Any, mistake: dict[str, str]
    ) -> None:
        user = ClientFactory()
        data = form(**(OK_ROW | ID_ROW | mistake))
        page = client.post(f"/admin/distribution/rule/add/?client={user.pk}", data).content.decode()
        assert 'class="errorlist"' in page
        assert not Rule.objects.exists()

    def test_removed_and_blank_rows_are_left_out(self, client: Any, staff: Any) -> None:
        user = ClientFactory()
        data = form(**ERROR_ROW, **OK_ROW) | {"rules-0-DELETE": "on"}
        client.post(f"/admin/distribution/rule/add/?client={user.pk}", data)
        assert [rule.value for rule in ResponseRule.objects.all()] == ["OK"]
        assert not Capture.objects.exists()

    def test_a_saved_sample_that_the_rules_contradict_warns_at_each_edit(self, client: Any, staff: Any) -> None:
        rule = active_rule(url="https://crm.example.co.il/")
        routing = services.test_routing(client=rule.client, now=timezone.now())
        AnswerSample.objects.create(
            rule=rule, kind="failure", status=200, body=b"invalid", attempt_id=routing.id, routing=routing
        )
        data = form(**(OK_ROW | {"rules-1-test": "contains", "rules-1-value": "valid"}))
        page = client.post(url(rule, "change/"), data, follow=True).content.decode()
        assert "הדוגמה השמורה של כישלון" in page
        rule.refresh_from_db()
        assert rule.draft_version.response_rules.get().value == "valid"
        assert "הדוגמה השמורה של כישלון" in client.get(url(rule, "change/")).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_loopback", "staff")
class TestPointingAtAnAnswer:
    """The answer of a test send, or of any attempt."""

    def test_a_json_answer_is_laid_out_and_its_id_taken(self, client: Any) -> None:
        rule, answer = send_test(client, CRM)
        page = client.get(url(rule, "test/") + f"?attempt={answer.split('/')[1]}").content.decode()
        assert 'value="json:data.leadId"' in page
        client.post(url(rule, answer + "mean/"), {"choice": "json:data.leadId", "meaning": "reference"})
        client.post(url(rule, answer + "mean/"), {"choice": "json:status", "meaning": "accepted"})
        rule.refresh_from_db()
        assert rule.live_version.captures.count() == 0
        assert rule.draft_version.captures.get().place == "data.leadId"
        assert rule.draft_version.response_rules.get().value == "ok"
        assert rule.draft_version.mappings.count() == rule.live_version.mappings.count()
        assert AnswerSample.objects.get().kind == "success"
        again = client.get(url(rule, "test/") + f"?attempt={answer.split('/')[1]}").content.decode()
        assert "8812" in again
        assert "לפי כלל תשובה 1" in again

    def test_xml_text_and_hebrew_pages_are_laid_out_too(self, client: Any) -> None:
        rule, answer = send_test(client, "<R><Code>0</Code></R>", content_type="text/xml")
        assert 'value="xml:R/Code"' in client.get(url(rule, f"test/?attempt={answer.split('/')[1]}")).content.decode()
        with receiving() as receiver:
            rule = active_rule(url=receiver.url("hebrew-1255"))
            page = client.post(url(rule, "test/"), follow=True).content.decode()
        assert "הליד נקלט בהצלחה" in page
        assert 'value="body:0"' in page

    def test_a_passed_test_stays_passed_while_only_its_reading_is_written(self, client: Any) -> None:
        with receiving() as receiver:
            rule = active_rule(url=receiver.url(saying(200, "OK", "text/plain")), timeout_s=3)
            draft = services.restore_version(rule=rule, version=rule.live_version, by=None, now=timezone.now())
            client.post(url(rule, "test/"))
        attempt = Attempt.objects.get(version=draft)
        mean = url(rule, f"answers/{attempt.pk}/mean/")
        client.post(mean, {"choice": "body:0", "meaning": "accepted"})
        draft.refresh_from_db()
        assert draft.tested_at is not None
        assert draft.response_rules.get().test == "equals"
        client.post(mean, {"choice": "status:", "meaning": "refused"})
        draft.refresh_from_db()
        assert draft.tested_at is not None  # the first rule decides still
        ResponseRule.objects.filter(meaning="accepted").delete()
        client.post(mean, {"choice": "status:", "meaning": "refused"})
        draft.refresh_from_db()
        assert draft.tested_at is None

    def test_samples_of_both_kinds_warn_when_a_pattern_takes_both(self, client: Any) -> None:
        rule, good = send_test(client, "the lead is valid now 123", content_type="text/plain")
        with receiving() as receiver:
            other = receiver.url(saying(200, "the lead is invalid", "text/plain"))
            type(rule.live_version).objects.filter(pk=rule.live_version_id).update(url=other)
            client.post(url(rule, "test/"))
        bad = f"answers/{Attempt.objects.exclude(pk=good.split('/')[1]).get().pk}/"
        client.post(url(rule, bad + "keep/"), {"kind": "failure"})
        services.add_response_rule(
            rule=rule, attempt_id=Attempt.objects.get(pk=good.split("/")[1]).pk, part="body", place="0",
            meaning="accepted", is_reason=False, by=None, now=timezone.now(),
        )  # fmt: skip
        ResponseRule.objects.update(test="contains", value="valid")
        page = client.get(url(rule, "test/")).content.decode()
        assert "הדוגמה השמורה של כישלון" in page
        sample = AnswerSample.objects.get(kind="failure")
        client.post(url(rule, f"samples/{sample.pk}/remove/"))
        assert "הדוגמה השמורה של כישלון" not in client.get(url(rule, "test/")).content.decode()

    def test_a_real_delivery_can_be_pointed_at_from_the_lead(self, client: Any) -> None:
        with receiving() as receiver:
            rule = active_rule(url=receiver.url(saying(200, "ERROR: כפול", "text/plain")))
            routing = RoutingFactory(client=rule.client, lead=LeadFactory())
            delivery = Delivery.objects.create(routing=routing, rule=rule, due_at=Now())
            with transmitting():
                until_closed(1)
        attempt = delivery.attempts.get()
        lead_page = client.get(f"/admin/distribution/lead/{delivery.routing.lead_id}/change/").content.decode()
        assert url(rule, f"test/?attempt={attempt.pk}") in lead_page
        client.post(url(rule, f"answers/{attempt.pk}/mean/"), {"choice": "body:0", "meaning": "reason"})
        made = ResponseRule.objects.get()
        assert (made.meaning, made.value, made.reason_part) == ("refused", "ERROR:", "body")
        assert "כפול" in client.get(url(rule, f"test/?attempt={attempt.pk}")).content.decode()

    @pytest.mark.parametrize(
        "data",
        [
            {}, {"choice": "json:nothing", "meaning": "accepted"}, {"choice": "json:status", "meaning": "martian"},
            {"choice": "status:", "meaning": "reference"}, {"choice": "strange:x", "meaning": "refused"},
            {"choice": "json:" + "x" * 5_000, "meaning": "refused"}, {"choice": "json:\x00", "meaning": "reference"},
        ],
    )  # fmt: skip
    def test_nonsense_makes_nothing_and_says_so(self, client: Any, data: dict[str, str]) -> None:
        rule, answer = send_test(client, CRM)
        page = client.post(url(rule, answer + "mean/"), data, follow=True).content.decode()
        assert "אי אפשר ליצור כלל" in page
        rule.refresh_from_db()
        assert rule.draft_version is None

    def test_another_rules_attempt_is_not_found(self, client: Any) -> None:
        _rule, answer = send_test(client, CRM)
        other = active_rule()
        assert client.get(url(other, f"test/?attempt={answer.split('/')[1]}")).status_code == 404
        assert client.get(url(other, "test/?attempt=nonsense")).status_code == 404
        page = client.post(url(other, answer + "keep/"), {"kind": "success"})
        assert page.status_code == 302
        assert not AnswerSample.objects.exists()

    def test_the_clients_id_is_on_the_test_routing_and_in_the_preview_of_the_next_rule(self, client: Any) -> None:
        with receiving() as receiver:
            rule = active_rule(url=receiver.url(saying(201, CRM)))
            Capture.objects.create(version=rule.live_version, place="data.leadId")
            client.post(url(rule, "test/"))
        assert Routing.objects.get(is_test=True).client_reference == "8812"
        second = active_rule(client=rule.client, mappings={"rid": "routing.id", "crm": "routing.client_reference"})
        assert "8812" in client.get(url(second, "test/")).content.decode()
