"""Scorers that read together say what each says alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.findings import Layer
from scanner.keywords import scorer_panel
from scanner.keywords.scorer import Scorer
from scanner.keywords.scorer_card import load_scorer
from scanner.keywords.scorer_panel import Panel
from scanner.keywords.values import KeywordHit
from scanner.text.views import plain_view

SHIPPED = Path(__file__).parents[3] / "rules" / "scorers"
BITS = 8


def made(number: int, *, window: int = 16, stride: int = 8, threshold: float = 0.6) -> Scorer:
    """A scorer of random steps, the extremes among them."""
    steps = np.random.default_rng(number).integers(-128, 128, 1 << BITS).astype(np.int8)
    scale = float(np.float32(0.01 * (number + 1)))
    weights = steps.astype(np.float32) * np.float32(scale)
    return Scorer(f"test.{number}", "3.1.3.9", BITS, 0.1, weights, threshold, window, stride, 4, steps, scale)


def told(hits: tuple[KeywordHit, ...]) -> list[object]:
    return [replace(hit, why=hit.why[:9]) for hit in hits]


def alone(scorers: tuple[Scorer, ...], text: str) -> list[object]:
    view = plain_view(text, Layer.TEXT)
    return told(tuple(hit for scorer in scorers for hit in scorer.scan((view,))))


TEXTS = st.text(st.sampled_from("赌博客服abc0123456789 。\U0001d7d8ß①"), max_size=120)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, count=st.integers(1, 7))
def test_a_panel_says_what_its_scorers_say_alone(text: str, count: int) -> None:
    scorers = tuple(made(number) for number in range(count))
    assert told(Panel.of(scorers).scan((plain_view(text, Layer.TEXT),))) == alone(scorers, text)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_is_scored_alike(text: str) -> None:
    scorers = (made(1), made(2, window=13, stride=5), made(3), made(4, threshold=0.1))
    assert told(Panel.of(scorers).scan((plain_view(text, Layer.TEXT),))) == alone(scorers, text)


def test_scorers_without_steps_or_of_wide_windows_read_alone() -> None:
    scorers = (made(1), replace(made(2), steps=None), made(3, window=4_096, stride=64), made(4))
    panel = Panel.of(scorers)
    text = "充100送200，客服在线。" * 40
    assert panel.alone == (1, 2)
    assert told(panel.scan((plain_view(text, Layer.TEXT),))) == alone(scorers, text)


def test_a_text_longer_than_a_stretch_is_scored_scorer_by_scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    scorers, text = (made(1, threshold=0.1), made(2, threshold=0.1)), "赌博客服abc" * 30
    before = alone(scorers, text)
    monkeypatch.setattr(scorer_panel, "STRETCH", 64)
    assert told(Panel.of(scorers).scan((plain_view(text, Layer.TEXT),))) == before
    assert before


def test_the_widest_window_overflows_no_lane() -> None:
    high = np.full(1 << BITS, 127, np.int8)
    scorer = replace(made(1, window=2_000, stride=1_000), steps=high, weights=high * np.float32(0.01), scale=0.01)
    scorers = (scorer, replace(scorer, id="test.low", bias=-30.0), scorer)
    text = "赌" * 9_000
    assert told(Panel.of(scorers).scan((plain_view(text, Layer.TEXT),))) == alone(scorers, text)


@pytest.mark.parametrize(
    "text", ["URGENT! You have won a FREE prize worth £2,000! Txt CLAIM to 81010 now " * 9, "约炮小姐" * 40]
)
def test_the_shipped_scorers_read_together_as_each_does(text: str) -> None:
    scorers = tuple(load_scorer(path.read_text("utf-8")) for path in sorted(SHIPPED.glob("*.yaml")))
    found = Panel.of(scorers).scan((plain_view(text, Layer.TEXT),))
    assert told(found) == alone(scorers, text)
    assert found
