"""Writes docs/rules.md from rules/: `python -m scripts.rules_doc`."""

from pathlib import Path

from scanner.rulebook.catalogue import catalogue
from scanner.rulebook.load import load_rulebook

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"


def page() -> str:
    """The page as the files in rules/ make it."""
    return catalogue(load_rulebook(ROOT / "rules"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
