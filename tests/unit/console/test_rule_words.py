"""Rules are described in the reader's language."""

import re

from console.pages.frame import environment
from console.pages.rule_words import chinese, described
from scanner.bootstrap_local import load_rulebook
from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.rules import Rule, RuleKind, RuleStatus

HANZI = re.compile("[㐀-鿿]")
LONGEST = 60  # letters: one line on the case page


def rule(**told: str) -> Rule:
    return Rule(
        "own.rule", RuleKind.YARA, "3.1.3.7", Severity.HIGH, Confidence.HIGH, Ceiling.REVIEW, RuleStatus.REVIEW,
        "An English description", **told,
    )  # fmt: skip


def test_every_shipped_rule_of_a_judged_clause_has_a_chinese_description() -> None:
    book = load_rulebook()
    owed = [one.id for one in book.rules.values() if one.status is not RuleStatus.NURSERY and one.clause]
    assert len(owed) > 250
    lacking = [one for one in owed if described("zh", book.rules[one])[1] != "zh"]
    assert lacking == [], "write a line for each in console/locales/rules_zh.yaml, or description_zh in the rule"
    assert sorted(set(chinese()) - set(book.rules)) == []


def test_they_are_chinese_and_terse_and_no_two_the_same() -> None:
    told = chinese()
    assert [one for one, text in told.items() if not HANZI.search(text) or len(text) > LONGEST] == []
    assert len(set(told.values())) == len(told)
    assert [one for one, text in told.items() if text.endswith("。")] == []


def test_a_rules_own_words_go_before_ours_and_english_is_marked_as_such() -> None:
    assert described("zh", rule(description_zh="自己的说明")) == ("自己的说明", "zh")
    assert described("zh", rule()) == ("An English description", "en")
    assert described("en", rule(description_zh="自己的说明")) == ("An English description", "en")
    page = environment("zh").from_string(
        '{% from "desk/parts.html" import description with context %}{{ description(rule) }}'
    )
    assert page.render(rule=rule(), language="zh", person=None) == '<p lang="en">An English description</p>'
    assert page.render(rule=rule(description_zh="说明"), language="zh", person=None) == "<p>说明</p>"
