"""The last good rulebook stays in force."""

import os
from pathlib import Path

import pytest

from scanner.errors import RuleError
from scanner.rulebook.watch import LastGood
from tests.unit.rulebook.house import PACK, RULE, folder, rules_folder


class Ticks:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_broken_edit_keeps_the_last_good_rulebook_and_says_so(tmp_path: Path) -> None:
    root = rules_folder(tmp_path)
    rules = LastGood(root, every=0)
    good = rules.current()
    assert rules.trouble == ""
    folder(root, {"yara/webshell/php.yar": RULE + "rule broken {"})
    assert rules.current() is good
    assert good.digest[:12] in rules.trouble
    assert "yara/webshell/php.yar" in rules.trouble
    folder(root, {"yara/webshell/php.yar": RULE.replace("{0,8}", "{0,9}")})
    assert rules.current().digest != good.digest
    assert rules.trouble == ""


def test_a_folder_that_is_taken_away_keeps_the_last_good_rulebook(tmp_path: Path) -> None:
    root = rules_folder(tmp_path)
    rules = LastGood(root, every=0)
    good = rules.current()
    root.rename(tmp_path / "elsewhere")
    assert rules.current() is good
    assert "no such folder" in rules.trouble


def test_the_first_load_must_succeed(tmp_path: Path) -> None:
    with pytest.raises(RuleError):
        LastGood(rules_folder(tmp_path, {"yara/x.yar": "rule"})).current()


def test_unchanged_files_are_not_read_again(tmp_path: Path) -> None:
    rules = LastGood(rules_folder(tmp_path), every=0)
    assert rules.current() is rules.current()


def test_files_are_looked_at_no_more_often_than_asked(tmp_path: Path) -> None:
    root, clock = rules_folder(tmp_path), Ticks()
    rules = LastGood(root, every=5, monotonic=clock)
    first = rules.current()
    folder(root, {"keywords/gambling.yaml": PACK})
    clock.now = 4.9
    assert rules.current() is first
    clock.now = 5.1
    assert "gambling.online-casino" in rules.current().rules


def test_an_edit_of_the_overlay_is_noticed(tmp_path: Path) -> None:
    own = folder(tmp_path / "overlay", {"overlay.yaml": "schema: 1\n"})
    rules = LastGood(rules_folder(tmp_path), own, every=0)
    assert rules.current().rules
    folder(own, {"overlay.yaml": "schema: 1\ndisable: [{rule: 'webshell.*', reason: r, owner: o}]\n"})
    assert rules.current().rules == {}


def test_a_switched_link_is_noticed_though_all_times_and_sizes_are_equal(tmp_path: Path) -> None:
    one, two = rules_folder(tmp_path / "one"), rules_folder(tmp_path / "two")
    folder(two, {"yara/webshell/php.yar": RULE.replace("{0,8}", "{0,7}")})
    for file in [*one.rglob("*.*"), *two.rglob("*.*")]:
        os.utime(file, (1, 1))
    link = tmp_path / "current"
    link.symlink_to(one)
    rules = LastGood(link, every=0)
    first = rules.current()
    link.unlink()
    link.symlink_to(two)
    assert rules.current().digest != first.digest
