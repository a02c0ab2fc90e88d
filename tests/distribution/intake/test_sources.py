"""Sources have an intake token each, which staff can see again and replace."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.utils import timezone

from distribution.errors import InvalidIntakeToken, TokenNotReadable
from distribution.models import Source
from distribution.services import intake, sources
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


def test_a_new_source_has_a_token_that_opens_it_and_can_be_shown_again() -> None:
    staff = StaffFactory()
    issued = sources.create_source(name="גוגל", by=staff, now=timezone.now())
    assert intake.source_of_token(issued.text).id == issued.source.pk
    assert sources.reveal_token(source=Source.objects.get(), by=staff) == issued.text
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Source created",
        "Intake token shown",
    ]


def test_a_token_fits_googles_field_and_an_address_and_is_stored_nowhere_readable() -> None:
    issued = sources.create_source(name="גוגל", by=None, now=timezone.now())
    assert len(issued.text) <= 50
    assert issued.text.isalnum()
    assert issued.text.isascii()
    stored = Source.objects.get()
    assert issued.text.encode() not in bytes(stored.token_digest) + bytes(stored.token_ciphertext)


def test_a_replaced_token_opens_nothing_at_once() -> None:
    first = sources.create_source(name="גוגל", by=None, now=timezone.now())
    second = sources.replace_token(source=first.source, by=StaffFactory())
    assert intake.source_of_token(second.text).id == first.source.pk
    with pytest.raises(InvalidIntakeToken):
        intake.source_of_token(first.text)


def test_two_sources_of_one_name_are_refused() -> None:
    sources.create_source(name="גוגל", by=None, now=timezone.now())
    with pytest.raises(ValidationError):
        sources.create_source(name="גוגל", by=None, now=timezone.now())


def test_a_token_of_another_installation_cannot_be_shown_but_says_what_to_do() -> None:
    source = sources.create_source(name="גוגל", by=None, now=timezone.now()).source
    source.token_ciphertext = b"nonsense"
    with pytest.raises(TokenNotReadable, match="ENCRYPTION_KEYS"):
        sources.reveal_token(source=source, by=None)
