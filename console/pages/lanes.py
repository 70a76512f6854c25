"""The lanes' counts, asked of the database at most every few seconds: every page and stream shows them."""

import time
from threading import Lock

from fastapi import Request

from console.pages.frame import desk_of
from scanner.domain.review_queue import LaneCount

EVERY = 3.0
_lock = Lock()


def lanes_of(request: Request) -> list[LaneCount]:
    """Counts that are at most EVERY seconds old."""
    state, now = request.app.state, time.monotonic()
    with _lock:
        held: tuple[float, list[LaneCount]] | None = getattr(state, "lanes", None)
        if held is None or now - held[0] >= EVERY:
            desk = desk_of(request)
            held = state.lanes = (now, desk.kept.lanes(desk.desk.reviewing.clock.now()))
        return held[1]
