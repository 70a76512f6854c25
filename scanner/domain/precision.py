"""How sure a share is that was counted: bounds for a rule's precision and for recall and false rates."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

CONFIDENCE = 0.95
STEPS = 60  # halvings of the unit interval: more than a float can tell apart


@dataclass(frozen=True, slots=True)
class Track:
    """A rule's record: hits that were right (confirmed) and wrong (overturned)."""

    right: int = 0
    wrong: int = 0

    @property
    def total(self) -> int:
        """All hits that were judged."""
        return self.right + self.wrong

    @property
    def share(self) -> float:
        """The measured precision; 0 without hits."""
        return self.right / self.total if self.total else 0.0

    @property
    def at_least(self) -> float:
        """One-sided Clopper-Pearson bound: the precision is above it with 95 % confidence."""
        return lower_bound(self.right, self.total)

    @property
    def at_most(self) -> float:
        """The precision is below it with 95 % confidence."""
        return 1.0 - lower_bound(self.wrong, self.total)

    def plus(self, other: "Track") -> "Track":
        """Both records together."""
        return Track(self.right + other.right, self.wrong + other.wrong)


def lower_bound(right: int, total: int, confidence: float = CONFIDENCE) -> float:
    """Exact lower bound of a share: 59 of 59 support 0.95, 299 of 299 support 0.99, at 95 % confidence."""
    if right <= 0:
        return 0.0
    return _where(lambda share: _at_least(right, total, share) < 1.0 - confidence)


def wilson(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The two-sided Wilson interval of a share (95 % at z = 1.96); (0, 1) without anything counted."""
    if total <= 0:
        return 0.0, 1.0
    share, square = count / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total * total))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return low, high


def _at_least(right: int, total: int, share: float) -> float:
    """The chance of `right` or more of `total` when each is right with this chance (0 < share < 1)."""
    if 2 * right > total:
        return sum(_exactly(count, total, share) for count in range(right, total + 1))
    return 1.0 - sum(_exactly(count, total, share) for count in range(right))  # the shorter sum


def _exactly(count: int, total: int, share: float) -> float:
    ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    return exp(ways + count * log(share) + (total - count) * log(1.0 - share))


def _where(low_enough: Callable[[float], bool]) -> float:
    """The largest share for which it still holds, by halving."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if low_enough(middle) else (low, middle)
    return low
