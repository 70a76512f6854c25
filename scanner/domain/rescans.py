"""Bulk rescans: what was listed, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RescanState(StrEnum):
    """LISTING while the bucket is read, SCANNING while requests are owed, then DONE; or PAUSED, CANCELLED."""

    LISTING = "listing"
    SCANNING = "scanning"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rescan:
    """One bulk rescan of a bucket or prefix. `cursor` is the last key listed; `listed` counts what was seen."""

    id: str
    bucket: str
    prefix: str
    state: RescanState
    started_at: datetime
    cursor: str = ""
    listed: int = 0
    requested: int = 0
    cached: int = 0
    requester: str = ""
    full: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it still has something to do."""
        return self.state in (RescanState.LISTING, RescanState.SCANNING)
