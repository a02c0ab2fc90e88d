"""Mails: where they go by the environment, what they say, and what becomes of one that is not taken."""

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.mail.sending import MailRefused, new_message_id, queue, send
from accounts.mail.writing import Mail
from accounts.tasks import send_mail
from leadmanager import env
from leadmanager.checks import mails_leave_the_house
from tests.receivers.smtp import SmtpReceiver, smtp_receiver

MAIL = Mail(to="dana@client.example", subject="ליד חדש", text="שלום\n", html="<p>שלום</p>")
FILES = Path("/files")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", {"directory": FILES}),
        ("file:///var/mails", {"directory": Path("/var/mails")}),
        ("smtp://mail.example", {"host": "mail.example", "port": 587, "uses_starttls": True}),
        ("smtps://me%40x.example:p%2Fw@mail.example", {"port": 465, "uses_ssl": True, "user": "me@x.example"}),
        ("smtps://u:p%2Fw@mail.example", {"password": "p/w", "uses_starttls": False}),
        ("smtp://localhost:25?tls=none", {"port": 25, "uses_starttls": False, "uses_ssl": False}),
    ],
)
def test_the_mail_server_is_read_from_the_environment(
    url: str, found: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    server = env.mail_server("EMAIL_URL", files=FILES)
    assert {name: getattr(server, name) for name in found} == found


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://m:99999", "smtp://m?tls=maybe", "file://relative"]
)
def test_an_address_that_cannot_be_read_is_named_and_its_password_is_not(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL cannot be read"):
        env.mail_server("EMAIL_URL", files=FILES)


@pytest.mark.parametrize(
    ("value", "is_good"),
    [("leads@a.example", True), ("Agency <leads@a.example>", True), ("Agency", False), ("a@b\nBcc: c@d", False)],
)
def test_the_sender_is_an_address(value: str, is_good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", value)
    if is_good:
        assert env.mail_sender("MAIL_FROM", "") == value
        return
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM"):
        env.mail_sender("MAIL_FROM", "")


def test_without_a_mail_server_each_mail_is_one_file_however_often_it_is_sent(settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "accounts.mail.files.EmailBackend", tmp_path / "mail"
    identification = new_message_id()
    for _ in range(2):
        send(MAIL, identification=identification)
    send(MAIL, identification=new_message_id())
    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == 2
    assert all(file.suffix == ".eml" and file.stat().st_mode & 0o077 == 0 for file in files)
    read = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
    assert (read["Subject"], read["To"], read["Message-ID"]) == (MAIL.subject, MAIL.to, identification)
    assert {part.get_content_type() for part in read.walk()} >= {"text/plain", "text/html"}


@pytest.fixture
def smtp(settings) -> Iterator[SmtpReceiver]:
    with smtp_receiver() as receiver:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield receiver


def test_a_mail_reaches_the_mail_server(smtp: SmtpReceiver) -> None:
    send(MAIL, identification="<one@example>")
    assert smtp.recipients == [MAIL.to]
    assert b"Message-ID: <one@example>" in smtp.messages[0]


@pytest.mark.parametrize(
    ("replies", "is_final"),
    [
        ({"RCPT": "550 no such mailbox"}, True),
        ({"END": "554 looks like spam"}, True),
        ({"RCPT": "450 try later"}, False),
        ({"END": "451 try later"}, False),
        ({"CONNECT": "421 too busy"}, False),
        ({"DATA": "close"}, False),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(
    smtp: SmtpReceiver, replies: dict[str, str], is_final: bool
) -> None:
    smtp.replies = replies
    with pytest.raises(MailRefused if is_final else OSError) as caught:
        send(MAIL, identification="<one@example>")
    retry = send_mail.retry_strategy.get_retry_decision(exception=caught.value, job=_Job)
    assert (retry is None) == is_final


class _Job:
    attempts = 1
    task_name = "accounts.send_mail"


@pytest.mark.django_db
def test_a_queued_mail_is_a_job_of_the_transaction_that_wrote_it() -> None:
    queue(MAIL)
    job = ProcrastinateJob.objects.get(task_name="accounts.send_mail")
    assert (job.args["to"], job.queue_name) == (MAIL.to, "mail")
    assert job.args["identification"].startswith("<")


def test_a_public_installation_without_a_mail_server_is_told(settings) -> None:
    settings.IS_PUBLIC, settings.EMAIL_FILE_PATH = True, FILES
    assert [warning.id for warning in mails_leave_the_house()] == ["leadmanager.W004"]
    settings.EMAIL_FILE_PATH = None
    assert mails_leave_the_house() == []
