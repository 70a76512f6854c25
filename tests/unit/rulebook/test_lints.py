"""The gate as a whole, and what is measured."""

from pathlib import Path

import pytest

from scanner.cli.rules_folders import eyes_of
from scanner.domain.content import Sample
from scanner.rulebook.check import LINTS, check_rules
from scanner.rulebook.cost import PIECE, benign_pieces, cost_of, measure, slow_on_bait
from scanner.rulebook.explaining import plain_eyes
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.problems import Level, Place
from scanner.rulebook.samples import Specimen, read_samples
from scanner.rulebook.sources import read_sources
from tests.unit.rulebook.house import PACK, RULE, SAMPLES, rules_folder, samples

ID = "webshell.php-eval-request"
STUCK = "/A.{0,500}A.{0,500}B/"  # minutes on 64 KB of A, whatever timeout YARA is given


def test_a_good_folder_holds(tmp_path: Path) -> None:
    report = check_rules(rules_folder(tmp_path, {"keywords/gambling.yaml": PACK}), plain_eyes)
    assert report.problems == ()
    assert report.samples == 4
    assert report.costs is not None
    assert report.costs.rules.keys() == {ID, "gambling.online-casino"}
    assert report.costs.packs.keys() == {"yara/webshell", "keywords/gambling.yaml"}


def test_every_lint_has_a_name_a_level_and_a_reason() -> None:
    assert len({lint.name for lint in LINTS}) == len(LINTS) >= 25
    assert all(lint.recommendation and lint.look.__doc__ for lint in LINTS)
    assert {lint.level for lint in LINTS} == {Level.ERROR, Level.WARNING}


def test_a_harmless_sample_of_another_rule_may_not_be_hit_at_high(tmp_path: Path) -> None:
    other = RULE.replace("php_eval_request", "php_any").replace("php-eval-request", "php-any")
    other = other.replace("/eval\\s{0,8}\\(\\s{0,8}\\$_(GET|POST)/", '"htmlspecialchars"')
    files = samples(
        "webshell.php-any", {"a": b"htmlspecialchars 1", "b": b"htmlspecialchars 2"}, {"c": b"c", "d": b"d"}
    )
    root = rules_folder(tmp_path, {"yara/webshell/any.yar": other, "samples/any.yaml": files})
    found = [each for each in check_rules(root, plain_eyes, quick=True).problems if each.lint == "neighbour-hit"]
    assert [each.message for each in found] == ["the harmless sample 'fine.php' is hit by webshell.php-any"]


def test_ordinary_content_that_no_rule_owns_is_harmless_to_all(tmp_path: Path) -> None:
    body = samples("x.y", {}, {"page.php": b"<?php eval($_GET[1]);"}).split("    miss:\n")[1].replace("    - ", "- ")
    text = "schema: 1\nbenign:\n" + "\n".join(row[4:] if row.startswith("    ") else row for row in body.split("\n"))
    root = rules_folder(tmp_path, {"samples/benign.yaml": text})
    report = check_rules(root, plain_eyes, quick=True)
    assert [each.lint for each in report.errors] == ["neighbour-hit"]


def test_a_sample_may_not_be_both_hit_and_miss(tmp_path: Path) -> None:
    same = {"a.php": b"<?php eval($_GET[1]);", "b.php": b"<?php eval($_POST[1]);"}
    root = rules_folder(
        tmp_path, {"samples/webshell.yaml": samples(ID, same, {"c": b"<?php eval($_GET[1]);", "d": b"d"})}
    )
    names = {each.lint for each in check_rules(root, plain_eyes, quick=True).problems}
    assert {"both-ways", "sample-hit"} <= names


def test_a_rule_over_its_budget_is_named_with_its_cost(tmp_path: Path) -> None:
    dear = RULE.replace("/eval\\s{0,8}\\(\\s{0,8}\\$_(GET|POST)/", "/[a-z].{0,100}=/")
    report = check_rules(rules_folder(tmp_path, {"yara/webshell/php.yar": dear}), plain_eyes)
    found = [each for each in report.problems if each.lint == "over-budget"]
    assert len(found) == 1
    assert "µs per 10 KB" in found[0].message


def test_costs_are_measured_over_whole_pieces_of_ordinary_content_first() -> None:
    own = Specimen("a.b", "miss", "own", "o", b"o" * 10, "f", Place())
    ordinary = Specimen("", "miss", "ordinary", "o", b"x" * (PIECE + 5), "f", Place())
    pieces = benign_pieces([own, ordinary])
    assert [len(piece) for piece in pieces] == [PIECE, PIECE]
    assert pieces[0] == b"x" * PIECE
    assert benign_pieces([])[0].startswith(b"The quick brown fox")


def test_a_costly_rule_costs_more_than_a_cheap_one() -> None:
    cheap = cost_of('rule a { strings: $a = "notinthere" condition: $a }')
    dear = cost_of("rule a { strings: $a = /[a-z].{0,100}=/ condition: $a }")
    assert dear > 5 * cheap


def test_a_rule_that_crafted_bytes_hold_up_is_found_and_the_others_are_not(tmp_path: Path) -> None:
    stuck = RULE.replace("php_eval_request", "php_stuck").replace("php-eval-request", "php-stuck")
    stuck = stuck.replace("/eval\\s{0,8}\\(\\s{0,8}\\$_(GET|POST)/", STUCK)
    book = load_rulebook(rules_folder(tmp_path, {"yara/webshell/stuck.yar": stuck}))
    assert [rule for rule, _ in slow_on_bait(book, seconds=0.05)] == ["webshell.php-stuck"]


def test_a_rule_that_never_ends_is_killed_at_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = load_rulebook(rules_folder(tmp_path))
    monkeypatch.setattr("scanner.rulebook.cost._answer", lambda pipe, seconds: None)
    assert list(slow_on_bait(book)) == [(ID, -1)]


def test_samples_come_back_as_they_were_put_in(tmp_path: Path) -> None:
    found, problems = read_samples(read_sources(rules_folder(tmp_path, {"samples/webshell.yaml": SAMPLES})))
    assert problems == []
    assert [(each.kind, each.name) for each in found] == [
        ("hit", "one.php"),
        ("hit", "two.php"),
        ("miss", "fine.php"),
        ("miss", "doc.txt"),
    ]
    assert found[0].data == b"<?php eval($_POST['a']);"


def test_plain_eyes_and_measure_see_the_same_rules(tmp_path: Path) -> None:
    book = load_rulebook(rules_folder(tmp_path))
    assert plain_eyes(book).hits(Sample("x", b"<?php eval($_GET[1]);")) == {ID}
    assert measure(book, []).packs.keys() == {"yara/webshell"}


def test_a_rule_that_the_prefilter_never_spares_is_named(tmp_path: Path) -> None:
    rule = RULE.replace("    $eval\n}", "    $eval or filesize == 12345\n}")
    report = check_rules(rules_folder(tmp_path, {"yara/webshell/php.yar": rule}), eyes_of, quick=True)
    assert "always-asked" in {each.lint for each in report.problems}


def test_a_rule_that_is_asked_of_ordinary_files_belongs_in_a_lane(tmp_path: Path) -> None:
    rule = RULE.replace("    $eval\n}", "    $eval and $common\n}").replace('lane = "script"', 'lane = "any"')
    rule = rule.replace(
        "$eval = /eval\\s{0,8}\\(\\s{0,8}\\$_(GET|POST)/", '$common = "ordinary"\n    $eval = "ordinary word"'
    )
    others = {f"{number}.txt": b"an ordinary word in an ordinary file" for number in range(8)}
    hits = {"a": b"ordinary word ordinary", "b": b"ordinary word, ordinary"}
    files = {
        "yara/webshell/php.yar": rule,
        "samples/webshell.yaml": samples(ID, hits, {"c": b"c", "d": b"d"}),
        "samples/other.yaml": samples("other.rule", {}, others),
    }
    report = check_rules(rules_folder(tmp_path, files), eyes_of, quick=True)
    found = [each.message for each in report.problems if each.lint == "frequent-trigger"]
    assert found == ["is asked of 8 of 8 harmless files of other categories"]
