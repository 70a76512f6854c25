"""Writes a scorer's card: the rule's keys, its data with licences, what was measured, its limits and its weights."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import yaml

from scanner.keywords.scorer import Scorer
from scanner.keywords.scorer_card import packed
from scanner.keywords.scorer_features import FEATURES
from scripts.scorer_specs import Line, Spec


def interval(found: int, of: int) -> list[float]:
    """The 95 % interval of a rate (Wilson)."""
    if not of:
        return [0.0, 1.0]
    share, z = found / of, 1.959964
    middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return [
        round(max(0.0, (middle - half) / (1 + z * z / of)), 5),
        round(min(1.0, (middle + half) / (1 + z * z / of)), 5),
    ]


def auc(yes: Sequence[float], no: Sequence[float]) -> float:
    """How often a positive scores above a negative."""
    if not yes or not no:
        return float("nan")
    ranks = np.argsort(np.argsort(np.concatenate([no, yes]), kind="stable"), kind="stable")
    return float((ranks[len(no) :].sum() - len(yes) * (len(yes) - 1) / 2) / (len(yes) * len(no)))


def _rate(scores: Sequence[float], bar: float) -> dict[str, object]:
    found = sum(score >= bar for score in scores)
    share = round(found / len(scores), 5) if scores else 0.0
    return {"found": found, "of": len(scores), "rate": share, "interval": interval(found, len(scores))}


def measured(
    spec: Spec, lines: Sequence[Line], held_out: Mapping[str, float], others: Mapping[str, float], bar: float
) -> dict[str, object]:
    """Recall and false rates: in the sources it was trained on (out of fold), and in sources it never saw."""
    yes = [held_out[line.id] for line in lines if spec.learn(line) == "yes"]
    no = [held_out[line.id] for line in lines if spec.learn(line) == "no"]
    calm: dict[str, list[float]] = {}
    for line in lines:
        if line.label == "benign":
            score = held_out.get(line.id, others.get(line.id, 0.0))
            calm.setdefault(
                f"{line.cat} ({'learned, out of fold' if line.id in held_out else 'never learned'})", []
            ).append(score)
    return {
        "in_source": {"auc": round(auc(yes, no), 4), "recall": _rate(yes, bar), "false": _rate(no, bar)},
        "cross_source": {
            "recall": _rate([others[line.id] for line in lines if line.id in others and spec.measure(line)], bar),
            "false": {name: _rate(scores, bar) for name, scores in sorted(calm.items())},
        },
    }


def card_of(spec: Spec, scorer: Scorer, scale: float, figures: Mapping[str, object], own: Sequence[Line]) -> str:
    """The card as YAML."""
    steps = np.rint(scorer.weights / np.float32(scale)).astype(np.int8).tobytes()
    sources = Counter((line.repo, line.licence, line.cat, spec.learn(line)) for line in own)
    card = {
        "schema": 1,
        "id": spec.id,
        "clause": spec.clause,
        "severity": "medium",
        "confidence": "low",
        "ceiling": "review",
        "status": "nursery",
        "description": spec.description,
        "author": "aup-scanner authors",
        "reference": f"own; trained by scripts/train_scorer.py, agreement {spec.clause}",
        "features": FEATURES,
        "bits": scorer.bits,
        "window": scorer.window,
        "stride": scorer.stride,
        "shortest": scorer.shortest,
        "threshold": scorer.threshold,
        "bias": round(float(scorer.bias), 9),
        "scale": float(np.float32(scale)),
        "trained_on": [
            {"source": repo, "licence": licence, "kind": cat, "answer": answer, "lines": count}
            for (repo, licence, cat, answer), count in sorted(sources.items())
        ],
        "measured": dict(figures),
        "limits": list(spec.limits),
        "weights": packed(steps),
    }
    head = "# Written by scripts/train_scorer.py; train it anew instead of editing it.\n"
    return head + yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110)
