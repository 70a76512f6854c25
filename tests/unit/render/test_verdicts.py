"""Verdicts as records, lines and SARIF."""

from dataclasses import replace

from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason, ViewRead
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection, judge
from scanner.render.sarif import sarif
from scanner.render.verdicts import finding_record, verdict_lines, verdict_record

HIT = Finding(
    "malware.test", "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, "a.zip!b", Layer.RAW, 7, 4, "EVIL", "xx EVIL yy"
)
QUIET = replace(HIT, rule="new.test", offset=None, path="")
GAPS = tuple(Gap(Reason.ENCRYPTED, f"m{n}", "no password") for n in range(8))
COVERAGE = Coverage(
    views=(ViewRead("", "raw", "archive", 9, "raw"),),
    gaps=GAPS,
    view_count=1,
    rules_run=3,
    engines=("yara-python 4.5.4",),
    not_judged=("pixels",),
    notes=("disagreement: one reader saw more",),
)


def test_a_record_says_what_where_and_what_was_not_read(book: Rulebook) -> None:
    verdict = judge(Detection(Content("a" * 64, 9), (HIT, QUIET), COVERAGE), book)
    record = verdict_record("x.zip", verdict, book)
    assert (record["verdict"], record["clauses"], record["rule"]) == ("VIOLATION", ["3.1.3.7"], "malware.test")
    findings, coverage = record["findings"], record["coverage"]
    assert [(f["path"], f["offset"], f["status"]) for f in findings] == [("a.zip!b", 7, "auto"), ("", None, "nursery")]  # type: ignore[union-attr]
    assert coverage["reach"] == "PARTIAL"  # type: ignore[index]
    assert len(coverage["gaps"]) == 8  # type: ignore[index]


def test_people_see_findings_that_judge_and_the_first_gaps(book: Rulebook) -> None:
    verdict = judge(Detection(Content("a" * 64, 9), (HIT, QUIET), COVERAGE), book)
    lines = verdict_lines("x.zip", verdict, book)
    assert lines[0].startswith("VIOLATION   x.zip")
    assert sum("malware.test" in line for line in lines) == 1
    assert not any("new.test" in line for line in lines)
    assert lines[-1] == "  not read: 3 more (-v shows all)"


def test_verbose_shows_every_hit_gap_and_view(book: Rulebook) -> None:
    verdict = judge(Detection(Content("a" * 64, 9), (HIT, QUIET), COVERAGE), book)
    text = "\n".join(verdict_lines("x.zip", verdict, book, verbose=2))
    for part in (
        "new.test",
        "m7",
        "coverage PARTIAL",
        "not judged: pixels",
        "note: disagreement",
        "view raw/raw archive 9",
    ):
        assert part in text


def test_people_see_which_word_hit_and_what_is_round_it(book: Rulebook) -> None:
    telling = replace(HIT, detail="venue: EVIL; bonus: GIFT — venue and bonus")
    verdict = judge(Detection(Content("a" * 64, 9), (telling,), COVERAGE), book)
    assert verdict_lines("x.zip", verdict, book)[1].endswith("a.zip!b [raw 7+4]  EVIL in: xx EVIL yy")
    assert "           by venue: EVIL; bonus: GIFT — venue and bonus" in verdict_lines(
        "x.zip", verdict, book, verbose=1
    )


def test_a_record_names_the_rules_text_and_the_pack_that_it_stands_in(book: Rulebook) -> None:
    packed = replace(book.rules["malware.test"], pack="malware", pack_version="2026.11.1")
    versioned = replace(book, rules={**book.rules, packed.id: packed})
    found = finding_record(HIT, versioned)
    assert (found["revision"], found["pack"], found["pack_version"]) == ("r", "malware", "2026.11.1")


def test_a_clean_file_is_silent_unless_asked(book: Rulebook) -> None:
    clean = judge(Detection(Content("a" * 64, 9), (), Coverage()), book)
    assert verdict_lines("x", clean, book) == []
    assert verdict_lines("x", clean, book, verbose=1)[0] == "CLEAN       x"


def test_sarif_carries_findings_regions_and_gaps(book: Rulebook) -> None:
    verdict = judge(Detection(Content("a" * 64, 9), (replace(HIT, path=""), HIT), COVERAGE), book)
    [run] = sarif([("dir/a b\udcff.zip", verdict)], book, "1.0")["runs"]  # type: ignore[misc]
    first, second = run["results"]
    assert first["locations"][0]["physicalLocation"]["region"] == {"byteOffset": 7, "byteLength": 4}
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "dir/a%20b%FF.zip"
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 8
    assert run["tool"]["driver"]["rules"][0]["id"] == "malware.test"
