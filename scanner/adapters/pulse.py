"""A heartbeat in a thread of its own, so that a long native call does not stop it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from scanner.errors import AupError

log = logging.getLogger("aup.pulse")


class ThreadPulse:
    """Beats from a daemon thread while the block runs."""

    @contextmanager
    def beating(self, act: Callable[[], object], seconds: float) -> Iterator[None]:
        """Call `act` every `seconds`; a beat that fails is logged, and the next one is tried all the same."""
        over = Event()
        thread = Thread(target=_beat, args=(act, seconds, over), daemon=True, name="pulse")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _beat(act: Callable[[], object], seconds: float, over: Event) -> None:
    while not over.wait(seconds):
        try:
            act()
        except AupError as error:
            log.warning("a heartbeat failed: %s", error)
