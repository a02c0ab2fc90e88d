#!/usr/bin/env python3
"""Django's command line. `./run manage <command>` starts the database first when it is needed."""

import os
import sys


def main() -> None:
    """Run one management command of this project."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
