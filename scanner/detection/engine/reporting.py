"""Hits as findings: what the rulebook says of the rule, where the hit is, and a bounded printable excerpt."""

from collections.abc import Iterable

from scanner.detection.engine.hits import RuleHit
from scanner.detection.unpack.views import View
from scanner.domain.findings import Finding, Layer
from scanner.domain.rules import Rule

MATCHED_CHARS = 80
DETAIL_CHARS = 400
_BLANKS = str.maketrans("\r\n\t", "   ")


def yara_finding(hit: RuleHit, rule: Rule, view: View, chars: int) -> Finding:
    """The finding of a YARA rule: at its earliest string, or at the whole view for a rule without strings."""
    first = hit.strings[0] if hit.strings else None
    places = ", ".join(f"{each.name}@{each.offset}" for each in hit.strings)
    return Finding(
        rule=rule.id,
        revision=rule.revision,
        clause=rule.clause,
        severity=rule.severity,
        confidence=rule.confidence,
        path=view.path,
        layer=view.layer,
        offset=first.offset if first else 0,
        length=first.length if first else len(view.data),
        matched=printable(first.data, MATCHED_CHARS) if first else rule.id,
        excerpt=excerpt(view.data, first.offset if first else 0, first.length if first else 0, chars),
        detail=places[:DETAIL_CHARS] or "the condition holds without a string",
    )


def excerpt(data: bytes, offset: int, length: int, chars: int) -> str:
    """Printable bytes round a place, at most `chars` characters."""
    before = chars // 4
    start = max(0, offset - before)
    return printable(data[start : max(start + chars, offset + min(length, chars))], chars)


def printable(data: bytes, chars: int) -> str:
    """Bytes as text for people: UTF-8 where it is, zero bytes left out, the rest as a dot."""
    return printable_text(data.replace(b"\0", b"").decode("utf-8", "replace"), chars)


def printable_text(text: str, chars: int) -> str:
    """At most `chars` characters that a terminal or page shows as they are; runs of blanks as one."""
    head = text[: 4 * chars].translate(_BLANKS)
    shown = "".join(_shown(char) for char in head) if not head.isprintable() or "\ufffd" in head else head
    return " ".join(shown.split())[:chars]


def _shown(char: str) -> str:
    return char if char.isprintable() and char != "\ufffd" else "·"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """A stable order: the gravest first, then rule, path, layer and place."""
    layers = list(Layer)
    return sorted(
        findings,
        key=lambda f: (
            -f.severity, -f.confidence, f.rule, f.path, layers.index(f.layer), f.offset or 0, f.length, f.detail
        ),
    )  # fmt: skip
