"""The beat that must not stop: Celery does not start its embedded beat again when that process dies."""

import logging
import threading
from typing import Any

from celery.beat import EmbeddedService
from celery.signals import worker_ready

log = logging.getLogger("aup.beat")
LOOK_SECONDS = 2.0
_watched = threading.Event()


@worker_ready.connect
def keep_beating(sender: Any = None, **_signal: object) -> None:
    """Watch the beat of this worker, if it has one; once, though a worker is ready again after every reconnection."""
    worker = getattr(sender, "controller", None)
    if getattr(worker, "beat", None) is None or _watched.is_set():
        return
    _watched.set()
    threading.Thread(target=_watch, args=(worker,), daemon=True, name="beat-watch").start()


def _watch(worker: Any) -> None:
    """When the beat's process is gone, go on with a thread: it lives as long as the worker does."""
    asleep = threading.Event()
    while worker.beat.is_alive():
        asleep.wait(LOOK_SECONDS)
    log.critical("the beat's process died; it goes on in a thread of the worker")
    EmbeddedService(worker.app, thread=True, schedule_filename=f"{worker.schedule_filename}-thread").start()
