"""Forwarding by e-mail: what a rule's mail says, that it lets the client answer, and what becomes of it on the way."""

import email
import email.policy
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from distribution.choices import AttemptOutcome, BodyFormat, DeliveryState, Placement
from distribution.errors import RequestNotRenderable, RoutingIdMissing, RuleInvalid
from distribution.models import Attempt, Delivery, Exchange, FieldMapping, FrozenRequest, Routing, Rule, RuleVersion
from distribution.rules.mail_outcome import read_failure
from distribution.rules.outcome import EXPLANATIONS, read_error
from distribution.services import MappingDraft, RuleDraft, preview, save_rule, send_test
from feedback.models import Reason
from feedback.services.links import read_link
from tests.distribution.engine.loops import make_deliveries, transmitting, until, until_closed
from tests.factories import ClientFactory, LeadFactory, StaffFactory, active_rule
from tests.receivers.smtp import SmtpReceiver, smtp_receiver

TO = "dana@client.example"
LINKS = MappingDraft(source="feedback.links", name="מה עלה בגורל הליד?")


def draft(*mappings: MappingDraft, **changes: object) -> RuleDraft:
    standard = [
        MappingDraft(source="lead.name", name="שם"),
        MappingDraft(source="lead.phone", name="טלפון"),
        MappingDraft(source="lead.city", name="עיר", placement=Placement.SUBJECT),
        LINKS,
    ]
    fields = {"url": f"mailto:{TO}", "mail_subject": "ליד חדש", "mail_text": "שלום דנה,", "sources_mode": "all"}
    return RuleDraft(
        **({"name": "דואר", "body_format": BodyFormat.MAIL, "mappings": list(mappings) or standard} | fields | changes)
    )


def saved(client: User | None = None, written: RuleDraft | None = None) -> Rule:
    return save_rule(
        rule=None,
        client=client or ClientFactory(language="he"),
        draft=written or draft(),
        by=None,
        now=timezone.now(),
        activate=True,
    )


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.fixture
def smtp(settings) -> Iterator[SmtpReceiver]:
    settings.DEFAULT_FROM_EMAIL = "Agency <leads@agency.example>"
    settings.PUBLIC_URL = "https://leads.agency.example"
    with smtp_receiver() as receiver:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield receiver


# ---- the mail ----


@pytest.mark.django_db
def test_the_mail_has_the_mapped_fields_and_a_link_for_each_reason(smtp: SmtpReceiver) -> None:
    rule = saved()
    lead = LeadFactory(name="<b>נועה</b>", city="חיפה")
    assert rule.live_version is not None
    result = send_test(version=rule.live_version, lead=lead, now=timezone.now())
    assert (result.verdict.outcome, result.verdict.code) == (AttemptOutcome.ACCEPTED, "mail_handed_over")
    mail = parsed(smtp.messages[0])
    assert smtp.recipients == [TO]
    assert (mail["To"], mail["From"], mail["Subject"]) == (TO, "Agency <leads@agency.example>", "ליד חדש · חיפה")
    assert mail["Message-ID"].endswith("@agency.example>")
    text, html = parts(mail)
    assert "שלום דנה," in text
    assert "שם: <b>נועה</b>" in text
    assert "&lt;b&gt;נועה&lt;/b&gt;" in html
    assert 'dir="rtl"' in html
    routing = Routing.objects.get(client=rule.client, is_test=True)
    assert f"מספר ניתוב: {routing.number}" in text
    found = re.findall(r"https://leads\.agency\.example/f/([\w.-]+)/(\d+)", text)
    assert [int(number) for _token, number in found] == list(Reason.objects.active().values_list("id", flat=True))
    assert {read_link(token)[0] for token, _number in found} == {routing.pk}
    assert html.count("https://leads.agency.example/f/") == len(found)


@pytest.mark.django_db
def test_the_mail_speaks_the_clients_language_and_shows_before_it_is_sent(smtp: SmtpReceiver) -> None:
    rule = saved(ClientFactory(language="en"))
    assert rule.live_version is not None
    shown = preview(version=rule.live_version, lead=None, now=timezone.now())
    assert shown.is_mail
    assert ["Subject", "ליד חדש · חיפה"] in shown.headers
    assert "Routing number" in shown.body
    assert f"* {Reason.objects.get(pk=4).name_en}:\nhttps://" in shown.body
    assert smtp.messages == []


@pytest.mark.django_db
@pytest.mark.parametrize("evil", ["x\r\nBcc: all@evil.example", "x\nBcc: y", "x\x85y\u2028z", "x\x00y", "א" * 200])
def test_whatever_a_lead_is_called_no_header_begins_in_it(smtp: SmtpReceiver, evil: str) -> None:
    rule = saved(written=draft(MappingDraft(source="lead.name", name="שם", placement=Placement.SUBJECT), LINKS))
    assert rule.live_version is not None
    lead = LeadFactory.build(name=evil, source=None)  # what the database would not even hold
    send_test(version=rule.live_version, lead=lead, now=timezone.now())
    mail = parsed(smtp.messages[0])
    assert mail["Bcc"] is None
    assert smtp.recipients == [TO]
    assert len(mail["Subject"]) <= 200


@pytest.mark.django_db
def test_a_client_without_any_reason_gets_no_mail_that_it_cannot_answer(smtp: SmtpReceiver) -> None:
    rule = saved()
    Reason.objects.update(is_active=False)
    with pytest.raises(RequestNotRenderable):
        send_test(version=rule.live_version, lead=None, now=timezone.now())  # type: ignore[arg-type]
    assert smtp.messages == []


# ---- what may be saved ----


@pytest.mark.django_db
def test_a_rule_whose_mail_has_no_links_cannot_go_live() -> None:
    with pytest.raises(RoutingIdMissing):
        saved(written=draft(MappingDraft(source="routing.id", name="id")))
    assert not Rule.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "field"),
    [
        (draft(url="mailto:dana"), "mail_to"),
        (draft(url="mailto:a@b.co,c@d.co"), "mail_to"),
        (draft(url="mailto:a@b.co\r\nBcc: c@d.co"), "mail_to"),
        (draft(url="mailto:דנה@client.co.il"), "mail_to"),
        (draft(mail_subject="a\nb"), "mail_subject"),
        (draft(mail_subject=" "), "mail_subject"),
    ],
)
def test_what_is_no_address_or_subject_is_said_at_its_field(written: RuleDraft, field: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        saved(written=written)
    assert field in caught.value.errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (MappingDraft(source="lead.name", name="x", placement=Placement.HEADER), "placement"),
        (MappingDraft(source="lead.name", name="x", placement=Placement.SLOT), "placement"),
        (MappingDraft(source="feedback.links", name="x", placement=Placement.SUBJECT), "placement"),
        (MappingDraft(source="nonsense", name="x"), "source"),
        (MappingDraft(source="lead.name", name="a\nb"), "name"),
    ],
)
def test_what_no_mail_can_hold_is_said_at_its_row(mapping: MappingDraft, field: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        saved(written=draft(mapping, LINKS))
    assert field in caught.value.mapping_errors[0]


@pytest.mark.django_db
def test_only_a_mail_has_a_subject() -> None:
    mappings = {"rid": "routing.id", "name": "lead.name"}
    rule = active_rule(mappings=mappings)
    over_http = RuleDraft(
        name="x",
        url="https://crm.example/leads",
        sources_mode="all",
        mappings=[
            MappingDraft(source="routing.id", name="rid"),
            MappingDraft(source="lead.name", name="s", placement=Placement.SUBJECT),
        ],
    )
    with pytest.raises(RuleInvalid):
        save_rule(rule=rule, client=rule.client, draft=over_http, by=None, now=timezone.now(), activate=True)


BREAKING: dict[str, Callable[[Rule], object]] = {
    "deleting the links": lambda rule: FieldMapping.objects.filter(source="feedback.links").delete(),
    "sending the routing ID instead": lambda rule: FieldMapping.objects.filter(source="feedback.links").update(
        source="routing.id"
    ),
    "putting the links into the subject": lambda rule: FieldMapping.objects.filter(source="feedback.links").update(
        placement="subject"
    ),
    "sending the same over HTTP": lambda rule: RuleVersion.objects.filter(pk=rule.live_version_id).update(
        body_format="json", url="https://crm.example/"
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", BREAKING)
def test_the_database_refuses_an_active_mail_rule_without_links(way: str) -> None:
    rule = saved()
    with pytest.raises(IntegrityError, match="feedback links"), transaction.atomic():
        BREAKING[way](rule)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
def test_links_do_not_stand_in_for_the_routing_id_over_http() -> None:
    with pytest.raises(IntegrityError, match="routing ID"), transaction.atomic():
        active_rule(mappings={"answer": "feedback.links", "name": "lead.name"})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# ---- on the way ----


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("replies", "code", "state"),
    [
        ({}, "mail_handed_over", DeliveryState.ACCEPTED),
        ({"RCPT": "450 greylisted"}, "mail_server_busy", DeliveryState.WAITING),
        ({"RCPT": "550 no such mailbox"}, "mail_recipient_refused", DeliveryState.HELD),
        ({"MAIL": "553 not from you"}, "mail_sender_refused", DeliveryState.HELD),
        ({"DATA": "451 later"}, "mail_server_busy", DeliveryState.WAITING),
        ({"END": "554 looks like spam"}, "mail_refused", DeliveryState.REFUSED),
        ({"END": "452 disk full"}, "mail_server_busy", DeliveryState.WAITING),
        ({"END": "close"}, "mail_server_unreachable", DeliveryState.WAITING),
        ({"CONNECT": "421 too busy"}, "mail_server_busy", DeliveryState.WAITING),
        ({"CONNECT": "554 go away"}, "mail_server_refused", DeliveryState.HELD),
        ({"CONNECT": "close"}, "mail_server_unreachable", DeliveryState.WAITING),
    ],
)
def test_what_the_mail_server_says_decides(
    smtp: SmtpReceiver, replies: dict[str, str], code: str, state: DeliveryState
) -> None:
    rule = saved()
    smtp.replies = replies
    result = send_test(version=rule.live_version, lead=None, now=timezone.now())  # type: ignore[arg-type]
    assert (result.verdict.code, result.verdict.state) == (code, state)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(), "mail_server_unreachable"),
        (smtplib.SMTPServerDisconnected("gone"), "mail_server_unreachable"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "mail_login_refused"),
        (smtplib.SMTPAuthenticationError(454, b"later"), "mail_server_busy"),
        (smtplib.SMTPNotSupportedError("STARTTLS"), "mail_server_refused"),
        (ssl.SSLCertVerificationError("expired"), "mail_encryption_failed"),
    ],
)
def test_every_failure_has_a_code_that_says_what_to_do(error: OSError, code: str) -> None:
    assert read_failure(error) == code
    assert code in EXPLANATIONS
    assert read_error(code).code == code


@pytest.mark.django_db(transaction=True)
def test_the_loop_sends_a_mail_until_it_is_taken_and_always_the_same(smtp: SmtpReceiver) -> None:
    rule = saved()
    smtp.replies = {"END": "close"}  # taken in, perhaps: nobody knows
    (delivery,) = make_deliveries(rule, 1)
    with transmitting():
        until(lambda: len(smtp.messages) >= 2)
        smtp.replies = {}
        until_closed(1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome_code) == (DeliveryState.ACCEPTED, "mail_handed_over")
    assert len(set(smtp.messages)) == 1, "byte for byte, Message-ID and all"
    assert parsed(smtp.messages[0])["Message-ID"].startswith(f"<{delivery.pk}@")
    routing = Routing.objects.get(pk=delivery.routing_id)
    assert routing.visible_at is not None
    assert routing.delivered_at is not None
    attempts = Attempt.objects.filter(delivery=delivery).order_by("started_at")
    assert [attempt.outcome for attempt in attempts][-1] == "accepted"
    assert {attempt.error_code for attempt in attempts} == {"mail_server_unreachable", ""}
    exchange = Exchange.objects.filter(attempt_id=attempts[0].pk).get()
    assert "מספר ניתוב" in bytes(exchange.request_body or b"").decode()
    assert FrozenRequest.objects.get().method == "MAIL"


@pytest.mark.django_db(transaction=True)
def test_a_mail_without_a_reason_to_answer_by_waits_for_a_person(smtp: SmtpReceiver) -> None:
    rule = saved()
    Reason.objects.update(is_active=False)
    make_deliveries(rule, 1)
    with transmitting():
        until_closed(1)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome_code) == (DeliveryState.HELD, "no_feedback_reasons")
    assert smtp.messages == []


# ---- the screens ----


@pytest.mark.django_db
def test_a_mail_rule_is_made_and_tested_on_the_screens(client: Client, smtp: SmtpReceiver) -> None:
    client.force_login(StaffFactory(email="noa@agency.example", language="en"))
    ours = ClientFactory()
    rows = [("feedback.links", "What became of it?"), ("lead.name", "Name"), ("lead.phone", "Phone")]
    data = {
        "name": "By mail", "channel": "mail", "mail_to": TO, "mail_subject": "New lead", "mail_text": "",
        "sources_mode": "all", "auth_kind": "bearer", "timeout_s": "", "rate_period": "60", "after_unknown": "retry",
        "mappings-TOTAL_FORMS": "3", "mappings-INITIAL_FORMS": "0", "save": "activate", "unfinished": "1",
    }  # fmt: skip
    for place, (source, name) in enumerate(rows):
        data |= {f"mappings-{place}-source": source, f"mappings-{place}-name": name, f"mappings-{place}-ORDER": place}
    shown = client.post(reverse("admin:distribution_rule_preview", args=[ours.pk]), data).content.decode()
    assert "mail-preview" in shown
    assert "/f/" in shown
    answer = client.post(f"{reverse('admin:distribution_rule_add')}?client={ours.pk}", data, follow=True)
    assert answer.status_code == 200
    rule = Rule.objects.get()
    version = rule.draft_version or rule.live_version
    assert version is not None
    assert (version.mail_to, version.body_format) == (TO, "mail")
    test = client.post(reverse("admin:distribution_rule_test", args=[rule.pk]), {"to_me": "on"}, follow=True)
    assert "handed to the mail server" in test.content.decode()
    assert smtp.recipients == ["noa@agency.example"]
    client.post(reverse("admin:distribution_rule_test", args=[rule.pk]))
    assert smtp.recipients[-1] == TO
    card = client.get(reverse("admin:accounts_user_tab", args=[ours.pk, "rules"])).content.decode()
    assert TO in card
    editor = client.get(reverse("admin:distribution_rule_change", args=[rule.pk])).content.decode()
    assert 'value="mail" selected' in editor
