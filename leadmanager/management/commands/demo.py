"""`demo`: demo data, safe to repeat."""

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leadmanager.demo.agreed import stand_in_port
from leadmanager.demo.errors import DemoError
from leadmanager.demo.make import make_demo


class Command(BaseCommand):
    """Make the demo's agency where it is missing, and say how to get in."""

    help = "Make demo data: staff login, clients with keys and rules, sources, leads, feedback. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--json", action="store_true", help="print one JSON object with all it takes to use it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raises CommandError where demo data must not be made."""
        base_url = settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}"
        try:
            demo = make_demo(base_url=base_url, stand_in=stand_in_port(settings.PORT), now=timezone.now())
        except (DemoError, ValueError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(demo), ensure_ascii=False))
            return
        routings = sum(len(client["routings"]) for client in demo.clients)
        self.stdout.write(
            f"Demo: {len(demo.clients)} clients, {routings} leads transmitted to them, feedback on most.\n"
            f"Staff login at {demo.base_url}/admin/: {demo.staff['username']}   password: {demo.staff['password']}"
        )
