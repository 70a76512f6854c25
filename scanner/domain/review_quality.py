"""How well reviewers and rules do: agreement beyond chance, blind samples, golden items, time to decision."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Deed(StrEnum):
    """What is remembered of a reviewer's day, for quality and for their own protection."""

    DECIDED = "decided"  # `word` is the outcome
    UNDONE = "undone"
    SECOND = "second"  # a blind second opinion: `word` is the outcome
    TRUTH = "truth"  # a lead says what is right: a golden item from now on
    VIEWED = "viewed"  # full content opened
    REVEALED = "revealed"  # an image unblurred
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Note:
    """One deed. `seconds` is how long it took: for a decision from the case's opening."""

    person: str
    deed: Deed
    case: str
    rule: str
    clause: str
    word: str
    at: datetime
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two opinions on each of `count` cases: the share that agrees, and Cohen's kappa (None where it says nothing)."""

    count: int
    share: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle and slow end of some times, in seconds."""

    count: int
    median: float
    p90: float


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Cohen's kappa of two raters; None without pairs, or where both always say one and the same."""
    count = len(pairs)
    if not count:
        return Agreement(0, 0.0, None)
    share = sum(first == second for first, second in pairs) / count
    ones, twos = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    chance = sum(ones[word] * twos[word] for word in ones) / count**2
    return Agreement(count, share, None if chance >= 1.0 else (share - chance) / (1.0 - chance))


def sampled(case: str, share: float) -> bool:
    """Whether the case goes to a blind second review: drawn by hash, so that nobody can choose, and always alike."""
    drawn = int.from_bytes(hashlib.sha256(f"second:{case}".encode()).digest()[:8], "big")
    return drawn < share * 2**64


def spread(seconds: Iterable[float]) -> Spread:
    """Median and 90th percentile by nearest rank; zeros without any."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread(0, 0.0, 0.0)
    return Spread(len(ordered), _nearest(ordered, 0.5), _nearest(ordered, 0.9))


def _nearest(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
