"""A new encryption key: every stored secret is put under it, and what is left is said."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from accounts.encryption import decrypt, encrypt
from accounts.models import ApiKey
from distribution.models import FieldMapping, RuleVersion, Source
from leadmanager.operation import stored_secrets
from leadmanager.secret_files import read_or_create
from tests.factories import ClientFactory, SourceFactory, active_rule, api_key

pytestmark = pytest.mark.django_db

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def text(settings: Any) -> str:
    """The text of a key; with it there is a secret of most kinds, all under the old key."""
    settings.ENCRYPTION_KEYS = [OLD]
    active_rule()
    RuleVersion.objects.update(auth_secret=encrypt("password"), signing_secret=encrypt("whsec"))
    FieldMapping.objects.filter(name="phone").update(source="secret", secret_slot="s" * 32, secret=encrypt("constant"))
    SourceFactory(token="token")
    return api_key(ClientFactory())


def rotate() -> str:
    out = StringIO()
    call_command("rotate_encryption", stdout=out, stderr=out)
    return out.getvalue()


def test_after_it_the_old_key_is_not_needed(settings: Any, text: str) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    said = rotate()
    assert "API keys: 1 put under the newest key, 0 were already" in said
    assert "Nothing is left" in said
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(ApiKey.objects.get().ciphertext) == text
    assert decrypt(Source.objects.get().token_ciphertext) == "token"
    version = RuleVersion.objects.get()
    assert (decrypt(version.auth_secret), decrypt(version.signing_secret)) == ("password", "whsec")
    assert decrypt(FieldMapping.objects.get(name="phone").secret) == "constant"
    assert "API keys: 0 put under the newest key, 1 were already" in rotate()


def test_it_goes_on_where_it_was_stopped(settings: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        api_key(ClientFactory())
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    monkeypatch.setattr(stored_secrets, "BATCH", 2)
    honest, calls = stored_secrets.renewed, iter(range(100))

    def renewed(ciphertext: bytes) -> bytes | None:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return honest(ciphertext)

    monkeypatch.setattr(stored_secrets, "renewed", renewed)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert "API keys: 2 put under the newest key, 3 were already" in rotate()


def test_what_no_key_opens_is_named_and_left(settings: Any, text: str) -> None:
    before = bytes(ApiKey.objects.get().ciphertext)
    settings.ENCRYPTION_KEYS = [NEW]
    out = StringIO()
    with pytest.raises(CommandError, match="Keep every old key"):
        call_command("rotate_encryption", stdout=out, stderr=out)
    assert f"API keys: 1 cannot be read by any key (ids {ApiKey.objects.get().pk})" in out.getvalue()
    assert bytes(ApiKey.objects.get().ciphertext) == before


@pytest.mark.parametrize("unusable", [[], ["no key"]])
def test_without_a_newest_key_nothing_is_done(settings: Any, text: str, unusable: list[str]) -> None:
    settings.ENCRYPTION_KEYS = unusable
    with pytest.raises(CommandError, match="nothing was changed"):
        rotate()


def test_a_new_key_is_put_first_in_the_file(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCRYPTION_KEYS", raising=False)
    settings.HOME_DIR = tmp_path
    old = read_or_create(tmp_path, "encryption_keys")
    call_command("rotate_encryption", "--new-key", stdout=StringIO())
    first, second = read_or_create(tmp_path, "encryption_keys").split(",")
    assert second == old
    assert Fernet(first)
    monkeypatch.setenv("ENCRYPTION_KEYS", old)
    with pytest.raises(CommandError, match="environment"):
        call_command("rotate_encryption", "--new-key", stdout=StringIO())


def test_no_column_of_secrets_is_forgotten() -> None:
    """Secrets are kept in binary columns by these names: a new one has to be among those that are rotated."""
    named = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and ("ciphertext" in field.name or "secret" in field.name)
    }
    assert named == {(kind.model, kind.column) for kind in stored_secrets.SECRETS}
