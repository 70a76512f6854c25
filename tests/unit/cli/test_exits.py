"""Exit statuses, escaped names, errors in one line."""

import json

import pytest

from scanner.cli.exits import complain, visible
from scanner.cli.scan import Tally
from scanner.cli.scan_telling import Told
from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import AupError, SettingsError

FULL, TORN = Coverage(), Coverage(gaps=(Gap(Reason.DAMAGED),))


def verdict(standing: Standing = Standing.CLEAN, coverage: Coverage = FULL) -> Verdict:
    return Verdict(Content("a" * 64, 1), standing, (), coverage, "3.1.3.7" if standing else "", "r" if standing else "")


def told(row: Verdict) -> Told:
    return Told("", "", row.word, row.standing, row.clause, row.content.size, "", None)


@pytest.mark.parametrize(
    ("verdicts", "fail_on", "status"),
    [
        ([], "suspect", 0),
        ([verdict()], "suspect", 0),
        ([verdict(), verdict(coverage=TORN)], "suspect", 3),
        ([verdict(Standing.SUSPECT)], "suspect", 1),
        ([verdict(Standing.SUSPECT)], "violation", 0),
        ([verdict(Standing.VIOLATION, TORN), verdict(coverage=TORN)], "violation", 1),
    ],
)
def test_findings_stand_before_incomplete_coverage_before_clean(
    verdicts: list[Verdict], fail_on: str, status: int
) -> None:
    tally = Tally()
    for row in verdicts:
        tally.add(told(row))
    assert tally.status(fail_on) == status


def test_the_last_line_counts_verdicts_clauses_and_rate() -> None:
    tally = Tally()
    for row in (verdict(), verdict(), verdict(Standing.SUSPECT)):
        tally.add(told(row))
    assert tally.line().startswith("2 CLEAN, 1 SUSPECT; 3 files, 0.0 MB in ")
    assert tally.line().endswith("; §3.1.3.7 1")
    assert Tally().line().startswith("nothing to scan")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("l\nb", "l\\x0ab"),
        ("‮gpj", "\\u202egpj"),
        ("\udcff", "\\udcff"),
        ("名字😀", "名字😀"),
    ],
)
def test_names_are_shown_without_their_tricks(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_an_error_is_one_line_with_where_and_mend(capsys: pytest.CaptureFixture[str]) -> None:
    error = SettingsError("batch_size = -5 is not positive", where="aup.toml", mend="give a number above 0")
    assert complain(error) == 2
    told = "aup: aup.toml: batch_size = -5 is not positive — give a number above 0\n"
    assert capsys.readouterr().err == told
    assert complain(error, as_json=True) == 2
    assert json.loads(capsys.readouterr().out)["where"] == "aup.toml"
    assert str(AupError("plain")) == "plain"
