"""Training: the same lines give the same card, and what may not be learned from is not."""

import gzip
import json
from pathlib import Path

import pytest
import yaml

from scanner.keywords.scorer_card import load_scorer
from scripts import train_scorer
from scripts.scorer_cards import auc, interval
from scripts.scorer_specs import HARM, SPECS, Line

SPEC = next(spec for spec in SPECS if spec.name == "gambling-zh")


def tiny_lines() -> list[Line]:
    """Forty lines that are easy to tell apart."""
    yes = [Line(f"y{n}", "gambling", "malicious", HARM, "MIT", f"新台子大放水注册送{n}找我拿链接") for n in range(20)]
    no = [Line(f"n{n}", "benign_chat", "benign", HARM, "MIT", f"今天第{n}课讲春天的天气和花草树木") for n in range(20)]
    return yes + no


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_scorer, "BITS", 12)
    monkeypatch.setattr(train_scorer, "STEPS", 40)


@pytest.mark.usefixtures("quick")
def test_training_twice_gives_the_same_card() -> None:
    assert train_scorer.train(SPEC, tiny_lines()) == train_scorer.train(SPEC, tiny_lines())


@pytest.mark.usefixtures("quick")
def test_a_trained_scorer_tells_the_two_kinds_apart() -> None:
    scorer = load_scorer(train_scorer.train(SPEC, tiny_lines()))
    assert scorer.score("新台子大放水注册送88找我拿链接") > 0.5 > scorer.score("今天的课讲春天的花草")


@pytest.mark.usefixtures("quick")
def test_the_written_card_holds_its_data_and_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": line.id, "cat": line.cat, "label": line.label, "repo": line.repo, "licence": "MIT", "text": line.folded}
        for line in tiny_lines()
    ]
    lines = tmp_path / "lines.jsonl.gz"
    with gzip.open(lines, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    monkeypatch.setattr("sys.argv", ["train", str(lines), "--out", str(tmp_path), "--only", "gambling-zh"])
    told: list[str] = []
    train_scorer.main(told.append)
    said = yaml.safe_load((tmp_path / "gambling-zh.yaml").read_text("utf-8"))
    assert {source["lines"] for source in said["trained_on"]} == {20}
    assert said["measured"]["in_source"]["recall"]["of"] == 20
    assert told[0].startswith("gambling-zh: ")


def test_a_line_of_an_unclean_licence_is_never_learned_from() -> None:
    unclean = [
        Line("a", "tg_illicit_ads", "malicious", "MarkIvory2973/tg-spam", "GPL-3.0", "x"),
        Line("b", "tg_chat", "benign", "MarkIvory2973/tg-spam", "GPL-3.0", "x"),
        Line("c", "fraud_dialogue", "malicious", "JimmyMa99/TeleAntiFraud", "Apache-2.0", "x"),
        Line("d", "news_headline", "benign", "649453932/Chinese-Text-Classification-Pytorch", "MIT (research)", "x"),
    ]
    assert [spec.learn(line) for spec in SPECS for line in unclean] == [""] * (4 * len(SPECS))


def test_marks_of_the_platform_are_taken_out_before_learning() -> None:
    assert train_scorer.cleaned("[em]e163[/em]牛牛/玫瑰/玫瑰") == "牛牛"


def test_the_threshold_lets_at_most_the_allowed_share_through() -> None:
    scores = [number / 10_000 for number in range(10_000)]
    bar = train_scorer.threshold_of(scores)
    assert sum(score >= bar for score in scores) <= train_scorer.FALSE_RATE * len(scores)


def test_rates_come_with_their_interval() -> None:
    low, high = interval(0, 1794)
    assert low == 0.0
    assert 0.0019 < high < 0.0023
    assert auc([0.9, 0.8], [0.1, 0.2]) == 1.0
