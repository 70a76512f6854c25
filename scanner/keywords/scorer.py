"""The scorer: a linear model over character n-grams, for what no word gives away.

It reads the same folded views as the keyword rules and tells its hits in their shape. Texts are scored window by
window, so that a short passage in a long page counts by itself, and the reason can be shown. A text of any length is
scored in one pass with bounded memory; nothing is ever left out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scanner.domain.findings import Layer
from scanner.keywords.scorer_features import SIZES, Places, buckets, squeezed
from scanner.keywords.values import KeywordHit, WordHit
from scanner.text.folding import BREAK
from scanner.text.views import TextView

STRETCH = 1 << 18  # folded characters scored at once
MAX_HITS = 16  # told of one view
TOLD_GRAMS = 8  # n-grams named in a hit
MAX_EXCERPT = 240
_WEIGHED = 4 * TOLD_GRAMS  # n-grams of one size among which those that are told are chosen

Window = tuple[int, int, float]  # start, end, score
SpanOf = Callable[[int, int], tuple[int | None, int]]
Numbered = tuple[Places, tuple[NDArray[np.uint32], ...], int]  # where n-grams begin and the end, numbers by size, bits


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """A stretch of folded text whose windows score above the threshold: the best score, and what weighed most there."""

    start: int
    end: int
    score: float
    grams: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Scorer:
    """One model. `threshold` and scores are probabilities by the model's own reckoning, 0 to 1.

    `window`, `stride` and `shortest` count folded characters; a shorter text scores 0. `weights` are `steps` times
    `scale` where these are known, which a panel can add up faster.
    """

    id: str
    clause: str
    bits: int
    bias: float
    weights: NDArray[np.float32]
    threshold: float
    window: int
    stride: int
    shortest: int
    steps: NDArray[np.int8] | None = None
    scale: float = 0.0

    def score(self, folded: str) -> float:
        """The best score of any window of the text."""
        return max((score for _, _, score in self._windows(folded)), default=0.0)

    def spans(self, folded: str) -> tuple[ScoredSpan, ...]:
        """The stretches that reach the threshold, the best first, at most MAX_HITS of them."""
        return self.spans_of(folded, self.windows_reached(folded), None)

    def windows_reached(self, folded: str) -> list[Window]:
        """The windows that reach the threshold, by place."""
        return [one for one in self._windows(folded) if one[2] >= self.threshold]

    def spans_of(self, folded: str, windows: Iterable[Window], whole: Numbered | None) -> tuple[ScoredSpan, ...]:
        """The stretches that these windows, all that reach the threshold, by place, make up.

        `whole` is what is numbered of the text, if it is known.
        """
        found: list[Window] = []
        for start, end, score in windows:
            if found and start <= found[-1][1]:
                first, _, best = found[-1]
                found[-1] = (first, end, max(best, score))
            else:
                found.append((start, end, score))
        found.sort(key=lambda one: (-one[2], one[0]))
        return tuple(
            ScoredSpan(start, end, score, self._grams(folded, (start, end), whole))
            for start, end, score in found[:MAX_HITS]
        )

    def scan(self, views: Iterable[TextView]) -> tuple[KeywordHit, ...]:
        """The hits in some views, in the shape of keyword hits: `why` names the score and the n-grams that weighed."""
        return tuple(
            hit for view in views if is_read(view) for hit in self.hits(view, self.spans(view.folded.text), view.span)
        )

    def hits(self, view: TextView, spans: Iterable[ScoredSpan], span_of: SpanOf) -> Iterator[KeywordHit]:
        """These stretches of a view's folded text as hits; `span_of` is the view's own, or remembers what it said."""
        folded = view.folded
        for span in spans:
            first, last = folded.source_span(span.start, span.end)
            offset, length = span_of(first, last)
            shown = ", ".join(f"{gram} {weight:+.2f}" for gram, weight in span.grams)
            yield KeywordHit(
                rule=self.id,
                layer=view.layer,
                offset=offset,
                length=length,
                original=view.text[first:last][:MAX_EXCERPT],
                folded=folded.text[span.start : span.end][:MAX_EXCERPT],
                excerpt=" ".join(view.text[first:last][:MAX_EXCERPT].replace(BREAK, " ").split()),
                why=f"score {span.score:.3f} of {self.threshold:.3f}: {shown}",
                words=tuple(WordHit("gram", gram, gram, gram, None, 0) for gram, _ in span.grams),
                exact=False,
            )

    def _windows(self, folded: str) -> Iterator[Window]:
        """Start, end and score of each window; long texts are taken in stretches that share their last window."""
        length = len(folded)
        if length < self.shortest:
            return
        last = max(1, length - self.window + self.stride)  # windows begin before it
        for begin in range(0, last, STRETCH):
            stretch = folded[begin : begin + STRETCH + self.window + max(SIZES) - 1]
            starts = np.arange(0, min(STRETCH, last - begin), self.stride)
            ends = np.minimum(starts + self.window, length - begin)
            for start, end, score in zip(starts, ends, self._scores(stretch, starts, ends), strict=True):
                yield begin + int(start), begin + int(end), float(score)

    def _scores(self, stretch: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The score of each window; an n-gram belongs to the windows in which it begins."""
        weights, grams = (np.concatenate([[0.0], np.cumsum(values)]) for values in self._contributions(stretch))
        margin = (weights[ends] - weights[starts]) / np.sqrt(np.maximum(1, grams[ends] - grams[starts]))
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(margin + self.bias, -30, 30))))

    def _contributions(self, folded: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each character the weights of the n-grams that begin there, and their number."""
        places, numbered, grams = _numbered(folded, self.bits)
        weights = np.zeros(len(folded))
        for numbers in numbered:
            weights[places[: len(numbers)]] += self.weights[numbers]
        return weights, grams

    def _grams(self, text: str, stretch: tuple[int, int], whole: Numbered | None) -> tuple[tuple[str, float], ...]:
        """The n-grams of a stretch that weigh most, with their weights; of overlapping ones the heaviest."""
        folded = text[stretch[0] : stretch[1]][:STRETCH]
        edges, numbered, _ = _numbered_in(text, stretch, whole) if whole is not None else numbered_of(folded, self.bits)
        table: NDArray[np.int8] | NDArray[np.float32] = self.weights if self.steps is None else self.steps
        weighed: dict[str, float] = {}
        for size, numbers in zip(SIZES, numbered, strict=True):
            heavy = _heaviest(table.take(numbers))
            columns = (edges.take(heavy), edges.take(heavy + size), self.weights.take(numbers.take(heavy)))
            for start, end, weight in zip(*(column.tolist() for column in columns), strict=True):
                weighed.setdefault(folded[start:end], weight)
        told: list[tuple[str, float]] = []
        for gram, weight in sorted(weighed.items(), key=lambda one: (-one[1], -len(one[0]), one[0])):
            if not any(gram in other or other in gram for other, _ in told):
                told.append((gram, round(weight, 3)))
                if len(told) == TOLD_GRAMS:
                    break
        return tuple(told)


def _heaviest(values: NDArray[np.int8] | NDArray[np.float32]) -> NDArray[np.int64]:
    """The places of the _WEIGHED greatest values above 0, the greatest first, equal ones by place."""
    least = np.partition(values, -_WEIGHED)[-_WEIGHED] if len(values) > _WEIGHED else values.dtype.type(0)
    some = np.flatnonzero((values >= least) & (values > 0))
    return some.take(np.argsort(-values.take(some).astype(np.float32), kind="stable")[:_WEIGHED])


@lru_cache(maxsize=4)
def numbered_of(folded: str, bits: int) -> Numbered:
    """Where n-grams begin, and the end of the text, and their numbers by size."""
    points, places = squeezed(folded)
    return np.append(places, len(folded)), tuple(buckets(points, size, bits) for size in SIZES), bits


def _numbered_in(text: str, stretch: tuple[int, int], whole: Numbered) -> Numbered:
    """The same of a stretch of the text, of which all is numbered."""
    start, end = stretch
    edges, numbered, bits = whole
    if start and text[start - 1 : start + 1].isdigit():  # a number is cut, and its rest counts as one
        return numbered_of(text[start:end], bits)
    first, last = edges.searchsorted((start, end)).tolist()
    counts = (max(0, last - first - size + 1) for size in SIZES)
    inside = tuple(each[first : first + count] for each, count in zip(numbered, counts, strict=True))
    return np.append(edges[first:last] - start, end - start), inside, bits


@lru_cache(maxsize=1)
def _numbered(folded: str, bits: int) -> tuple[Places, tuple[NDArray[np.uint32], ...], NDArray[np.float64]]:
    """Where n-grams begin, their numbers by size, and how many begin at each character.

    Scorers of a rulebook read the same text one after the other: what does not hang on weights is made once.
    """
    points, places = squeezed(folded)
    numbered, grams = tuple(buckets(points, size, bits) for size in SIZES), np.zeros(len(folded))
    for numbers in numbered:
        grams[places[: len(numbers)]] += 1
    return places, numbered, grams


def is_read(view: TextView) -> bool:
    """Source with markup in it is no prose; plain text serves both layers and is read."""
    return view.layer is not Layer.SOURCE or Layer.TEXT in view.layers
