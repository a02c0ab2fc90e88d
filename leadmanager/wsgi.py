"""The WSGI application that granian serves."""

import multiprocessing
import os

import django

from leadmanager.parent_death import end_with_parent

# granian forks its workers; when its main process is killed they would go on listening.
parent = multiprocessing.parent_process()
if parent is not None and parent.pid is not None:
    end_with_parent(parent.pid)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadmanager.settings")

django.setup(set_prefix=False)

from leadmanager.machines import Application  # noqa: E402 - needs Django set up

application = Application()
