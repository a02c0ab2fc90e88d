"""`prepare`: what a start needs done to the database, by its owner: migrations, privileges, the first staff login."""

import json
import secrets
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from psycopg import sql

from accounts.services import create_first_staff

# Held while preparing, so that starts on several machines do it one after the other.
_LOCK = 5_170_421_001


class Command(BaseCommand):
    """Bring the database up to date; print a JSON object with the first staff login, empty when there was one."""

    help = "Migrate, grant the application's role its privileges, make the first staff login."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--app-role", help="the application's role, when it is not the one that migrates")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, alone."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if options["app_role"]:
            self._grant(options["app_role"])
        call_command("migrate", verbosity=0, interactive=False)
        password = secrets.token_urlsafe(12)
        is_first = create_first_staff(username="admin", password=password)
        self.stdout.write(json.dumps({"username": "admin", "password": password} if is_first else {}))

    def _grant(self, role: str) -> None:
        # By default for what migrations make from now on: a migration that takes something back is not undone.
        with connection.cursor() as cursor:
            for privileges in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
                statement = sql.SQL("ALTER DEFAULT PRIVILEGES GRANT {} TO {}")
                cursor.execute(statement.format(sql.SQL(privileges), sql.Identifier(role)))
