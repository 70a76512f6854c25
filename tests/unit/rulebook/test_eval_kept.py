"""`make eval` keeps what it saw: a second run asks no rule again, and a stopped run goes on."""

import json
from pathlib import Path

import pytest

from benchmarks import eval_kept
from benchmarks.eval_kept import Kept
from scanner.cli.rules_folders import Folders
from scanner.rulebook.corpus import Item
from scanner.rulebook.evaluation import Seen
from scanner.rulebook.load import load_rulebook
from tests.unit.rulebook.house import rules_folder

ITEMS = [
    Item("a.txt", "malicious", "3.1.3.7", "kind", text="one"),
    Item("b.txt", "benign", "none", "kind", text="two"),
]
SEEN = Seen(frozenset(), frozenset(), frozenset(), "", True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    names: list[str] = []

    def look(folders: Folders, items: list[Item], jobs: int, cache: Path | None = None) -> list[tuple[Item, Seen]]:
        names.extend(item.name for item in items)
        return [(item, SEEN) for item in items]

    monkeypatch.setattr(eval_kept, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(eval_kept, "looked_at", look)
    return names


def _kept(tmp_path: Path) -> Kept:
    rules = tmp_path / "rules"
    folder = rules if rules.exists() else rules_folder(tmp_path)
    return Kept(load_rulebook(folder), Folders(folder, None), 1)


def test_what_was_seen_is_not_looked_at_again(asked: list[str], tmp_path: Path) -> None:
    first = _kept(tmp_path).evaluate(ITEMS, "these")
    again = _kept(tmp_path).evaluate(ITEMS, "these")
    assert asked == ["a.txt", "b.txt"]
    assert first.share("flagged").total == again.share("flagged").total == 2


def test_a_line_that_was_cut_off_is_looked_at_again(asked: list[str], tmp_path: Path) -> None:
    kept = _kept(tmp_path)
    kept.evaluate(ITEMS, "these")
    lines = kept.file.read_text().splitlines()
    kept.file.write_text(lines[0] + "\n" + lines[1][:20])
    _kept(tmp_path).evaluate(ITEMS, "these")
    assert asked == ["a.txt", "b.txt", "b.txt"]
    assert json.loads(lines[0])[-1] is True
