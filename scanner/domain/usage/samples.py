"""Samples as they come in, and what makes one unusable. A refused one is counted with its reason, never guessed at."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from scanner.domain.usage.resources import NUMBER, Resource, only_unit, units

MAX_EXAMPLES = 5
ACCOUNT_SHIFT, RESOURCE_SHIFT, RESOURCE_MASK = 5, 1, 15
LAST_SECOND = 2**32 - 1


class Refusal(StrEnum):
    """Why a sample does not enter the journal."""

    NOT_A_NUMBER = "not-a-number"
    INFINITE = "infinite"
    NEGATIVE = "negative"
    UNKNOWN_ACCOUNT = "unknown-account"
    UNKNOWN_RESOURCE = "unknown-resource"
    MISSING_UNIT = "missing-unit"
    WRONG_UNIT = "wrong-unit"
    BAD_TIME = "bad-time"
    FUTURE = "from-the-future"
    MALFORMED = "malformed"


class RawSample(NamedTuple):
    """One sample in its source's own words. `at` is seconds since 1970; `counter`: a total that only grows."""

    account: str
    resource: str
    at: float
    value: float
    unit: str = ""
    counter: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples as columns: key (account, resource, counter flag), second, canonical value. Journal and engine eat these.

    >>> key = account << ACCOUNT_SHIFT | NUMBER[resource] << RESOURCE_SHIFT | counter
    """

    keys: "array[int]" = field(default_factory=lambda: array("I"))
    at: "array[int]" = field(default_factory=lambda: array("I"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of samples: how many went in, how many did not and why, with a few examples for people."""

    accepted: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        examples = (self.examples + other.examples)[:MAX_EXAMPLES]
        return Tally(self.accepted + other.accepted, Counter(self.refused) + Counter(other.refused), examples)


def refused(reason: Refusal, example: str = "", count: int = 1) -> Tally:
    """A tally of samples refused for one reason."""
    return Tally(0, {reason.value: count}, (f"{reason.value}: {example[:120]}",) if example else ())


def sift(raws: Iterable[RawSample], ids: Mapping[str, int], now: float, skew: float) -> tuple[Columns, Tally]:
    """The usable samples as columns. `ids` are the known accounts; a time over `skew` s ahead of `now` is refused."""
    columns, wrong, examples = Columns(), Counter[str](), list[str]()
    kinds: dict[tuple[str, str, bool], tuple[int, float] | Refusal] = {}
    add_key, add_at, add_value, latest = columns.keys.append, columns.at.append, columns.values.append, now + skew
    for raw in raws:
        account, resource, at, value, unit, counter = raw
        kind = kinds.get((resource, unit, counter))
        if kind is None:
            kind = kinds[resource, unit, counter] = _kind(resource, unit, counter=counter)
        number = ids.get(account)
        if number is None or isinstance(kind, Refusal) or not (0.0 <= value < float("inf")) or not 0 < at <= latest:
            reason = _reason(kind, number, at, value, latest)
            wrong[reason.value] += 1
            if len(examples) < MAX_EXAMPLES:
                examples.append(f"{reason.value}: {tuple(raw)!r}"[:160])
            continue
        add_key(number << ACCOUNT_SHIFT | kind[0])
        add_at(int(at))
        add_value(value * kind[1])
    return columns, Tally(len(columns), dict(wrong), tuple(examples))


def merged(batches: Sequence[Columns], most: int) -> Iterable[Columns]:
    """The batches joined, in order, into as few as hold at most about `most` samples each."""
    held = Columns()
    for batch in batches:
        if len(held) and len(held) + len(batch) > most:
            yield held
            held = Columns()
        held.keys.extend(batch.keys)
        held.at.extend(batch.at)
        held.values.extend(batch.values)
    if len(held):
        yield held


def rates(points: Sequence[tuple[int, tuple[float, bool]]]) -> list[tuple[int, float]]:
    """(second, rate) of points that may be totals: a total's rate needs the point before it, a reset starts anew."""
    found: list[tuple[int, float]] = []
    before: tuple[int, float] | None = None
    for at, (value, is_total) in points:
        if not is_total:
            found.append((at, value))
            continue
        if before is not None:
            grown = value - before[1] if value >= before[1] else value
            found.append((at, grown / (at - before[0])))
        before = (at, value)
    return found


def _kind(resource: str, unit: str, *, counter: bool) -> tuple[int, float] | Refusal:
    try:
        known = Resource(resource)
    except ValueError:
        return Refusal.UNKNOWN_RESOURCE
    factor = units(known, counter=counter).get(unit or only_unit(known, counter=counter))
    if factor is None:
        return Refusal.WRONG_UNIT if unit else Refusal.MISSING_UNIT
    return NUMBER[known] << RESOURCE_SHIFT | counter, factor


def _reason(kind: object, number: int | None, at: float, value: float, latest: float) -> Refusal:
    if isinstance(kind, Refusal):
        return kind
    if number is None:
        return Refusal.UNKNOWN_ACCOUNT
    if value != value:  # only NaN differs from itself
        return Refusal.NOT_A_NUMBER
    if value in (float("inf"), float("-inf")):
        return Refusal.INFINITE
    if value < 0:
        return Refusal.NEGATIVE
    return Refusal.FUTURE if latest < at <= LAST_SECOND else Refusal.BAD_TIME
