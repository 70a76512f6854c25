"""The Celery app that workers run: `celery -A workers.app worker -Q uploads`."""

import os

from scanner.bootstrap import celery
from scanner.settings import read_settings

app = celery(read_settings(os.environ))
app.conf.imports = ("workers.tasks",)
