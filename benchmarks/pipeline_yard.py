"""The yardstick's rules, for plain YARA and as a rulebook of ours: what both sides of a like-for-like run have."""

import random
import shutil
from pathlib import Path

from scanner.bootstrap import default_rules_dir

LITERALS = 1_000
_RULE = """rule yard_r{number}
{{
    meta:
        id = "yard.r{number}"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A literal of the benchmark's yardstick"
        author = "aup-scanner authors"
        reference = "https://example.org/"
        lane = "any"
    strings:
        $a = "{literal}"
    condition:
        $a
}}
"""


def literals() -> list[str]:
    """A thousand words that no content has, always the same."""
    dice = random.Random(1)
    return ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=12)) for _ in range(LITERALS)]


def plain_source() -> str:
    """The rules as plain YARA."""
    return "\n".join(
        f'rule r{number} {{ strings: $a = "{literal}" condition: $a }}' for number, literal in enumerate(literals())
    )


def rulebook(folder: Path) -> Path:
    """A rules folder of ours in `folder` with these rules and no others; its path."""
    rules = folder / "yardstick-rules"
    shutil.copytree(default_rules_dir(), rules)
    for name in ("keywords", "scorers", "yara", "samples"):
        shutil.rmtree(rules / name)
    (rules / "yara" / "yard").mkdir(parents=True)
    told = "\n".join(_RULE.format(number=number, literal=literal) for number, literal in enumerate(literals()))
    (rules / "yara" / "yard" / "yard.yar").write_text(told, encoding="utf-8")
    return rules
