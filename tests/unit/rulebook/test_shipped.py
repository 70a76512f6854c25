"""The rules that ship: they pass their own gate, and what is made from them is fresh."""

from datetime import date
from pathlib import Path

import pytest

from scanner.bootstrap_local import detector
from scanner.cli.rules_folders import eyes_of
from scanner.domain.content import Sample
from scanner.rulebook.check import check_rules
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.problems import errors_of, render_all
from scripts.rules_doc import PAGE, page
from tests.unit.rulebook.house import SHIPPED, rules_folder

OPERATOR = PAGE.parent / "examples" / "operator-rules"
AGREEMENT = Path(__file__).resolve().parents[4] / "shared" / "agreement.md"


def test_the_shipped_rules_pass_the_gate() -> None:
    report = check_rules(SHIPPED, eyes_of, quick=True)
    assert not report.errors, render_all(report.errors, report.texts)


@pytest.mark.slow
def test_the_shipped_rules_keep_their_budgets_and_end_on_crafted_bytes() -> None:
    report = check_rules(SHIPPED, eyes_of)
    assert not errors_of(report.problems), render_all(report.errors, report.texts)


def test_the_page_of_all_rules_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_example_of_an_operators_folder_loads_over_the_shipped_rules() -> None:
    book = load_rulebook(SHIPPED, OPERATOR, date(2026, 11, 24))
    clauses = {rule.clause for rule in book.rules.values() if rule.file.startswith("overlay/")}
    assert {"3.1.3.1", "3.1.3.2", "3.1.3.3", "3.1.3.9"} <= clauses
    assert "mailer.bulk-script" not in book.rules
    assert len(book.hashes) == 1
    found = detector(book, cage_mode="off").detect(Sample("page.txt", "出租江苏1005账号，已实名".encode()))
    assert "service-terms.account-resale" in {each.rule for each in found.findings}


@pytest.mark.skipif(not AGREEMENT.exists(), reason="the agreement's text is not beside this checkout")
def test_every_clause_is_the_agreements_own_text(tmp_path: Path) -> None:
    text = AGREEMENT.read_text(encoding="utf-8")
    for clause in load_rulebook(rules_folder(tmp_path)).agreement.clauses.values():
        assert f"**{clause.number}** {clause.zh}" in text
