"""Trains the scorers of rules/scorers/ from labelled lines, and writes their cards with what was measured.

    python -m scripts.train_scorer [LINES.jsonl.gz] [--out rules/scorers] [--only NAME]

Only lines whose licence lets their derivative be shipped are learned from (`Spec.learn`); other sources are measured
on and never learned from. The result depends on the lines, the specifications and this program alone: no clock, no
random number, so that the same lines give the same card, byte for byte.
"""

import argparse
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.scorer import Scorer
from scanner.keywords.scorer_features import SIZES, buckets, squeezed
from scanner.text.folding import fold_text
from scripts.scorer_cards import card_of, measured
from scripts.scorer_specs import SPECS, Line, Spec

LINES = Path("../shared/data/text_lines.jsonl.gz")
OUT = Path("rules/scorers")
BITS = 16
WINDOW, STRIDE, SHORTEST = 256, 128, 4
STEPS = 300
PENALTY = 3e-5  # of the squared weights
FOLDS = 5
FALSE_RATE = 0.0005  # of calibration lines that may reach the threshold
SMALLEST = 1  # int8 steps below which a weight becomes 0
# marks of the platforms that the positives came from; left in, they would be the lesson
_MARKS = re.compile(
    r"\[em\]e\d+\[/em\]|/[\u4e00-\u9fff]{1,2}(?=/|$|\s)|,?who:\d+,auto:\d+|\[[\u4e00-\u9fff]{1,3}R?\]|[\u16a0-\u16ff]"
)


@dataclass(frozen=True, slots=True)
class Table:
    """Texts as sparse rows: the bucket and value of each n-gram, and where each row begins."""

    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    starts: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """For each value its row."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model before it is made small."""

    weights: NDArray[np.float64]
    bias: float

    def scorer(self, spec: Spec, threshold: float = 0.5) -> tuple[Scorer, float]:
        """The scorer with weights of one byte each, as scanning uses it, and the scale of a step."""
        scale = float(np.abs(self.weights).max()) / 127 or 1.0
        steps = np.rint(self.weights / scale)
        steps[np.abs(steps) < SMALLEST] = 0
        table = steps.astype(np.float32) * np.float32(scale)
        scorer = Scorer(spec.id, spec.clause, BITS, self.bias, table, threshold, WINDOW, STRIDE, SHORTEST)
        return scorer, scale


def cleaned(text: str) -> str:
    """A line's folded text without its platform's marks."""
    return fold_text(_MARKS.sub(" ", text))


def read_lines(path: Path) -> list[Line]:
    """All lines of the data, folded."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        found = (json.loads(row) for row in rows)
        return [
            Line(row["id"], row["cat"], row["label"], row["repo"], row["licence"], cleaned(row["text"]))
            for row in found
        ]


def windows(folded: str) -> list[str]:
    """The stretches of a text that are learned from: what scanning would score, without overlap."""
    return [folded[start : start + WINDOW] for start in range(0, max(1, len(folded)), WINDOW)]


def table_of(texts: Sequence[str]) -> Table:
    """The texts as rows; the value of an n-gram is how often it stands, over the root of all n-grams."""
    columns, values, starts = [], [], [0]
    for text in texts:
        points, _ = squeezed(text)
        numbers = np.concatenate([buckets(points, size, BITS) for size in SIZES]).astype(np.int64)
        seen, counts = np.unique(numbers, return_counts=True)
        columns.append(seen)
        values.append(counts / np.sqrt(max(1, len(numbers))))
        starts.append(starts[-1] + len(seen))
    return Table(np.concatenate(columns), np.concatenate(values), np.array(starts, np.int64))


def fitted(texts: Sequence[str], answers: NDArray[np.float64]) -> Model:
    """Logistic regression with both classes weighing the same, by accelerated descent with a fixed step."""
    table = table_of(texts)
    rows, width = table.rows, 1 << BITS
    share = np.where(answers > 0, 0.5 / max(1, answers.sum()), 0.5 / max(1, (1 - answers).sum()))
    weights = ahead = np.zeros(width)
    bias = bias_ahead = 0.0
    rate = 1.0 / (0.25 * _spread(table, rows, share, width) + PENALTY)
    for step in range(STEPS):
        margin = np.bincount(rows, table.values * ahead[table.columns], len(answers)) + bias_ahead
        gap = (1 / (1 + np.exp(-np.clip(margin, -30, 30))) - answers) * share
        slope = np.bincount(table.columns, table.values * gap[rows], width) + PENALTY * ahead
        last, last_bias = weights, bias
        weights, bias = ahead - rate * slope, bias_ahead - rate * float(gap.sum())
        momentum = step / (step + 3)
        ahead, bias_ahead = weights + momentum * (weights - last), bias + momentum * (bias - last_bias)
    return Model(weights, bias)


def _spread(table: Table, rows: NDArray[np.int64], share: NDArray[np.float64], width: int) -> float:
    """The largest curvature of the loss, by power iteration from a fixed start."""
    vector = np.full(width, 1 / np.sqrt(width))
    size = 1.0
    for _ in range(30):
        image = np.bincount(rows, table.values * vector[table.columns], len(share)) + 1.0 / np.sqrt(width)
        vector = np.bincount(table.columns, table.values * (share * image)[rows], width)
        size = float(np.linalg.norm(vector))
        vector = vector / (size or 1.0)
    return 1.2 * size + float(share.sum())


def fold_number(line: Line) -> int:
    """The part of the cross validation that a line is in."""
    return int(hashlib.md5(line.id.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def learned(spec: Spec, lines: Iterable[Line]) -> Model:
    """The model of a specification from some lines."""
    pairs = [
        (part, float(spec.learn(line) == "yes")) for line in lines if spec.learn(line) for part in windows(line.folded)
    ]
    return fitted([text for text, _ in pairs], np.array([answer for _, answer in pairs]))


def out_of_fold(spec: Spec, lines: Sequence[Line]) -> dict[str, float]:
    """Each learned line's score by a model that never saw its fold."""
    found: dict[str, float] = {}
    for part in range(FOLDS):
        scorer, _ = learned(spec, [line for line in lines if fold_number(line) != part]).scorer(spec)
        found |= {line.id: scorer.score(line.folded) for line in lines if fold_number(line) == part}
    return found


def threshold_of(scores: Sequence[float]) -> float:
    """The lowest threshold, in thousandths, that at most FALSE_RATE of these scores reach."""
    allowed = int(FALSE_RATE * len(scores))
    ranked = sorted(scores, reverse=True)
    bar = ranked[allowed] if allowed < len(ranked) else 0.5
    return min(1.0, max(0.5, float(np.floor(bar * 1000) + 1) / 1000))


def train(spec: Spec, lines: Sequence[Line]) -> str:
    """The card's text of one specification."""
    own = [line for line in lines if spec.learn(line)]
    held_out = out_of_fold(spec, own)
    model = learned(spec, own)
    draft, _ = model.scorer(spec)
    others = {line.id: draft.score(line.folded) for line in lines if not spec.learn(line)}
    calm = [held_out[line.id] for line in own if spec.learn(line) == "no"]
    calm += [others[line.id] for line in lines if line.id in others and spec.calibrate(line)]
    scorer, scale = model.scorer(spec, threshold_of(calm))
    return card_of(spec, scorer, scale, measured(spec, lines, held_out, others, scorer.threshold), own)


def main(say: Callable[[str], None] = print) -> None:
    """Trains what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lines", nargs="?", type=Path, default=LINES, help="labelled lines (jsonl.gz)")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the cards")
    parser.add_argument("--only", default="", help="name of one specification")
    asked = parser.parse_args()
    lines = read_lines(asked.lines)
    asked.out.mkdir(parents=True, exist_ok=True)
    for spec in SPECS:
        if asked.only in ("", spec.name):
            card = train(spec, lines)
            (asked.out / f"{spec.name}.yaml").write_text(card, encoding="utf-8")
            say(f"{spec.name}: {len(card):,} characters")


if __name__ == "__main__":
    main()
