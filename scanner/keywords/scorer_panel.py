"""Scorers that read together: one pass over a text gives the windows of all of them.

Their weights are whole steps of one byte, so the steps of six scorers fit into one word, which is gathered at the cost
of one. The sum over the n-grams that begin at one place takes ten bits; then three scorers have a word of lanes that no
window can overflow. What a scorer says alone is the same.
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
_LANE, _LANES = 21, 3  # bits of a lane, lanes of a word
_HALF, _HALVES = 10, 2  # bits of a sum of steps, sums of steps in a lane
_MASK = np.uint64((1 << _LANE) - 1)
_FIRST = np.uint64(sum(((1 << _HALF) - 1) << lane * _LANE for lane in range(_LANES)))  # the first sums of all lanes
_LIFT = 128  # added to each step, so that none is negative
_IN_WORD = _LANES * _HALVES
_WIDEST = (1 << 21) // (2 * _LIFT * len(SIZES)) - 1  # characters of a window whose sums fit a lane


@dataclass(frozen=True, slots=True)
class Bench:
    """Scorers with windows alike. Word i of `words` holds the steps of `numbers[6 * i : 6 * i + 6]`, lifted.

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
        words = tuple(_word(some[first : first + _IN_WORD]) for first in range(0, len(some), _IN_WORD))
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
        sums = np.empty((len(self.words) * _IN_WORD, len(starts)), np.int64)
        row = iter(sums)
        for inside in (inside for word in self.words for inside in _sums(word, numbered, first, last)):
            for lane in range(_LANES):
                next(row)[:] = (inside >> np.uint64(_LANE * lane)) & _MASK
        steps = sums[: len(self.numbers)] - _LIFT * grams
        margin = steps * self.scales / np.sqrt(np.maximum(1, grams))
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(margin + self.biases, -30, 30))))


def _word(scorers: list[Scorer]) -> NDArray[np.uint64]:
    """The lifted steps of up to six scorers: of the first three at the begin of a lane each, of the others behind."""
    word = np.zeros(1 << scorers[0].bits, np.uint64)
    for place, scorer in enumerate(scorers):
        if scorer.steps is not None:
            shift = np.uint64(place % _LANES * _LANE + place // _LANES * _HALF)
            word |= (scorer.steps.astype(np.int64) + _LIFT).astype(np.uint64) << shift
    return word


def _sums(
    word: NDArray[np.uint64], numbered: Sequence[NDArray[np.uint32]], first: NDArray[np.int64], last: NDArray[np.int64]
) -> Iterator[NDArray[np.uint64]]:
    """The sums over all n-grams that begin in each window, of the first scorers of all lanes, then of the second."""
    at_place = word.take(numbered[0])
    for numbers in numbered[1:]:
        at_place[: len(numbers)] += word.take(numbers)
    running = np.zeros(len(at_place) + 1, np.uint64)  # may wrap; differences do not
    for half in range(_HALVES):
        np.cumsum((at_place >> np.uint64(_HALF * half)) & _FIRST, out=running[1:])
        yield running.take(last) - running.take(first)


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
