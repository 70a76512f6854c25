"""Counting what rules are worth."""

import gzip
import json
from pathlib import Path

import pytest

from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.errors import UsageError
from scanner.rulebook.corpus import Item, read_corpus
from scanner.rulebook.evaluation import Evaluation, Seen, Share, seen_of
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.precisionfile import render_precision
from tests.unit.rulebook.house import PACK, rules_folder

SHELL, CASINO = "webshell.php-eval-request", "gambling.online-casino"


@pytest.fixture
def book(tmp_path: Path) -> Rulebook:
    return load_rulebook(rules_folder(tmp_path, {"keywords/gambling.yaml": PACK}))


def bad(cat: str = "webshell", clause: str = "3.1.3.7", repo: str = "a/b") -> Item:
    return Item("x", "malicious", clause, cat, "A", "dev", repo)


def good(cat: str = "webapp", neg_for: str = "") -> Item:
    return Item("y", "benign", "none", cat, "B", "dev", "c/d", neg_for)


def seen(*judging: str, strong: bool = True, recorded: tuple[str, ...] = ()) -> Seen:
    rules = frozenset(judging)
    return Seen(rules, rules if strong else frozenset(), rules | set(recorded), judging[0] if judging else "")


def test_recall_and_false_rates_are_counted_by_kind(book: Rulebook) -> None:
    found = Evaluation(book)
    for what in (seen(SHELL), seen(SHELL, strong=False), seen()):
        found.add(bad(), what)
    for what in (seen(), seen(), seen(CASINO)):
        found.add(good(), what)
    assert found.share("flagged", label="malicious", cat="webshell") == Share(2, 3)
    assert found.share("strong", label="malicious") == Share(1, 3)
    assert found.share("flagged", label="benign", cat=("webapp", "other")) == Share(1, 3)
    assert found.under("3.1.3.5.4", label="benign") == Share(1, 3)
    assert found.under("3.1.3.7", label="benign") == Share(0, 3)
    assert found.mistakes == [("webapp", "y", CASINO)]


def test_a_find_under_the_wrong_clause_is_found_but_not_right(book: Rulebook) -> None:
    found = Evaluation(book)
    found.add(bad(), seen(CASINO))
    assert found.share("flagged", label="malicious") == Share(1, 1)
    assert found.share("right", label="malicious") == Share(0, 1)
    assert found.confusion == {("3.1.3.7", "3.1.3.5.4"): 1}


def test_each_rule_is_counted_with_what_it_alone_contributes(book: Rulebook) -> None:
    found = Evaluation(book)
    found.add(bad(), seen(SHELL))
    found.add(bad(), seen(SHELL, CASINO))
    found.add(good(), seen(CASINO))
    assert (found.rules[SHELL].right, found.rules[SHELL].wrong, found.rules[SHELL].alone) == (2, 0, 1)
    assert (found.rules[CASINO].right, found.rules[CASINO].wrong, found.rules[CASINO].alone) == (1, 1, 0)


def test_a_nursery_hit_counts_for_its_rule_and_flags_nothing(book: Rulebook) -> None:
    found = Evaluation(book)
    found.add(good(), seen(recorded=(SHELL,)))
    assert found.share("flagged", label="benign") == Share(0, 1)
    assert found.rules[SHELL].wrong == 1


def test_a_text_that_is_benign_for_one_clause_only_speaks_for_that_clause(book: Rulebook) -> None:
    found = Evaluation(book)
    found.add(good("forum_nonabuse", "abuse"), seen(CASINO))
    found.add(good("call_dialogue", "fraud"), seen(SHELL))
    assert found.share("flagged", label="benign", cat="forum_nonabuse") == Share(0, 1)
    assert found.share("flagged", label="benign", cat="call_dialogue") == Share(1, 1)


def test_groups_sum_by_kind_tier_and_repository(book: Rulebook) -> None:
    found = Evaluation(book)
    found.add(bad(repo="one/x"), seen(SHELL))
    found.add(bad(repo="two/y"), seen())
    assert found.by(1)["malicious", "webshell"].total == 2
    assert found.by(2)["malicious", "A"].flagged == 1
    assert {key: group.flagged for key, group in found.by(3).items()} == {
        ("malicious", "one/x"): 1,
        ("malicious", "two/y"): 0,
    }


def test_what_judges_follows_status_ceiling_and_policy(book: Rulebook) -> None:
    finding = Finding(SHELL, "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, "", Layer.RAW)
    low = Finding(CASINO, "r", "3.1.3.5.4", Severity.LOW, Confidence.HIGH, "", Layer.TEXT)
    gap = Coverage(gaps=(Gap(Reason.ENCRYPTED),))
    what = seen_of(Detection(Content("0" * 64, 1), (finding, low), gap), book)
    assert (what.judging, what.strong, what.lead) == ({SHELL}, {SHELL}, SHELL)
    assert what.all == {SHELL, CASINO}
    assert not what.full


def test_a_manifest_and_text_lines_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.php").write_bytes(b"<?php")
    row = {"path": "a.php", "label": "malicious", "clause": "3.1.3.7", "cat": "webshell", "repo": "a/b"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    with gzip.open(tmp_path / "lines.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(
            json.dumps({"text": "你好", "label": "benign", "clause": "none", "cat": "chat", "neg_for": "all"}) + "\n"
        )
    (file,), (line,) = list(read_corpus(tmp_path)), list(read_corpus(tmp_path / "lines.jsonl.gz"))
    assert (file.sample().name, file.sample().data, file.bad) == ("a.php", b"<?php", True)
    assert (line.sample().data.decode(), line.counts_against("3.1.3.4")) == ("你好", True)


def test_a_manifest_line_without_a_label_names_its_place(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"path": "a"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"m\.jsonl:1"):
        list(read_corpus(tmp_path / "m.jsonl"))
    with pytest.raises(UsageError, match="there is no such corpus"):
        list(read_corpus(tmp_path / "none"))


def test_a_record_is_written_as_it_is_read(book: Rulebook, tmp_path: Path) -> None:
    found = Evaluation(book)
    found.add(bad(), seen(SHELL))
    tracks = {rule: tally.track for rule, tally in found.rules.items()}
    page = render_precision(tracks, book.rules, date="2026-11-24", measured_on="1 malicious, 0 benign contents")
    assert load_rulebook(rules_folder(tmp_path, {"precision.yaml": page})).recorded == {SHELL: (1, 0)}
    empty = render_precision({}, book.rules, date="2026-11-24", measured_on="nothing")
    assert load_rulebook(rules_folder(tmp_path, {"precision.yaml": empty})).recorded == {}
