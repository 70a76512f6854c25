"""What a rule looks for, in the reader's language."""

from collections.abc import Mapping
from functools import cache

import yaml

from console.pages.words import LOCALES
from scanner.domain.rules import Rule

FILE = LOCALES / "rules_zh.yaml"


@cache
def chinese() -> Mapping[str, str]:
    """The Chinese descriptions of the shipped rules, by rule id."""
    found: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def described(language: str, rule: Rule) -> tuple[str, str]:
    """The description and the language that it is in: the rule's own Chinese, then ours, then English."""
    if language == "zh" and (told := rule.description_zh or chinese().get(rule.id, "")):
        return told, "zh"
    return rule.description, "en"
