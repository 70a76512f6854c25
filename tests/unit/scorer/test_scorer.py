"""Scorers over folded text: windows, spans, reasons, bounded cost."""

import time

import numpy as np
import pytest

from scanner.domain.findings import Layer
from scanner.keywords.scorer import MAX_HITS, STRETCH, Scorer
from scanner.keywords.scorer_features import SIZES, buckets, squeezed
from scanner.text.views import plain_view

BITS = 12


def scorer_for(phrase: str, *, window: int = 64, stride: int = 32, threshold: float = 0.9) -> Scorer:
    """A scorer that knows one phrase and nothing else."""
    weights = np.zeros(1 << BITS, np.float32)
    points, _ = squeezed(phrase)
    for size in (3, 4):
        weights[buckets(points, size, BITS)] = 60.0
    return Scorer("test.scorer", "3.1.3.9", BITS, -5.0, weights, threshold, window, stride, 4)


def plainly(scorer: Scorer, folded: str) -> float:
    """The score of a text of one window, n-gram by n-gram."""
    points, _ = squeezed(folded)
    numbers = [int(number) for size in SIZES for number in buckets(points, size, scorer.bits)]
    margin = sum(float(scorer.weights[number]) for number in numbers) / max(1, len(numbers)) ** 0.5
    return 1 / (1 + float(np.exp(-np.clip(margin + scorer.bias, -30, 30))))


@pytest.mark.parametrize("text", ["天天中大奖", "今天天天中大奖了吗", "abc天天中大奖12345", "没有什么"])
def test_the_score_of_a_short_text_is_the_plain_sum(text: str) -> None:
    scorer = scorer_for("天天中大奖")
    assert scorer.score(text) == pytest.approx(plainly(scorer, text), abs=1e-9)


def test_a_phrase_deep_in_a_long_text_is_found_where_it_stands() -> None:
    scorer = scorer_for("天天中大奖")
    text = "平" * 5_000 + "天天中大奖" + "安" * 5_000
    spans = scorer.spans(text)
    assert len(spans) == 1
    assert spans[0].start <= 5_000
    assert spans[0].end >= 5_005
    assert spans[0].end - spans[0].start <= 3 * scorer.window


@pytest.mark.parametrize("shift", [-40, -3, 0, 3, 40])
def test_a_phrase_on_the_border_of_two_stretches_is_found(shift: int) -> None:
    scorer = scorer_for("天天中大奖")
    text = "平" * (STRETCH + shift) + "天天中大奖" + "安" * 500
    assert scorer.score(text) >= scorer.threshold


def test_the_reasons_name_what_weighed_most() -> None:
    scorer = scorer_for("天天中大奖")
    grams = dict(scorer.spans("快来看天天中大奖的好事")[0].grams)
    assert any(gram in "天天中大奖" for gram in grams)
    assert not any("好事" in gram for gram in grams)


def test_a_text_below_the_shortest_scores_nothing() -> None:
    scorer = scorer_for("天天中")
    assert scorer.score("天天中") == 0.0
    assert scorer.score("") == 0.0
    assert scorer.spans("") == ()


def test_numbers_count_as_one_whatever_their_digits() -> None:
    scorer = scorer_for("充100送200")
    assert scorer.score("充5送38888") == pytest.approx(scorer.score("充100送200"))


def test_hits_tell_place_score_and_reasons_in_the_original() -> None:
    scorer = scorer_for("天天中大奖")
    hit = scorer.scan([plain_view("前言。天\u200b天-中 大奖！", Layer.TEXT)])[0]
    assert hit.rule == "test.scorer"
    assert "天" in hit.original
    assert hit.why.startswith("score ")
    assert not hit.exact


def test_source_with_markup_is_left_to_the_text_view() -> None:
    scorer = scorer_for("天天中大奖")
    assert scorer.scan([plain_view("天天中大奖", Layer.SOURCE)]) == ()
    assert scorer.scan([plain_view("天天中大奖", Layer.SOURCE, [Layer.TEXT])]) != ()


def test_hits_of_one_view_are_bounded() -> None:
    scorer = scorer_for("天天中大奖")
    text = ("天天中大奖" + "平" * 400) * 100
    assert len(scorer.spans(text)) == MAX_HITS


def test_lone_surrogates_do_no_harm() -> None:
    assert 0.0 <= scorer_for("天天中大奖").score("\ud800天天\udfff中大奖") <= 1.0


def test_the_cost_is_linear_in_the_text() -> None:
    scorer = scorer_for("天天中大奖", window=256, stride=128)
    began = time.process_time()
    assert scorer.score("平安无事" * 250_000) < scorer.threshold
    assert time.process_time() - began < 5.0


def test_scorers_that_read_the_same_text_in_turn_score_as_each_does_alone() -> None:
    text = "快来看天天中大奖的好事"
    small = Scorer("test.small", "3.1.3.9", BITS - 1, -1.0, np.ones(1 << (BITS - 1), np.float32), 0.9, 64, 32, 4)
    for scorer in (scorer_for("天天中大奖"), small, scorer_for("好事"), small):
        assert scorer.score(text) == pytest.approx(plainly(scorer, text), abs=1e-9)
