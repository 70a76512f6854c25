"""How right: the shipped keyword rules on the labelled development lines, by category, with 95 % intervals."""

from collections.abc import Iterator

from benchmarks.detect_rows import Row, at_least, at_most
from benchmarks.evasion_text import interval
from benchmarks.keywords_text import Line
from scanner.domain.findings import Layer, Severity
from scanner.keywords.matcher import Matcher
from scanner.keywords.values import Pack
from scanner.text.views import plain_view

CATEGORIES = (  # category of the lines, and the clauses whose rules should find them
    ("gambling", ("3.1.3.5.4",)),
    ("porn", ("3.1.3.5.3",)),
    ("fraud", ("3.1.3.7", "3.1.3.4")),
    ("illicit_ads", ("3.1.3.5.8", "3.1.3.7", "3.1.3.4", "3.1.3.5.4", "3.1.3.5.3")),
    ("tg_illicit_ads", ("3.1.3.5.8", "3.1.3.7", "3.1.3.4", "3.1.3.5.4", "3.1.3.5.3")),
    ("spam_en", ("3.1.3.4", "3.1.3.7")),
)
SHORT = 160  # characters of a short text
NOTE = "development half, which the rules were written on"


def accuracy_rows(matcher: Matcher, packs: list[Pack], lines: list[Line]) -> Iterator[Row]:
    """Benign lines flagged, recall and precision by category; nothing where the lines are absent."""
    rules = {rule.id: rule for pack in packs for rule in pack.rules}
    hits = [{hit.rule for hit in matcher.scan((plain_view(line.text, Layer.TEXT),))} for line in lines]
    high = [any(rules[name].severity >= Severity.HIGH for name in found) for found in hits]
    for name, target, kept in (
        ("short texts", 0.0002, lambda line: len(line.text) <= SHORT and line.cat != "law_hardneg"),
        ("statutes", 0.002, lambda line: line.cat == "law_hardneg"),
    ):
        some = [flag for line, flag in zip(lines, high, strict=True) if line.negative_for == "all" and kept(line)]
        if some:
            yield at_most(f"benign {name} flagged at severity high", _share(some), "share", target, _said(some))
    for category, clauses in CATEGORIES:
        of_clause = [any(rules[name].clause in clauses for name in found) for found in hits]
        found = [flag for line, flag in zip(lines, of_clause, strict=True) if line.cat == category]
        wrong = [flag for line, flag in zip(lines, of_clause, strict=True) if line.negative_for == "all"]
        if found:
            yield at_least(f"{category}: recall", _share(found), "share", None, _said(found))
            right = sum(found)
            precise = [True] * right + [False] * sum(wrong)
            yield at_least(f"{category}: precision", _share(precise), "share", None, _said(precise))


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _said(flags: list[bool]) -> str:
    low, high = interval(sum(flags), len(flags))
    return f"{sum(flags)} of {len(flags)}, 95 % interval {low:.4f} to {high:.4f}; {NOTE}"
