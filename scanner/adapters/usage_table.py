"""The series as columns: one array for each part of a state, a row for each series, about 190 bytes a row."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.domain.usage.baseline import SIZE
from scanner.domain.usage.resources import RESOURCES

COLUMNS: Mapping[str, str] = {
    "account": "u4",
    "resource": "u1",
    "last_at": "u4",
    "rate": "f8",
    "counter": "f8",
    "bucket": "f8",
    "long_1": "f8",
    "short_1": "f8",
    "long_2": "f8",
    "short_2": "f8",
    "held": "i4",
    "below": "i4",
    "hour_sum": "f8",
    "hour_cover": "u2",
    "flags": "u1",
}
DERIVED: Mapping[str, str] = {"entitled": "f8", "pool": "i4"}  # follow from the rules, not stored
WIDTH = len(RESOURCES)
Array = NDArray[Any]


class SeriesTable:
    """Growing columns. `slots` finds the row of (account id, resource number); -1: none."""

    def __init__(self) -> None:
        self.count = 0
        self.columns: dict[str, Array] = {n: np.zeros(0, kind) for n, kind in {**COLUMNS, **DERIVED}.items()}
        self.usual: NDArray[np.uint8] = np.zeros((0, SIZE), "u1")
        self.slots: NDArray[np.int32] = np.full((0, WIDTH), -1, "i4")

    def rows_of(self, accounts: NDArray[np.int64], resources: NDArray[np.int64]) -> tuple[Array, range]:
        """The row of each pair, and the range of rows that are new."""
        if accounts.size and int(accounts.max()) >= len(self.slots):
            more = np.full((int(accounts.max()) + 1 + len(self.slots) // 64, WIDTH), -1, "i4")
            more[: len(self.slots)] = self.slots
            self.slots = more
        rows = self.slots[accounts, resources]
        first = self.count
        if (rows < 0).any():
            absent = np.unique(accounts[rows < 0] * WIDTH + resources[rows < 0])
            self._grow(absent // WIDTH, absent % WIDTH)
            rows = self.slots[accounts, resources]
        return rows, range(first, self.count)

    def row(self, account: int, resource: int) -> int:
        """The row of one pair, or -1."""
        return int(self.slots[account, resource]) if account < len(self.slots) else -1

    def nbytes(self) -> int:
        """Bytes held for all rows together."""
        return self.slots.nbytes + self.usual.nbytes + sum(column.nbytes for column in self.columns.values())

    def dump(self) -> dict[str, bytes]:
        """The stored columns, each as an .npy file."""
        kept = {name: self.columns[name][: self.count] for name in COLUMNS}
        return {name: _to_bytes(column) for name, column in {**kept, "usual": self.usual[: self.count]}.items()}

    @staticmethod
    def load(parts: Mapping[str, bytes]) -> "SeriesTable":
        """The table of a dump."""
        table = SeriesTable()
        found = {name: np.load(io.BytesIO(body), allow_pickle=False) for name, body in parts.items()}
        table.rows_of(found["account"].astype("i8"), found["resource"].astype("i8"))
        rows = table.slots[found["account"], found["resource"]]
        for name in COLUMNS:
            table.columns[name][rows] = found[name]
        table.usual[rows] = found["usual"]
        return table

    def _grow(self, accounts: Array, resources: Array) -> None:
        first, self.count = self.count, self.count + len(accounts)
        if self.count > len(self.usual):
            size = self.count + self.count // 64  # little to spare: memory is counted
            self.columns = {name: _longer(column, size) for name, column in self.columns.items()}
            self.usual = _longer(self.usual, size)
        new = slice(first, self.count)
        self.columns["account"][new], self.columns["resource"][new] = accounts, resources
        self.columns["counter"][new], self.columns["pool"][new], self.columns["entitled"][new] = -1.0, -1, np.inf
        self.slots[accounts, resources] = np.arange(first, self.count, dtype="i4")


def _longer(column: Array, size: int) -> Array:
    longer = np.zeros((size, *column.shape[1:]), column.dtype)
    longer[: len(column)] = column
    return longer


def _to_bytes(column: Array) -> bytes:
    held = io.BytesIO()
    np.save(held, column, allow_pickle=False)
    return held.getvalue()
