"""Runs over an S3 Inventory: how far, and what became of the rows."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a row."""

    REQUESTED = "requested"
    UNCHANGED = "unchanged"  # judged under the rulebook in force already
    OLDER = "older-version"
    MARKER = "delete-marker"
    STRANGER = "unknown-bucket"


@dataclass(frozen=True, slots=True)
class InventoryRun:
    """One run. `file` and `row` say where the next row lies; `counts` of Fate words add up to the rows seen."""

    id: str
    manifest: str
    file: int = 0
    row: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    is_done: bool = False

    @property
    def seen(self) -> int:
        """Rows seen."""
        return sum(count for _, count in self.counts)

    def to_text(self) -> str:
        """As stored."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> "InventoryRun":
        """As stored."""
        stated = json.loads(text)
        return InventoryRun(**{**stated, "counts": tuple((word, count) for word, count in stated["counts"])})

    def counted(self, fates: dict[str, int]) -> tuple[tuple[str, int], ...]:
        """The counts with more fates."""
        together = dict(self.counts)
        for word, count in fates.items():
            together[word] = together.get(word, 0) + count
        return tuple(sorted(together.items()))
