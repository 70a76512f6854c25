"""From files to a rulebook."""

from datetime import date
from pathlib import Path

import pytest

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Severity
from scanner.domain.rules import RuleKind, RuleStatus
from scanner.errors import RuleError
from scanner.rulebook.load import inspect_rulebook, load_rulebook
from scanner.rulebook.problems import RulebookError, errors_of
from tests.unit.rulebook.house import PACK, RULE, SAMPLES, rules_folder

ID = "webshell.php-eval-request"


def test_a_good_folder_gives_rules_with_their_grades_and_places(tmp_path: Path) -> None:
    book = load_rulebook(rules_folder(tmp_path, {"keywords/gambling.yaml": PACK}))
    yara_rule, word_rule = book.rules[ID], book.rules["gambling.online-casino"]
    assert (yara_rule.kind, yara_rule.severity, yara_rule.status) == (RuleKind.YARA, Severity.HIGH, RuleStatus.REVIEW)
    assert (yara_rule.file, yara_rule.line, yara_rule.lane) == ("yara/webshell/php.yar", 1, "script")
    assert (word_rule.kind, word_rule.pack, word_rule.pack_version) == (RuleKind.KEYWORDS, "gambling", "2026.11.1")
    assert book.yara[0].names == {"webshell_php_eval_request": ID}
    assert book.broken == ()


def test_the_shipped_agreement_holds_every_clause_under_its_ceiling(tmp_path: Path) -> None:
    agreement = load_rulebook(rules_folder(tmp_path)).agreement
    assert len(agreement.clauses) == 17
    assert agreement.clause("3.1.3.5.8").ceiling is Ceiling.REVIEW
    assert agreement.clause("3.1.3.6").ceiling is Ceiling.THROTTLE
    assert agreement.clause("3.1.3.7").ceiling is Ceiling.SUSPEND
    assert all(clause.zh and clause.en for clause in agreement.clauses.values())


def test_every_problem_is_told_and_not_only_the_first(tmp_path: Path) -> None:
    broken = RULE.replace('"3.1.3.7"', '"9.9"').replace('"suspend"', '"delete"')
    root = rules_folder(tmp_path, {"yara/webshell/php.yar": broken, "keywords/bad.yaml": "- [", "yara/x.yar": "rule {"})
    with pytest.raises(RulebookError) as refused:
        load_rulebook(root)
    files = {each.file for each in refused.value.problems}
    assert files == {"yara/webshell/php.yar", "keywords/bad.yaml", "yara/x.yar"}
    assert len(refused.value.problems) == 4
    assert "3 more problems" in str(refused.value)
    assert isinstance(refused.value, RuleError)


def test_one_bad_file_refuses_the_set_and_never_empties_it(tmp_path: Path) -> None:
    book, problems = inspect_rulebook(rules_folder(tmp_path, {"yara/bad.yar": "rule bad { condition: nothing_known }"}))
    assert book is None
    assert errors_of(problems)


@pytest.mark.parametrize("name", ["agreement.yaml", "policy.yaml"])
def test_a_missing_agreement_or_policy_is_named(name: str, tmp_path: Path) -> None:
    root = rules_folder(tmp_path)
    (root / name).unlink()
    _, problems = inspect_rulebook(root)
    assert any(each.file == name and "no such file" in each.message for each in problems)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="there is no such folder"):
        load_rulebook(tmp_path / "nowhere")


def test_the_digest_follows_what_judges_and_not_the_samples(tmp_path: Path) -> None:
    root = rules_folder(tmp_path)
    first = load_rulebook(root).digest
    (root / "samples/webshell.yaml").write_text("schema: 1\nsamples: {}\n", encoding="utf-8")
    assert load_rulebook(root).digest == first
    (root / "yara/webshell/php.yar").write_text(RULE.replace("{0,8}", "{0,9}", 1), encoding="utf-8")
    assert load_rulebook(root).digest != first


def test_a_revision_changes_with_the_rule_and_with_what_it_builds_on(tmp_path: Path) -> None:
    private = 'private rule is_php { strings: $a = "<?php" condition: $a }\n'
    text = private + RULE.replace("    $eval\n}", "    $eval and is_php\n}")
    other = RULE.replace("eval_request", "assert_request").replace("eval-request", "assert-request")
    root = rules_folder(tmp_path, {"yara/webshell/php.yar": text + other})
    before = load_rulebook(root).rules
    (root / "yara/webshell/php.yar").write_text(text.replace('"<?php"', '"<?PHP"') + other, encoding="utf-8")
    after = load_rulebook(root).rules
    assert before[ID].revision != after[ID].revision
    assert before["webshell.php-assert-request"].revision == after["webshell.php-assert-request"].revision


def test_a_keyword_rules_revision_changes_with_its_packs_lists(tmp_path: Path) -> None:
    root = rules_folder(tmp_path, {"keywords/gambling.yaml": PACK})
    before = load_rulebook(root).rules["gambling.online-casino"].revision
    (root / "keywords/gambling.yaml").write_text(PACK.replace("判决]", "判决, 公诉]"), encoding="utf-8")
    assert load_rulebook(root).rules["gambling.online-casino"].revision != before


def test_a_private_rule_needs_no_contract_and_reports_nothing(tmp_path: Path) -> None:
    private = 'private rule is_php { strings: $a = "<?php" condition: $a }\n'
    book = load_rulebook(rules_folder(tmp_path, {"yara/webshell/php.yar": private + RULE}))
    assert list(book.rules) == [ID]
    assert "is_php" not in book.yara[0].names


def test_a_superstition_rule_stays_under_review_though_its_clause_may_suspend(tmp_path: Path) -> None:
    text = PACK.replace("gambling.online-casino", "superstition.paid-fortune").replace("3.1.3.5.4", "3.1.3.5.3")
    _, problems = inspect_rulebook(rules_folder(tmp_path, {"keywords/s.yaml": text}))
    assert any("ceiling suspend is above" in each.message for each in errors_of(problems))
    _, problems = inspect_rulebook(
        rules_folder(tmp_path, {"keywords/s.yaml": text.replace("ceiling: suspend", "ceiling: review")})
    )
    assert errors_of(problems) == ()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = rules_folder(tmp_path)
    secret = tmp_path / "secret.yar"
    secret.write_text(RULE, encoding="utf-8")
    (root / "yara/link.yar").symlink_to(secret)
    _, problems = inspect_rulebook(root)
    assert any(each.file == "yara/link.yar" and "link out of the rules folder" in each.message for each in problems)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    _, problems = inspect_rulebook(rules_folder(tmp_path, {"yara/latin.yar": "rule ä".encode("latin-1")}))
    assert any(each.file == "yara/latin.yar" and "UTF-8" in each.mend for each in problems)


def test_an_empty_pack_is_refused(tmp_path: Path) -> None:
    _, problems = inspect_rulebook(
        rules_folder(tmp_path, {"keywords/empty.yaml": "schema: 1\npack: x\nversion: 1\nrules: []\n"})
    )
    assert any(each.file == "keywords/empty.yaml" for each in errors_of(problems))


def test_what_was_measured_travels_with_the_rules(tmp_path: Path) -> None:
    rows = f"  {ID}: {{right: 40, wrong: 1, revision: abc}}\n  webshell.gone: {{right: 1, wrong: 0, revision: x}}\n"
    root = rules_folder(tmp_path, {"precision.yaml": f"schema: 1\nrules:\n{rows}"})
    assert load_rulebook(root).recorded == {ID: (40, 1)}


def test_a_record_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    root = rules_folder(tmp_path, {"precision.yaml": f"rules:\n  {ID}: {{right: many}}\n"})
    _, problems = inspect_rulebook(root)
    assert any(each.file == "precision.yaml" and each.line == 2 for each in errors_of(problems))


def test_the_same_folder_loads_to_the_same_rulebook(tmp_path: Path) -> None:
    root = rules_folder(tmp_path, {"keywords/gambling.yaml": PACK, "samples/webshell.yaml": SAMPLES})
    assert load_rulebook(root, today=date(2026, 1, 1)) == load_rulebook(root, today=date(2026, 1, 1))
