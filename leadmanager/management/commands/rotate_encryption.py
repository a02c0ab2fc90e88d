"""`rotate_encryption`: put every stored secret under the newest encryption key."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import EncryptionKeyUnusable
from leadmanager.operation.stored_secrets import SECRETS, rotate
from leadmanager.secret_files import add_encryption_key

SHOWN = 20


class Command(BaseCommand):
    """Re-encrypt, or make the new key that it will be done under; exit with 1 when something stays unread."""

    help = "Put every stored secret under the newest encryption key; may be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument(
            "--new-key", action="store_true", help="put a new key before the present ones, and change nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        if options["new_key"]:
            self._add_key()
            return
        unreadable = False
        for kind in SECRETS:
            try:
                tally = rotate(kind)
            except EncryptionKeyUnusable:
                raise CommandError(
                    "The first of ENCRYPTION_KEYS is no key; nothing was changed. Put the right one there, or make a "
                    "new one: ./run manage rotate_encryption --new-key"
                ) from None
            self.stdout.write(f"{kind.name}: {tally.renewed} put under the newest key, {tally.kept} were already")
            if tally.unreadable:
                unreadable = True
                ids = ", ".join(map(str, tally.unreadable[:SHOWN])) + (", ..." if tally.unreadable[SHOWN:] else "")
                self.stderr.write(f"{kind.name}: {len(tally.unreadable)} cannot be read by any key (ids {ids})")
        if unreadable:
            raise CommandError(
                "Keep every old key. What cannot be read was left as it is: add the key it was made under to the end "
                "of ENCRYPTION_KEYS and run this again, or replace those secrets on the screens."
            )
        self.stdout.write("Nothing is left under an older key. The older keys may be taken away.")

    def _add_key(self) -> None:
        if os.environ.get("ENCRYPTION_KEYS", "").strip():
            raise CommandError(
                "The keys come from the environment variable ENCRYPTION_KEYS: put a new key before them there."
            )
        path = add_encryption_key(settings.HOME_DIR)
        self.stdout.write(
            f"A new key stands first in {path}. Start every process again, then run ./run manage rotate_encryption."
        )
