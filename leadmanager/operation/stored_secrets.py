"""Every place where a secret is kept encrypted, and putting all of them under the newest encryption key."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model

from accounts.encryption import Undecryptable, renewed
from accounts.models import ApiKey
from distribution.models import FieldMapping, RuleVersion, Source
from feedback.models import KitHandover

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Secrets of one kind: the column that holds their ciphertext, NULL for none."""

    name: str
    model: type[Model]
    column: str

    def newest(self) -> bytes | memoryview | None:
        """Give the ciphertext that was stored last."""
        rows = self.model._default_manager.exclude(**{self.column: None}).order_by("-pk")
        return rows.values_list(self.column, flat=True).first()

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Yield ids and ciphertexts, a batch at a time."""
        rows = self.model._default_manager.exclude(**{self.column: None}).order_by("pk")
        last = 0
        while batch := list(rows.filter(pk__gt=last).values_list("pk", self.column)[:BATCH]):
            yield from ((pk, bytes(ciphertext)) for pk, ciphertext in batch)
            last = batch[-1][0]


SECRETS = (
    Secrets(name="API keys", model=ApiKey, column="ciphertext"),
    Secrets(name="intake tokens", model=Source, column="token_ciphertext"),
    Secrets(name="rules' secrets", model=RuleVersion, column="auth_secret"),
    Secrets(name="rules' signing secrets", model=RuleVersion, column="signing_secret"),
    Secrets(name="secret fields of rules", model=FieldMapping, column="secret"),
    Secrets(name="kit links", model=KitHandover, column="token_ciphertext"),
)


@dataclass(kw_only=True)
class Tally:
    """What became of the secrets of one kind: how many were renewed or needed nothing, and which nobody can read."""

    kind: Secrets
    renewed: int = 0
    kept: int = 0
    unreadable: list[int]


def rotate(kind: Secrets) -> Tally:
    """Put all secrets of a kind under the newest key.

    Row by row, so that it can be stopped anywhere and run again, and holds nobody up. A row that somebody changes
    meanwhile is left as they wrote it.
    Raises `EncryptionKeyUnusable` when there is no newest key.
    """
    tally = Tally(kind=kind, unreadable=[])
    for pk, ciphertext in kind.all():
        try:
            under_newest = renewed(ciphertext)
        except Undecryptable:
            tally.unreadable.append(pk)
            continue
        if under_newest is None:
            tally.kept += 1
            continue
        rows = kind.model._default_manager.filter(pk=pk, **{kind.column: ciphertext})
        tally.renewed += rows.update(**{kind.column: under_newest})
    return tally
