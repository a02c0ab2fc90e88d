"""`./run doctor`: look at the installation as it is; nothing is started for it, the database neither."""

import os


def main(arguments: list[str]) -> int:
    """Run the doctor; 1 when something is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage", "doctor", *arguments])
    return 0
