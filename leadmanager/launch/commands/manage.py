"""`./run manage <command>`: a management command, with the database up and, unless it is about that, migrated."""

import os
import sys

from leadmanager.launch.database import database
from leadmanager.launch.preparation import announce, prepare
from leadmanager.launch.serving import check_home

# These change or describe the schema: they run as its owner, and are not to find it migrated behind their back.
_OWNERS = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration"}
# These look at the sources only.
_SCHEMALESS = {"", "help", "--help", "-h", "version", "--version", "messages", "check", "diffsettings", "startapp"}


def main(arguments: list[str]) -> int:
    """Run one management command; its exit status is ours."""
    check_home()
    name = arguments[0] if arguments else ""
    with database() as chosen:
        if name not in _OWNERS | _SCHEMALESS:
            announce(prepare(chosen))
        os.environ["DATABASE_URL"] = chosen.owner_url if name in _OWNERS else chosen.url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")
        from django.core.management import execute_from_command_line

        sys.argv = ["manage", *arguments]
        execute_from_command_line(sys.argv)
    return 0
