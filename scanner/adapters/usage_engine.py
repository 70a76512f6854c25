"""Steps many series at once. The plain form is `scanner.domain.usage.series.advance`; the two agree to the last bit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.adapters.usage_table import Array, SeriesTable
from scanner.domain.usage.baseline import EDGES, HOURS, around, ratio_of
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.legs import Signal
from scanner.domain.usage.resources import NUMBER, RESOURCES, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, LAST_SECOND, RESOURCE_MASK, RESOURCE_SHIFT, Columns
from scanner.domain.usage.series import HOUR, HOUR_COVER, IMPLAUSIBLE, OVERFLOW, RATIO_CAP, Flag, Step
from scanner.domain.usage.thresholds import Terms

CHUNK = 32_768  # rows stepped together: the columns of a chunk stay in the cache
_BURNS = (("long_1", "long_1"), ("short_1", "short_1"), ("long_2", "long_2"), ("short_2", "short_2"))
_EDGES = np.array(EDGES)
Floats = NDArray[np.float64]


class VectorEngine:
    """All series of all accounts, their owners and hosts. One process has it; `dump` and `load` carry it on."""

    def __init__(self) -> None:
        self.table = SeriesTable()
        self.book: UsageBook | None = None
        self.ids: Mapping[str, int] = {}
        self.names: dict[int, str] = {}
        self.terms: dict[str, Floats] = {}
        self.day = date.min
        self.closed = -1  # the last interval whose owners' sums were taken

    def govern(self, book: UsageBook, ids: Mapping[str, int]) -> None:
        """Take the rules in force and the accounts' ids; limits are looked up anew where either changed."""
        if book is self.book and len(ids) == len(self.names):
            return
        changed, self.book, self.ids = book is not self.book, book, ids
        self.names = {number: name for name, number in ids.items()}
        rows = [book.thresholds.terms(resource) for resource in RESOURCES]
        self.terms = {name: np.array([getattr(row, name) for row in rows]) for name in Terms._fields}
        if changed and self.day != date.min:
            self._entitle(range(self.table.count))

    def absorb(
        self, columns: Columns, ended: Callable[[int], None] | None = None, until: int = LAST_SECOND
    ) -> Mapping[str, int]:
        """Step every sample, oldest interval first; what became of them, by `Step` name.

        `ended` is called with the end of each interval that a newer one closes, when all before it is stepped. One
        that is not over at the second `until` is closed by no sample: one clock that runs ahead would close the
        owners' sums before anybody else's samples are there.
        """
        keys = np.frombuffer(columns.keys, "u4").astype("i8")
        at, values = np.frombuffer(columns.at, "u4").astype("i8"), np.frombuffer(columns.values, "f8")
        outcome: Counter[str] = Counter()
        if not len(keys):
            return outcome
        slice_of = at // self._timing.interval
        order = np.lexsort((at, slice_of)) if (np.diff(at) < 0).any() else np.arange(len(at))
        over = until // self._timing.interval - 1
        starts = np.flatnonzero(np.diff(slice_of[order], prepend=-1))
        for part in np.split(order, starts[1:]):
            number = int(slice_of[part[0]])
            last = min(number - 1, over)
            if last > self.closed:  # the sums of the intervals before are closed first
                heard = ended if self.closed >= 0 else None  # nothing lies before the very first interval
                self._close(last)
                if heard is not None:
                    heard((last + 1) * self._timing.interval)
            outcome += self._interval(number, keys[part], at[part], values[part])
        return outcome

    def signals(self) -> Sequence[Signal]:
        """Every series on which something stands raised."""
        flags = self.table.columns["flags"][: self.table.count]
        return [self._signal(int(row)) for row in np.flatnonzero(flags)]

    def seen(self, account: str, resource: Resource) -> int:
        """The second of the newest sample; 0: none."""
        row = self.table.row(self.ids.get(account, 2**31), NUMBER[resource])
        return int(self.table.columns["last_at"][row]) if row >= 0 else 0

    def dump(self) -> Mapping[str, bytes]:
        """The state as bytes by part."""
        return {**self.table.dump(), "closed": str(self.closed).encode()}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """The state of a dump; call `govern` first."""
        arrays = dict(parts)
        self.closed = int(arrays.pop("closed", b"-1"))
        self.table = SeriesTable.load(arrays) if arrays else SeriesTable()
        newest = int(self.table.columns["last_at"].max(initial=0))
        self.day = _day(newest) if newest else date.min
        self._entitle(range(self.table.count))

    @property
    def _timing(self) -> Any:
        assert self.book is not None, "govern comes first"
        return self.book.thresholds.timing

    def _interval(self, number: int, keys: Array, at: Array, values: Floats) -> Counter[str]:
        """The samples of one interval."""
        if number * self._timing.interval // 86_400 != self.day.toordinal() - _EPOCH and number > self.closed:
            self.day = _day(number * self._timing.interval)
            self._entitle(range(self.table.count))
        rows, new = self.table.rows_of(keys >> ACCOUNT_SHIFT, keys >> RESOURCE_SHIFT & RESOURCE_MASK)
        self._entitle(new)
        return self._rounds(rows, at, values, keys & 1 == 1)

    def _rounds(self, rows: Array, at: Array, values: Floats, counter: Array) -> Counter[str]:
        """One step for each row at a time: a row's second sample of the interval waits for its first."""
        outcome: Counter[str] = Counter()
        while rows.size:
            _, firsts = np.unique(rows, return_index=True)
            firsts.sort()
            for start in range(0, len(firsts), CHUNK):
                one = firsts[start : start + CHUNK]
                outcome += self._step(rows[one], at[one], values[one], counter[one])
            if len(firsts) == len(rows):
                break
            rest = np.ones(len(rows), bool)
            rest[firsts] = False
            rows, at, values, counter = rows[rest], at[rest], values[rest], counter[rest]
        return outcome

    def _step(self, rows: Array, at: Array, value: Floats, counter: Array) -> Counter[str]:
        c = self.table.columns
        last = c["last_at"][rows].astype("i8")
        gap = at - last
        new, total = last == 0, c["counter"][rows]
        old = ~new & (gap <= 0)
        begun = ~new & ~old & counter & (total < 0)
        first = new | begun
        c["rate"][rows[new]] = np.where(counter[new], 0.0, value[new])
        c["counter"][rows[first]] = np.where(counter[first], value[first], -1.0)
        c["last_at"][rows[first]] = at[first]
        fell = counter & (value < total)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(counter, np.where(fell, value / gap, (value - total) / gap), value)
        ratio = rate / c["entitled"][rows]
        wild = ~first & ~old & (ratio > IMPLAUSIBLE)
        go = ~first & ~old & ~wild
        self._move(rows[go], last[go], at[go], gap[go], ratio[go])
        c["last_at"][rows[go]], c["rate"][rows[go]] = at[go], rate[go]
        c["counter"][rows[go]] = np.where(counter[go], value[go], -1.0)
        long = go & ~fell & (gap > self._timing.cover)
        counts = {Step.FIRST: first, Step.LATE: old & (gap < 0), Step.DUPLICATE: old & (gap == 0), Step.GAP: long}
        counts |= {Step.IMPLAUSIBLE: wild, Step.RESET: go & fell, Step.APPLIED: go & ~fell & ~long}
        return Counter({step.name.lower(): int(mask.sum()) for step, mask in counts.items() if mask.any()})

    def _move(self, rows: Array, last: Array, at: Array, gap: Array, ratio: Floats) -> None:
        c, kinds = self.table.columns, self.table.columns["resource"][rows]
        turned = at // HOUR != last // HOUR
        if turned.any():
            self._close_hours(rows[turned], last[turned] // HOUR)
        covered, ratio = np.minimum(gap, self._timing.cover), np.minimum(ratio, RATIO_CAP)
        capacity = self.terms["capacity"][kinds]
        filled = c["bucket"][rows] + (np.maximum(ratio - 1.0, 0.0) - self.terms["leak"][kinds]) * covered
        bucket = np.minimum(np.maximum(filled, 0.0), OVERFLOW * capacity)
        c["bucket"][rows] = bucket = np.where(np.isinf(capacity), 0.0, bucket)
        burns = {}
        for name, window in _BURNS:
            mean = c[name][rows]
            burns[name] = mean + (ratio - mean) * np.minimum(covered / self.terms[window][kinds], 1.0)
            c[name][rows] = burns[name]
        above = ratio >= self.terms["hard"][kinds]
        held = np.where(above, np.minimum(c["held"][rows] + covered, 2**31 - 1), 0)
        below = np.where(above, 0, np.minimum(c["below"][rows] + covered, 2**31 - 1))
        c["held"][rows], c["below"][rows] = held, below
        c["hour_sum"][rows] += ratio * covered
        c["hour_cover"][rows] += covered.astype("u2")
        c["flags"][rows] = self._flags(c["flags"][rows], kinds, bucket, burns, held, below)

    def _flags(
        self, flags: Array, kinds: Array, bucket: Floats, burns: Mapping[str, Floats], held: Array, below: Array
    ) -> Array:
        t = self.terms
        full = t["capacity"][kinds] * np.where(flags & Flag.EXCESS, 0.5, 1.0)
        one, two = t["ratio_1"][kinds], t["ratio_2"][kinds]
        burning = (burns["long_1"] >= one) & (burns["short_1"] >= one)
        burning |= (burns["long_2"] >= two) & (burns["short_2"] >= two)
        kept = (flags & Flag.HARD > 0) & (below < t["keep"][kinds])
        hard = ((held > 0) & (held >= t["hold"][kinds])) | kept
        raised = np.where(bucket >= full, Flag.EXCESS, 0) | np.where(burning, Flag.BURN, 0)
        return (flags & Flag.UNUSUAL | raised | np.where(hard, Flag.HARD, 0)).astype("u1")

    def _close_hours(self, rows: Array, hour: Array) -> None:
        c = self.table.columns
        total, cover = c["hour_sum"][rows], c["hour_cover"][rows]
        c["hour_sum"][rows], c["hour_cover"][rows] = 0.0, 0
        ok = cover >= HOUR_COVER
        rows, hour, mean = rows[ok], hour[ok], total[ok] / cover[ok]
        kinds, level = c["resource"][rows], np.searchsorted(_EDGES, mean, side="right") + 1
        near = [self._levels(rows, hour + shift) for shift in (-1, 0, 1)]
        known = np.where(near[1] > 0, np.maximum(np.maximum(near[0], near[1]), near[2]), 0)
        unusual = (known > 0) & (level - known >= self.terms["steps"][kinds]) & (mean >= self.terms["floor"][kinds])
        flags = c["flags"][rows] & ~np.uint8(Flag.UNUSUAL) | np.where(unusual, np.uint8(Flag.UNUSUAL), np.uint8(0))
        c["flags"][rows] = flags
        calm = flags & (Flag.EXCESS | Flag.HARD) == 0
        self._learn(rows[calm], hour[calm], level[calm], near[1][calm])

    def _levels(self, rows: Array, hour: Array) -> Array:
        slot = hour % HOURS
        levels: Array = self.table.usual[rows, slot >> 1] >> ((slot & 1) * 4).astype("u1") & 15
        return levels.astype("i8")

    def _learn(self, rows: Array, hour: Array, level: Array, known: Array) -> None:
        slot = hour % HOURS
        moved = np.where(known == 0, level, known + np.sign(level - known)).astype("u1")
        shift = ((slot & 1) * 4).astype("u1")
        kept = self.table.usual[rows, slot >> 1] & ~(np.uint8(15) << shift)
        self.table.usual[rows, slot >> 1] = kept | moved << shift

    def _close(self, number: int) -> None:
        """Owners' series get the sum over their accounts, once an interval is over; silent accounts add nothing."""
        interval = self._timing.interval
        pending = self.closed + 1 if self.closed >= 0 else number
        c, n = self.table.columns, self.table.count
        for ended in range(max(pending, number - 1), number + 1):  # a longer silence is a gap, not hundreds of sums
            at = (ended + 1) * interval - 1
            pools, fresh = c["pool"][:n], c["last_at"][:n].astype("i8") > at - self._timing.cover
            members = np.flatnonzero((pools >= 0) & fresh & (c["last_at"][:n] <= at))
            if members.size:
                owners, at_row = np.unique(pools[members], return_inverse=True)
                sums: Floats = np.bincount(at_row, weights=c["rate"][members]).astype("f8")
                self._rounds(owners, np.full(len(owners), at), sums, np.zeros(len(owners), bool))
        self.closed = number

    def _entitle(self, rows: range) -> None:
        """Look up the limits and owners of rows for the day."""
        if not len(rows) or self.book is None:
            return
        c, bought = self.table.columns, self.book.entitlements
        for row in rows:
            account, resource = self.names.get(int(c["account"][row]), ""), RESOURCES[c["resource"][row]]
            limit = bought.entitled(account, resource, self.day)
            c["entitled"][row] = limit or np.inf
            self._pool(row, bought.pool(account, self.day), int(c["resource"][row]))
            c = self.table.columns

    def _pool(self, row: int, owner: str, resource: int) -> None:
        number = self.ids.get(owner) if owner else None
        if number is None or self.book is None or RESOURCES[resource] not in self.book.entitlements.owner_limits:
            self.table.columns["pool"][row] = -1
            return
        held, new = self.table.rows_of(np.array([number]), np.array([resource]))
        self.table.columns["pool"][row] = held[0]
        if len(new):
            self.table.columns["entitled"][new.start] = self.book.entitlements.owner_limits[RESOURCES[resource]]

    def _signal(self, row: int) -> Signal:
        c = self.table.columns
        kind, last = int(c["resource"][row]), int(c["last_at"][row])
        capacity = self.terms["capacity"][kind]
        return Signal(
            account=self.names.get(int(c["account"][row]), ""),
            resource=RESOURCES[kind],
            flags=Flag(int(c["flags"][row])),
            last_at=last,
            rate=float(c["rate"][row]),
            entitled=float(c["entitled"][row]),
            fill=float(c["bucket"][row] / capacity) if np.isfinite(capacity) else 0.0,
            usual=ratio_of(around(self.table.usual[row].tobytes(), last // HOUR)),
        )


_EPOCH = date(1970, 1, 1).toordinal()


def _day(second: int) -> date:
    return datetime.fromtimestamp(second, UTC).date()
