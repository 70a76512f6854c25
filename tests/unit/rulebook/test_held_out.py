"""What was found on sources that the rules were not tuned on is recorded apart."""

from pathlib import Path

from scanner.rulebook.corpus import Item
from scanner.rulebook.evaluation import Evaluation, Seen
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.precisionfile import render_precision
from tests.unit.rulebook.house import rules_folder


def _evaluation(tmp_path: Path, tuned: frozenset[str]) -> tuple[Evaluation, str]:
    book = load_rulebook(rules_folder(tmp_path))
    rule = next(iter(sorted(book.rules)))
    seen = Seen(frozenset({rule}), frozenset(), frozenset({rule}), rule)
    found = Evaluation(book, tuned=tuned)
    for repo in ("looked/at", "never/seen", ""):
        found.add(Item("a.php", "malicious", "3.1.3.7", "kind", repo=repo, text="x"), seen)
    return found, rule


def test_hits_on_sources_that_nobody_looked_at_count_apart(tmp_path: Path) -> None:
    found, rule = _evaluation(tmp_path, frozenset({"looked/at"}))
    assert (found.rules[rule].right, found.rules[rule].held_out) == (3, 1)
    assert found.book.rules[rule].id == rule


def test_nothing_counts_apart_where_nobody_says_what_was_looked_at(tmp_path: Path) -> None:
    found, rule = _evaluation(tmp_path, frozenset())
    assert found.rules[rule].held_out == 0


def test_the_record_says_how_many_hits_were_held_out(tmp_path: Path) -> None:
    found, rule = _evaluation(tmp_path, frozenset({"looked/at"}))
    tracks = {rule: found.rules[rule].track}
    page = render_precision(tracks, found.book.rules, date="2026-11-25", measured_on="x", held_out={rule: 1})
    assert f"{rule}: {{right: 3, wrong: 0, held_out: 1, revision:" in page
    assert "held_out" not in render_precision(tracks, found.book.rules, date="2026-11-25", measured_on="x")
