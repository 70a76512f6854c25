"""Scorers that read together: one pass over a text gives the windows of all of them.

Their weights are whole steps of one byte, so the steps of three scorers fit into one word, each in a lane that no
window can overflow; a word is gathered and added up at the cost of one scorer. What a scorer says alone is the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.scorer import STRETCH, Numbered, Scorer, Window, is_read, numbered_of
from scanner.keywords.scorer_features import SIZES
from scanner.keywords.values import KeywordHit
from scanner.text.views import TextView

Reached = tuple[int, list[Window], Numbered | None]  # a scorer's number, windows, what is numbered of the text
_LANE, _LANES = np.uint64(21), 3  # bits of a lane, lanes of a word
_MASK = np.uint64((1 << 21) - 1)
_LIFT = 128  # added to each step, so that none is negative
_WIDEST = (1 << 21) // (2 * _LIFT * len(SIZES)) - 1  # characters of a window whose sums fit a lane


@dataclass(frozen=True, slots=True)
class Bench:
    """Scorers with windows alike. Word i of `words` holds the steps of `numbers[3 * i : 3 * i + 3]`, lifted.

    `scales`, `biases` and `thresholds` are columns, a row for each scorer.
    """

    numbers: tuple[int, ...]
    lead: Scorer
    words: tuple[NDArray[np.uint64], ...]
    scales: NDArray[np.float64]
    biases: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @staticmethod
    def of(scorers: Mapping[int, Scorer]) -> "Bench":
        """The bench of some scorers, by number, of the same bits, window, stride and shortest text."""
        some = list(scorers.values())
        columns = (np.array([[getattr(one, name)] for one in some]) for name in ("scale", "bias", "threshold"))
        words = tuple(_word(some[first : first + _LANES]) for first in range(0, len(some), _LANES))
        return Bench(tuple(scorers), some[0], words, *columns)

    def windows(self, folded: str) -> Iterator[Reached]:
        """Each scorer's number with the windows that reach its threshold, by place; only those that have some."""
        lead, length = self.lead, len(folded)
        if length < lead.shortest:
            return
        starts = np.arange(0, max(1, length - lead.window + lead.stride), lead.stride)
        ends = np.minimum(starts + lead.window, length)
        whole = numbered_of(folded, lead.bits)
        scores = self._scores(whole, starts, ends)
        reached = scores >= self.thresholds
        for row in np.flatnonzero(reached.any(axis=1)).tolist():
            some = np.flatnonzero(reached[row])
            columns = (starts.take(some).tolist(), ends.take(some).tolist(), scores[row].take(some).tolist())
            yield self.numbers[row], list(zip(*columns, strict=True)), whole

    def _scores(self, whole: Numbered, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """A row of scores for each scorer; an n-gram belongs to the windows in which it begins."""
        edges, numbered, _ = whole
        first, last = edges.searchsorted(starts), edges.searchsorted(ends)
        grams = sum(np.minimum(last, len(each)) - np.minimum(first, len(each)) for each in numbered)
        sums = np.empty((len(self.words) * _LANES, len(starts)), np.int64)
        for number, word in enumerate(self.words):
            inside = _sums(word, numbered, first, last)
            for lane in range(_LANES):
                sums[number * _LANES + lane] = (inside >> (_LANE * np.uint64(lane))) & _MASK
        steps = sums[: len(self.numbers)] - _LIFT * grams
        margin = steps * self.scales / np.sqrt(np.maximum(1, grams))
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(margin + self.biases, -30, 30))))


def _word(scorers: list[Scorer]) -> NDArray[np.uint64]:
    """The lifted steps of up to three scorers, a lane each."""
    word = np.zeros(1 << scorers[0].bits, np.uint64)
    for lane, scorer in enumerate(scorers):
        if scorer.steps is not None:
            word |= (scorer.steps.astype(np.int64) + _LIFT).astype(np.uint64) << (_LANE * np.uint64(lane))
    return word


def _sums(
    word: NDArray[np.uint64], numbered: Sequence[NDArray[np.uint32]], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """The sum of the words of all n-grams that begin in each window; running sums may wrap, differences do not."""
    running = np.zeros(len(numbered[0]) + 1, np.uint64)
    at_place = running[1:]
    word.take(numbered[0], out=at_place)
    for numbers in numbered[1:]:
        at_place[: len(numbers)] += word.take(numbers)
    np.cumsum(at_place, out=at_place)
    return np.asarray(running.take(last) - running.take(first))


@dataclass(frozen=True, slots=True)
class Panel:
    """All scorers of a rulebook; those with windows alike share a bench, the others read alone."""

    scorers: tuple[Scorer, ...] = ()
    benches: tuple[Bench, ...] = ()
    alone: tuple[int, ...] = ()

    @staticmethod
    def of(scorers: Iterable[Scorer]) -> "Panel":
        """The panel of some scorers."""
        alike: dict[tuple[int, ...], dict[int, Scorer]] = {}
        alone: list[int] = []
        every = tuple(scorers)
        for number, one in enumerate(every):
            if one.steps is None or one.window > _WIDEST:
                alone.append(number)
            else:
                alike.setdefault((one.bits, one.window, one.stride, one.shortest), {})[number] = one
        return Panel(every, tuple(map(Bench.of, alike.values())), tuple(alone))

    def scan(self, views: Iterable[TextView]) -> tuple[KeywordHit, ...]:
        """The hits of all scorers in some views, scorer by scorer."""
        hits: list[list[KeywordHit]] = [[] for _ in self.scorers]
        for view in filter(is_read, views):
            span_of = cache(view.span)  # of many scorers that read one stretch the first asks
            for number, windows, whole in self._windows(view.folded.text):
                scorer = self.scorers[number]
                hits[number] += scorer.hits(view, scorer.spans_of(view.folded.text, windows, whole), span_of)
        return tuple(hit for some in hits for hit in some)

    def _windows(self, folded: str) -> Iterator[Reached]:
        """Scorers' numbers with the windows that reach their thresholds."""
        at_once = len(folded) <= STRETCH
        for bench in self.benches if at_once else ():
            yield from bench.windows(folded)
        for number in self.alone if at_once else range(len(self.scorers)):
            yield number, self.scorers[number].windows_reached(folded), None
