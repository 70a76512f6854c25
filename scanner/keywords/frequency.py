"""How often terms are seen in benign text, by the counts beside this module (see benchmarks/keywords_counts.py)."""

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from scanner.keywords.values import Group, Term
from scanner.text.folding import fold_text

MAX_SHARE = 0.002  # of the benign texts that may hold an anchor
_GRAM = 4


@dataclass(frozen=True, slots=True)
class BenignCounts:
    """In how many of `texts` benign texts each n-gram stands; rarer ones than `floor` are not listed."""

    texts: int
    floor: int
    counts: dict[str, int]

    def share(self, term: Term) -> float:
        """An upper bound of the share of benign texts that hold the term."""
        words = [fold_text(word) for word in term.text.split()] if term.text.isascii() else [fold_text(term.text)]
        return min((self._share(word) for word in words if word), default=0.0)

    def _share(self, folded: str) -> float:
        grams = [folded]
        if len(folded) > _GRAM and not folded.isascii():
            grams = [folded[start : start + _GRAM] for start in range(len(folded) - _GRAM + 1)]
        return min(self.counts.get(gram, 0) for gram in grams) / self.texts


@cache
def benign_counts() -> BenignCounts:
    """The counts, read once per process."""
    lines = (Path(__file__).parent / "benign_counts.txt").read_text("utf-8").splitlines()
    _, texts, _, floor = lines[0].split(" ")
    pairs = (line.rsplit(" ", 1) for line in lines[1:])
    return BenignCounts(int(texts), int(floor), {gram: int(count) for gram, count in pairs})


def group_cost(group: Group) -> float:
    """What looking for the group everywhere costs: mostly how often its terms are seen, a little how many they are."""
    seen = [_looked_up(term) for term in group.terms]
    short = sum(math.exp(-2 * length) for _, length in seen)
    return sum(share for share, _ in seen) + 1e-3 * short + 1e-7 * len(group.terms)


@lru_cache(maxsize=1 << 16)
def _looked_up(term: Term) -> tuple[float, int]:
    """How often a term is seen, and its folded length: lists are shared by many rules."""
    return benign_counts().share(term), len(fold_text(term.text))
