"""The list of leads, one lead's page, and adding one by hand."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from distribution import lead_panels
from distribution.admin import bounded_paginator
from distribution.choices import DeliveryState, Origin
from distribution.models import Attempt, Delivery, Exchange, Lead, Routing
from distribution.queries import search_leads
from distribution.services import route_leads
from tests.factories import ClientFactory, LeadFactory, RoutingFactory, SourceFactory, StaffFactory, active_rule

pytestmark = pytest.mark.django_db

LIST = "/admin/distribution/lead/"
ADD = "/admin/distribution/lead/add/"


@pytest.fixture
def staff(client: Client) -> Client:
    """A member of staff at the screen."""
    client.force_login(StaffFactory())
    return client


def page_of(lead: Lead) -> str:
    """Give the address of a lead's page."""
    return reverse("admin:distribution_lead_change", args=[lead.pk])


def attempt_of(delivery: Delivery, *, outcome: str | None = "accepted") -> Attempt:
    """Make a finished attempt with what was said in it."""
    now = timezone.now()
    attempt = Attempt.objects.create(
        id=uuid.uuid4(),
        started_at=now,
        kind="delivery",
        delivery=delivery,
        routing=delivery.routing,
        version=delivery.rule.live_version,
    )
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=now, outcome=outcome, status_code=200, duration_ms=17)
    Exchange.objects.create(
        attempt_id=attempt.pk,
        started_at=now,
        request_method="POST",
        request_url="https://crm.example.com/leads",
        request_headers=[["X-Campaign", "77"]],
        request_body='{"name": "<דנה>"}'.encode(),
        response_headers=[["Content-Type", "text/html"]],
        response_body="נקלט בהצלחה".encode("windows-1255"),
    )
    return attempt


@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        ("050-1234567", True),
        ("+972 50 123 4567", True),
        ("0501234", True),
        ("97250123", True),
        ("501234", True),
        ("0509", False),
        ("noa@", True),
        ("NOA@example.co.il", True),
        ("a@", False),
        ("נועה", True),
        ("בן נוע", True),
        ("דוד", True),
        ("ועה", False),
        ("'); --", False),
        ("& | ! :*", False),
        ("\x00נועה", True),
        ("(", False),
        ("9" * 40, False),
        ("6771c421-5800-4f74-abd5-056fcae451fb", False),
    ],
)
def test_a_lead_is_found_by_what_staff_know_of_the_person(staff: Client, term: str, is_found: bool) -> None:
    lead = LeadFactory(name="נועה בן־דוד", phone_normalized="+972501234567", email="Noa@Example.co.il")
    LeadFactory(name="אחר", phone_normalized="+97235556677", email="other@example.com")
    answer = staff.get(LIST, {"q": term})
    assert answer.status_code == 200
    assert (page_of(lead) in answer.content.decode()) is is_found


def test_a_lead_is_found_by_routing_id_and_number(staff: Client) -> None:
    routing = RoutingFactory()
    for term in (str(routing.id), str(routing.number)):
        assert page_of(routing.lead) in staff.get(LIST, {"q": term}).content.decode()


def test_a_star_number_is_found() -> None:
    lead = LeadFactory(phone="*6565", phone_normalized="*6565")
    for term in ("*6565", "*656"):
        assert list(search_leads(Lead.objects.all(), term)) == [lead]


@pytest.mark.parametrize("term", ["050-1234567", "050123", "noa@exa", "12345"])
def test_search_by_phone_or_mail_uses_an_index(term: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on")
    plan = search_leads(Lead.objects.order_by(), term).explain()
    assert "Seq Scan" not in plan


def test_the_list_shows_who_came_from_where_and_whose_they_are(staff: Client) -> None:
    rule = active_rule(client=ClientFactory(name="נדלן הצפון"))
    lead = LeadFactory(name="<b>דנה</b>", is_test=False)
    LeadFactory(name="ניסיון", is_test=True)
    LeadFactory(name="של הלקוח", source=None, origin=Origin.TEST)
    route_leads([lead.pk], now=timezone.now())
    page = staff.get(LIST).content.decode()
    assert "&lt;b&gt;דנה&lt;/b&gt;" in page
    assert "050-1234567" in page
    assert rule.client.name in page
    assert "ממתין" in page
    assert "ניסיון" in page
    assert "של הלקוח" not in page


def test_the_list_filters_by_source_and_test(staff: Client) -> None:
    first, second = LeadFactory(), LeadFactory(is_test=True)
    page = staff.get(LIST, {"source__id__exact": first.source_id}).content.decode()
    assert page_of(first) in page
    assert page_of(second) not in page
    page = staff.get(LIST, {"is_test__exact": "1"}).content.decode()
    assert page_of(second) in page
    assert page_of(first) not in page


def _queries(staff: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert staff.get(url).status_code == 200
    return len(captured)


def test_list_and_page_take_the_same_number_of_queries_however_much_there_is(staff: Client) -> None:
    source = SourceFactory()
    active_rule()
    first = LeadFactory(source=source)
    route_leads([first.pk], now=timezone.now())
    attempt_of(Delivery.objects.get())
    staff.get(LIST)
    list_before, page_before = _queries(staff, LIST), _queries(staff, page_of(first))
    for _ in range(4):
        active_rule()
    leads = [first, *(LeadFactory(source=source) for _ in range(9))]
    route_leads([lead.pk for lead in leads], now=timezone.now())
    for delivery in Delivery.objects.filter(routing__lead=first):
        attempt_of(delivery)
    assert _queries(staff, LIST) == list_before
    assert _queries(staff, page_of(first)) == page_before


def test_a_leads_page_tells_its_whole_story(staff: Client) -> None:
    rule = active_rule(name="CRM ראשי")
    lead = LeadFactory(notes="שורה\n<script>alert(1)</script>", data={"תקציב": "=1+1", "עוד": [1, 2]})
    route_leads([lead.pk], now=timezone.now())
    delivery = Delivery.objects.get()
    attempt_of(delivery, outcome="refused")
    Delivery.objects.update(state=DeliveryState.REFUSED, finished_at=timezone.now(), outcome_detail="חסר טלפון")
    Routing.objects.update(client_reference="8812")
    page = staff.get(page_of(lead)).content.decode()
    for shown in (
        str(delivery.routing_id), "8812", rule.name, "חסר טלפון", "https://crm.example.com/leads", "X-Campaign: 77",
        "&lt;דנה&gt;", "נקלט בהצלחה", "תקציב", "=1+1", "&lt;script&gt;",
    ):  # fmt: skip
        assert shown in page
    assert "<script>alert" not in page


def test_other_apps_add_to_each_routing(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead_panels, "_panels", {})

    def render(_request: Any, routings: Any) -> dict[uuid.UUID, SafeString]:
        return {routing.id: mark_safe(f"<p>פאנל {routing.number}</p>") for routing in routings}  # noqa: S308

    lead_panels.register(
        lead_panels.RoutingPanel(slug="x", order=1, permission="distribution.view_lead", render=render)
    )
    routing = RoutingFactory()
    assert f"<p>פאנל {routing.number}</p>" in staff.get(page_of(routing.lead)).content.decode()


def test_a_lead_added_by_hand_is_matched_like_any_other(staff: Client) -> None:
    source, rule = SourceFactory(), active_rule()
    fields = {"source": source.pk, "name": "דנה", "phone": "050-1234567", "email": "", "consent": "1"}
    answer = staff.post(ADD, fields)
    lead = Lead.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(lead))
    assert (lead.origin, lead.phone_normalized, lead.consent) == (Origin.MANUAL, "+972501234567", True)
    assert lead.created_by is not None
    assert Delivery.objects.get().rule == rule


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"source": ""}, "source"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_a_lead_that_nobody_could_reach_or_place_is_not_added(
    staff: Client, changed: dict[str, str], field: str
) -> None:
    fields = {"source": SourceFactory().pk, "name": "דנה", "phone": "050-1234567"} | changed
    answer = staff.post(ADD, fields)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Lead.objects.exists()


def test_what_came_in_is_neither_changed_nor_deleted(staff: Client) -> None:
    lead = LeadFactory(name="דנה")
    staff.post(page_of(lead), {"name": "אחרת"})
    lead.refresh_from_db()
    assert lead.name == "דנה"
    assert staff.post(reverse("admin:distribution_lead_delete", args=[lead.pk]), {"post": "yes"}).status_code == 403


def test_only_staff_with_the_permission_see_leads(client: Client) -> None:
    lead = LeadFactory()
    client.force_login(StaffFactory(is_superuser=False))
    for url in (LIST, ADD, page_of(lead)):
        assert client.get(url).status_code == 403
    client.logout()
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("query", ["", "origin__exact=manual", "origin__exact=import", "is_test__exact=1"])
def test_no_list_is_read_or_counted_whole(staff: Client, query: str) -> None:
    source = SourceFactory()
    Lead.objects.bulk_create(
        [
            Lead(source=source, phone=f"05{number}", origin=Origin.MANUAL if number % 900 == 0 else Origin.API)
            for number in range(8_000)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE distribution_lead")
    with CaptureQueriesContext(connection) as captured:
        staff.get(f"{LIST}?{query}")
    asked = [row["sql"] for row in captured if 'FROM "distribution_lead"' in row["sql"]]
    assert len(asked) == 2, "the bounded count and the page"
    for sql in asked:
        assert "LIMIT" in sql or "COUNT" not in sql
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + sql)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        # Without a filter the count reads the first rows that there are, and stops at the bound.
        assert "Seq Scan on distribution_lead" not in plan or (not query and "COUNT" in sql), plan


def test_more_than_anybody_pages_through_is_said(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_paginator, "MOST", 60)
    source = SourceFactory()
    Lead.objects.bulk_create([Lead(source=source, phone=f"05{number}") for number in range(61)])
    page = staff.get(LIST).content.decode()
    assert "יותר מ־60" in page
    assert "p=2" in page
    assert "p=3" not in page
    assert staff.get(LIST, {"p": 9}).status_code == 302
    Lead.objects.latest("id").delete()
    assert "יותר מ־60" not in staff.get(LIST).content.decode()
