"""The operator's overlay: over the shipped rules, and untouched by an upgrade."""

from datetime import date
from pathlib import Path

from scanner.detection.hashes import in_force
from scanner.domain.clauses import Ceiling
from scanner.domain.content import Sample
from scanner.domain.findings import Severity
from scanner.domain.rules import HashEntry, Rulebook, RuleStatus
from scanner.rulebook.explaining import plain_eyes
from scanner.rulebook.load import inspect_rulebook, load_rulebook
from scanner.rulebook.problems import Level, Problem, errors_of
from tests.unit.rulebook.house import PACK, RULE, folder, rules_folder

ID = "webshell.php-eval-request"
TODAY = date(2026, 11, 24)
GRANT = "owner: trust team, legal_basis: §3.1.3.5.4, review_date: 2026-12-31, expiry: 2027-06-30"
HASHES = f"""\
schema: 1
id: hashes.known
clause: 3.1.3.7
severity: critical
confidence: high
ceiling: suspend
status: review
description: Files that were judged before
author: trust team
reference: own cases
source: own cases
file: known.txt
rollout: 0.5
entries:
- {{sha256: {"a" * 64}, expires: 2027-01-01, note: first}}
- {{pdq: {"b" * 64}, distance: 20}}
"""


def overlay(tmp_path: Path, text: str, **files: str) -> Path:
    """An operator's folder; in names of files `__` stands for `/`."""
    given = {name.replace("__", "/"): body for name, body in files.items()}
    return folder(tmp_path / "overlay", {"overlay.yaml": f"schema: 1\n{text}", **given})


def test_a_disabled_rule_reports_nothing_but_others_may_build_on_it(tmp_path: Path) -> None:
    other = RULE.replace("php_eval_request", "php_two").replace("php-eval-request", "php-two")
    other = other.replace("    $eval\n}", "    $eval and webshell_php_eval_request\n}")
    root = rules_folder(tmp_path, {"yara/webshell/php.yar": RULE + other})
    own = overlay(tmp_path, f"disable: [{{rule: {ID}, reason: noisy, owner: trust team}}]\n")
    book = load_rulebook(root, own, TODAY)
    assert list(book.rules) == ["webshell.php-two"]
    assert plain_eyes(book).hits(Sample("a.php", b"eval($_GET[1])")) == {"webshell.php-two"}


def test_a_disabled_rule_comes_back_after_its_day(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"disable: [{{rule: {ID}, reason: noisy, owner: t, until: 2026-12-01}}]\n")
    root = rules_folder(tmp_path)
    assert ID not in load_rulebook(root, own, date(2026, 12, 1)).rules
    assert ID in load_rulebook(root, own, date(2026, 12, 2)).rules


def test_a_regraded_rule_keeps_its_text_and_takes_the_new_grades(tmp_path: Path) -> None:
    row = "{rule: 'webshell.*', severity: low, status: shadow, ceiling: review, reason: noisy, owner: trust team}"
    own = overlay(tmp_path, f"regrade: [{row}]\n")
    rule = load_rulebook(rules_folder(tmp_path), own, TODAY).rules[ID]
    assert (rule.severity, rule.status, rule.ceiling) == (Severity.LOW, RuleStatus.SHADOW, Ceiling.REVIEW)


def test_an_extension_adds_words_to_a_shipped_pack(tmp_path: Path) -> None:
    text = (
        "extend:\n- pack: gambling\n  exceptions: [澳门娱乐城旧址]\n  lists: {law: [公诉机关]}\n"
        "  terms: {gambling.online-casino: {venue: [大三元平台]}}\n  reason: seen here\n  owner: trust team\n"
    )
    root = rules_folder(tmp_path, {"keywords/gambling.yaml": PACK})
    book = load_rulebook(root, overlay(tmp_path, text), TODAY)
    assert all(word in book.keywords[0].text for word in ("澳门娱乐城旧址", "公诉机关", "大三元平台"))
    assert book.rules["gambling.online-casino"].revision != load_rulebook(root).rules["gambling.online-casino"].revision
    assert book.digest != load_rulebook(root).digest


def test_an_extension_of_nothing_is_refused(tmp_path: Path) -> None:
    text = (
        "extend:\n- {pack: poker, exceptions: [一路], reason: r, owner: o}\n"
        "- {pack: gambling, terms: {gambling.online-casino: {nothing: [词语]}}, reason: r, owner: o}\n"
    )
    root = rules_folder(tmp_path, {"keywords/gambling.yaml": PACK})
    _, problems = inspect_rulebook(root, overlay(tmp_path, text), TODAY)
    assert [each.message for each in errors_of(problems)] == ["no pack has that name", "there is no group 'nothing'"]


def test_an_own_list_is_refused_without_owner_legal_basis_and_days(tmp_path: Path) -> None:
    own = overlay(tmp_path, "own: [{file: keywords/own.yaml, owner: trust team}]\n", keywords__own_yaml="")
    (own / "keywords/own.yaml").write_text(PACK, encoding="utf-8")
    _, problems = inspect_rulebook(rules_folder(tmp_path), own, TODAY)
    missing = {each.message for each in errors_of(problems)}
    assert {"legal_basis is missing", "review_date is missing", "expiry is missing"} <= missing


def test_an_expired_list_is_set_aside_with_its_reason_and_the_rest_stays(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"own: [{{file: keywords/own.yaml, {GRANT}}}]\n")
    folder(own, {"keywords/own.yaml": PACK})
    root = rules_folder(tmp_path)
    assert "gambling.online-casino" in load_rulebook(root, own, TODAY).rules
    book = load_rulebook(root, own, date(2027, 7, 1))
    assert list(book.rules) == [ID]
    assert book.broken == (("overlay/keywords/own.yaml", "expired on 2027-06-30 (owner trust team)"),)


def test_a_list_whose_review_is_due_is_warned_about(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"own: [{{file: keywords/own.yaml, {GRANT}}}]\n")
    folder(own, {"keywords/own.yaml": PACK})
    book, problems = inspect_rulebook(rules_folder(tmp_path), own, date(2027, 1, 2))
    assert book is not None
    assert [each.level for each in problems] == [Level.WARNING]
    assert "was to be reviewed by 2026-12-31" in problems[0].message


def test_a_rule_of_the_operators_may_not_take_a_shipped_id(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"own: [{{file: yara/own.yar, {GRANT}}}]\n")
    folder(own, {"yara/own.yar": RULE})
    _, problems = inspect_rulebook(rules_folder(tmp_path), own, TODAY)
    assert any("the id stands already at yara/webshell/php.yar:1" in each.message for each in errors_of(problems))


def test_hash_lists_give_entries_of_one_rule(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"own: [{{file: hashes/known.yaml, {GRANT}}}]\n")
    folder(own, {"hashes/known.yaml": HASHES, "hashes/known.txt": f"# more\n{'c' * 64}  # second\n"})
    book = load_rulebook(rules_folder(tmp_path), own, TODAY)
    assert book.hashes == (
        HashEntry("sha256", "a" * 64, "hashes.known", False, 0, "2027-01-01", 0.5),
        HashEntry("pdq", "b" * 64, "hashes.known", False, 20, "", 0.5),
        HashEntry("sha256", "c" * 64, "hashes.known", False, 0, "", 0.5),
    )


def listed(tmp_path: Path, text: str) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    own = overlay(tmp_path, f"own: [{{file: hashes/known.yaml, {GRANT}}}]\n")
    folder(own, {"hashes/known.yaml": text, "hashes/known.txt": f"{'c' * 64}\n"})
    return inspect_rulebook(rules_folder(tmp_path), own, TODAY)


def test_a_lists_own_distance_holds_for_its_pictures_unless_an_entry_says_another(tmp_path: Path) -> None:
    more = f"- {{pdq: {'d' * 64}}}\n"
    book, _ = listed(tmp_path, HASHES.replace("entries:\n", "distance: 12\nentries:\n") + more)
    assert book is not None
    assert [entry.distance for entry in book.hashes if entry.algorithm == "pdq"] == [20, 12]


def test_a_distance_at_which_all_pictures_are_alike_is_refused(tmp_path: Path) -> None:
    _, problems = listed(tmp_path, HASHES.replace("distance: 20", "distance: 128"))
    [refused] = errors_of(problems)
    assert "distance = 128" in refused.message
    assert "64 or less" in refused.mend


def test_a_list_without_a_source_is_refused(tmp_path: Path) -> None:
    _, problems = listed(tmp_path, HASHES.replace("source: own cases\n", ""))
    assert [each.message for each in errors_of(problems)] == ["source is missing"]


def test_one_entry_is_switched_off_until_a_day_and_counts_from_then_on(tmp_path: Path) -> None:
    book, _ = listed(tmp_path, HASHES + f"- {{sha256: {'e' * 64}, off_until: 2026-12-24}}\n")
    assert book is not None
    [entry] = [each for each in book.hashes if each.digest == "e" * 64]
    assert not in_force(entry, "0" * 64, date(2026, 12, 23))
    assert in_force(entry, "0" * 64, date(2026, 12, 24))


def test_a_hash_list_that_is_switched_off_says_until_when(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"own: [{{file: hashes/known.yaml, {GRANT}}}]\n")
    folder(own, {"hashes/known.yaml": HASHES + "off_until: 2026-12-24\n", "hashes/known.txt": f"{'c' * 64}\n"})
    book, problems = inspect_rulebook(rules_folder(tmp_path), own, TODAY)
    assert book is not None
    assert book.hashes == ()
    assert book.broken == (("overlay/hashes/known.yaml", "hashes.known is switched off until 2026-12-24"),)
    assert [each.level for each in problems] == [Level.WARNING]
    assert len(load_rulebook(rules_folder(tmp_path), own, date(2026, 12, 24)).hashes) == 3


def test_an_overlays_policy_changes_single_keys(tmp_path: Path) -> None:
    policy = "clauses:\n  3.1.3.7: {suspend_at: critical}\nprotected: [bank-1]\n"
    own = folder(tmp_path / "overlay", {"policy.yaml": policy})
    changed, shipped = (
        load_rulebook(rules_folder(tmp_path), own, TODAY).policy,
        load_rulebook(rules_folder(tmp_path)).policy,
    )
    assert changed.of("3.1.3.7").suspend_at is Severity.CRITICAL
    assert changed.of("3.1.3.7").sla_hours == shipped.of("3.1.3.7").sla_hours
    assert changed.protected == {"bank-1"}
    assert changed.owed == shipped.owed


def test_an_overlay_without_a_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    root = rules_folder(tmp_path)
    assert load_rulebook(root, tmp_path / "empty", TODAY).rules == load_rulebook(root).rules


def test_an_overlay_survives_an_upgrade_of_the_shipped_rules(tmp_path: Path) -> None:
    own = overlay(tmp_path, f"regrade: [{{rule: {ID}, severity: low, reason: r, owner: o}}]\n")
    root = rules_folder(tmp_path)
    folder(root, {"yara/webshell/php.yar": RULE.replace("{0,8}", "{0,16}")})
    assert load_rulebook(root, own, TODAY).rules[ID].severity is Severity.LOW
