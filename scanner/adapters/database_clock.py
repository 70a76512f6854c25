"""The database's time: one clock for all machines, whatever their own say or jump to."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import func, select

from scanner.adapters.sql import Database
from scanner.errors import StoreError


@dataclass(slots=True)
class DatabaseClock:
    """It is the Clock of a house whose database is a server. Asked again after `every` seconds, and counted on between.

    A database that does not answer leaves what was asked last, counted on; StoreError only before its first answer.
    """

    database: Database
    every: float = 30.0
    monotonic: Callable[[], float] = time.monotonic
    _last: tuple[datetime, float] | None = field(default=None, init=False)  # what was told, and when that was
    _lock: Lock = field(default_factory=Lock, init=False)

    def now(self) -> datetime:
        """The time, with its zone."""
        with self._lock:
            last = self._last
            if last is None or self.monotonic() - last[1] >= self.every:
                last = self._last = self._asked(last)
            return last[0] + timedelta(seconds=self.monotonic() - last[1])

    def _asked(self, last: tuple[datetime, float] | None) -> tuple[datetime, float]:
        try:
            with self.database.reading() as connection:
                told = connection.execute(select(func.clock_timestamp())).scalar_one()
        except StoreError:
            if last is None:
                raise
            return last  # asked anew with the next look
        return told.astimezone(UTC), self.monotonic()
