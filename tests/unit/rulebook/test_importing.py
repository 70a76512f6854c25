"""Foreign sets: what holds is taken over, what does not is set aside with its reason."""

from pathlib import Path

import pytest

from scanner.domain.content import Sample
from scanner.domain.rules import RuleStatus
from scanner.errors import RuleError
from scanner.rulebook.explaining import plain_eyes
from scanner.rulebook.foreign import NAME, Source, parse_sources
from scanner.rulebook.importing import grades_of, take, write
from scanner.rulebook.load import inspect_rulebook, load_rulebook
from scanner.rulebook.problems import errors_of
from tests.unit.rulebook.house import RULE, folder, rules_folder

GOOD = 'rule Evil_One : tag { meta: author = "them" description = "bad" strings: $a = "evilone!" condition: $a }\n'
BROKEN = 'rule Broken { strings: $a = "x" condition: nowhere.known == 1 and $a }\n'
GRADES = grades_of("3.1.3.7", "medium", "low", "review", "nursery")


def source(name: str = "their-rules") -> Source:
    return Source(name, "https://example.com/rules", "abc123", "GPL-2.0", GRADES, "2026-11-24")


def foreign(tmp_path: Path, **files: str | bytes) -> Path:
    return folder(tmp_path / "foreign", {f"{name.replace('__', '/')}.yar": body for name, body in files.items()})


def test_a_good_file_is_taken_over_as_it_is(tmp_path: Path) -> None:
    taken = take(foreign(tmp_path, malware__evil=GOOD))
    assert [(each.path, each.text, each.rules) for each in taken.kept] == [("malware/evil.yar", GOOD, 1)]
    assert taken.aside == []


def test_a_broken_rule_is_set_aside_and_its_neighbours_stay(tmp_path: Path) -> None:
    taken = take(foreign(tmp_path, mixed=GOOD + BROKEN))
    assert taken.rules == 1
    assert [(each.path, each.rule) for each in taken.aside] == [("mixed.yar", "Broken")]
    assert "nowhere" in taken.aside[0].reason


def test_what_a_broken_rule_carries_goes_with_it(tmp_path: Path) -> None:
    depends = 'rule Depends { strings: $a = "yyyy" condition: Broken and $a }\n'
    taken = take(foreign(tmp_path, mixed=BROKEN + depends + GOOD))
    assert {each.rule for each in taken.aside} == {"Broken", "Depends"}
    assert taken.rules == 1


def test_indexes_empty_files_and_other_encodings_are_set_aside_by_name(tmp_path: Path) -> None:
    taken = take(
        foreign(tmp_path, index='include "a.yar"\n', empty="// nothing\n", latin="rule ä".encode("latin-1"), ok=GOOD)
    )
    assert {each.path: each.reason for each in taken.aside} == {
        "index.yar": "only includes other files",
        "empty.yar": "holds no rule that reports",
        "latin.yar": "is not UTF-8",
    }


def test_the_same_rule_in_two_files_is_taken_once(tmp_path: Path) -> None:
    taken = take(foreign(tmp_path, a=GOOD, b=GOOD))
    assert taken.rules == 1
    assert taken.aside[0].reason == "is the same as in a.yar"


def test_a_name_that_clashes_gets_an_id_of_its_own(tmp_path: Path) -> None:
    other = GOOD.replace("evilone!", "eviltwo!")
    shipped = RULE.replace("evil", "evil")
    write(take(foreign(tmp_path, a=GOOD, b=other, c=shipped)), source(), tmp_path / "overlay")
    book = load_rulebook(rules_folder(tmp_path), tmp_path / "overlay")
    assert {"their-rules.a.evil-one", "their-rules.b.evil-one"} <= set(book.rules)
    assert "their-rules.c.webshell-php-eval-request" in book.rules
    hits = plain_eyes(book).hits
    assert hits(Sample("x", b"eviltwo!")) == {"their-rules.b.evil-one"}


def test_imported_rules_start_in_the_nursery_under_their_clause(tmp_path: Path) -> None:
    write(take(foreign(tmp_path, a=GOOD)), source(), tmp_path / "overlay")
    rule = load_rulebook(rules_folder(tmp_path), tmp_path / "overlay").rules["their-rules.a.evil-one"]
    assert (rule.status, rule.clause, rule.pack, rule.pack_version) == (
        RuleStatus.NURSERY,
        "3.1.3.7",
        "their-rules",
        "abc123",
    )
    assert (rule.author, rule.description) == ("them", "bad")


def test_an_overlay_may_promote_a_whole_imported_set(tmp_path: Path) -> None:
    write(take(foreign(tmp_path, a=GOOD)), source(), tmp_path / "overlay")
    row = "{rule: 'their-rules.*', status: review, reason: tried for a month, owner: trust team}"
    folder(tmp_path / "overlay", {"overlay.yaml": f"schema: 1\nregrade: [{row}]\n"})
    book = load_rulebook(rules_folder(tmp_path), tmp_path / "overlay")
    assert book.rules["their-rules.a.evil-one"].status is RuleStatus.REVIEW


def test_sources_are_recorded_and_read_back(tmp_path: Path) -> None:
    written = write(take(foreign(tmp_path, a=GOOD + BROKEN)), source(), tmp_path / "overlay")
    file = tmp_path / "overlay/imported" / NAME
    again, problems = parse_sources(NAME, file.read_text(encoding="utf-8"))
    assert problems == []
    assert again == [written]
    assert again[0].licence == "GPL-2.0"


def test_importing_again_replaces_the_set_and_keeps_others(tmp_path: Path) -> None:
    own = tmp_path / "overlay"
    write(take(foreign(tmp_path / "1", a=GOOD, b=GOOD.replace("One", "Two"))), source(), own)
    write(take(foreign(tmp_path / "2", x=GOOD)), source("others"), own)
    write(take(foreign(tmp_path / "3", a=GOOD)), source(), own)
    assert sorted(load_rulebook(rules_folder(tmp_path), own).rules) == [
        "others.x.evil-one",
        "their-rules.a.evil-one",
        "webshell.php-eval-request",
    ]


def test_names_of_files_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    strange = folder(tmp_path / "foreign", {"a b/..c d.yar": GOOD, "a-b.yar": GOOD.replace("One", "Two")})
    own = tmp_path / "overlay"
    write(take(strange), source(), own)
    files = [file.relative_to(own).as_posix() for file in own.rglob("*.yar")]
    assert len(files) == 2
    assert all(" " not in name and ".." not in name for name in files)
    assert len(load_rulebook(rules_folder(tmp_path), own).rules) == 3


def test_a_dear_rule_is_set_aside_and_its_neighbours_stay(tmp_path: Path) -> None:
    dear = "rule Dear { strings: $a = /[a-z].{0,100}=/ condition: $a }\n"
    taken = take(foreign(tmp_path, mixed=dear + GOOD), max_cost=400)
    assert [each.rule for each in taken.aside] == ["Dear"]
    assert taken.rules == 1


def test_an_imported_file_that_was_edited_is_compiled_again(tmp_path: Path) -> None:
    own = tmp_path / "overlay"
    write(take(foreign(tmp_path, a=GOOD)), source(), own)
    (own / "imported/their-rules/a.yar").write_text("rule Evil_One { condition: }", encoding="utf-8")
    _, problems = inspect_rulebook(rules_folder(tmp_path), own)
    assert [each.file for each in errors_of(problems)] == ["overlay/imported/their-rules/a.yar"]


def test_a_lost_file_or_a_broken_record_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "overlay"
    write(take(foreign(tmp_path, a=GOOD)), source(), own)
    (own / "imported/their-rules/a.yar").unlink()
    _, problems = inspect_rulebook(rules_folder(tmp_path), own)
    assert [each.message for each in errors_of(problems)] == ["a.yar is gone"]
    (own / "imported" / NAME).write_text("[sources.x]\nurl = 1", encoding="utf-8")
    _, problems = inspect_rulebook(rules_folder(tmp_path), own)
    assert "is not what import writes" in errors_of(problems)[0].message


def test_a_folder_without_rules_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuleError, match=r"holds no \.yar"):
        take(tmp_path / "empty")
