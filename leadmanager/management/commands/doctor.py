"""`doctor`: what is wrong with this installation, in plain words."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadmanager.operation.doctor import examine


class Command(BaseCommand):
    """Print what is wrong and what to do; exit with 1 when anything is."""

    help = "Say in plain words what is wrong with this installation and what to do about it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--json", action="store_true", help="print a JSON array of {code, text, advice}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and tell."""
        findings = examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        elif not findings:
            self.stdout.write("Nothing is wrong.")
        for finding in [] if options["json"] else findings:
            self.stdout.write(f"{finding.code}\n  {finding.text}\n  {finding.advice}")
        if findings:
            sys.exit(1)
