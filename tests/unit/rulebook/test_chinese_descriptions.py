"""A rule may bring its description in Chinese, in YARA meta and in packs."""

from pathlib import Path

from scanner.rulebook.load import load_rulebook
from tests.unit.rulebook.house import PACK, RULE, rules_folder


def with_chinese(text: str, key: str) -> str:
    """The rule's text with the line of its description followed by a Chinese one."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("description"))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "\n".join([*lines[: at + 1], f"{indent}{key}", *lines[at + 1 :], ""])


def test_yara_rules_and_packs_may_say_it_in_chinese(tmp_path: Path) -> None:
    files = {
        "yara/webshell/php.yar": with_chinese(RULE, 'description_zh = "执行请求中的代码"'),
        "keywords/gambling.yaml": with_chinese(PACK, "description_zh: 网络赌场推广"),
    }
    book = load_rulebook(rules_folder(tmp_path, files))
    told = {rule.id: rule.description_zh for rule in book.rules.values()}
    assert told == {"webshell.php-eval-request": "执行请求中的代码", "gambling.online-casino": "网络赌场推广"}


def test_a_rule_without_one_has_none(tmp_path: Path) -> None:
    book = load_rulebook(rules_folder(tmp_path, {"keywords/gambling.yaml": PACK}))
    assert {rule.description_zh for rule in book.rules.values()} == {""}
