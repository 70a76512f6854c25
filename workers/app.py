"""The Celery app that workers run: `celery -A workers.app worker -Q uploads`."""

import os

from celery.signals import setup_logging

from scanner.bootstrap import celery
from scanner.bootstrap_observing import set_up_logs
from scanner.settings import read_settings


@setup_logging.connect
def log_as_told(**_signal: object) -> None:
    """Our own form of logs instead of Celery's."""
    set_up_logs(read_settings(os.environ).log_format)


app = celery(read_settings(os.environ))
app.conf.imports = ("workers.tasks", "workers.beating")
