"""`messages`: bring the Hebrew and English catalogues up to date with the sources, or check that they are complete."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadmanager.management import catalogues


class Command(BaseCommand):
    """Update or check the message catalogues of the apps named (all of them when none is)."""

    help = "Bring the message catalogues up to date with the sources; --check only reports what is not complete."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("apps", nargs="*", metavar="app", help=f"one of {', '.join(catalogues.APPS)}; default all")
        parser.add_argument("--check", action="store_true", help="change nothing; fail when something is not complete")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raises CommandError when the check finds something."""
        apps = options["apps"] or catalogues.APPS
        if unknown := set(apps) - set(catalogues.APPS):
            raise CommandError(f"Unknown app: {', '.join(sorted(unknown))}. Choose from {', '.join(catalogues.APPS)}.")
        targets = [(app, language) for app in apps for language in catalogues.PLURAL_FORMS]
        if not options["check"]:
            for app, language in targets:
                if catalogues.update(app, language):
                    self.stdout.write(f"changed {app}/{language}")
        open_items = [finding for app, language in targets for finding in catalogues.check(app, language)]
        for finding in open_items:
            self.stdout.write(str(finding))
        if open_items and options["check"]:
            raise CommandError(
                f"{len(open_items)} messages are not complete. Run `./run manage messages`, then fill in the Hebrew."
            )
