"""Hits as findings: what the rulebook says of the rule, where the hit is, and a bounded printable excerpt."""

from collections.abc import Iterable

from scanner.detection.engine.hits import RuleHit
from scanner.detection.unpack.views import View
from scanner.domain.findings import Finding, Layer
from scanner.domain.rules import Rule

MATCHED_CHARS = 80
DETAIL_CHARS = 400
_KEPT = 8_192  # characters of which it is kept how they are shown


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


_PLACES = {layer: place for place, layer in enumerate(Layer)}


class _Shown(dict[int, str]):
    """What stands for each character, made when first asked; so many are kept."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        shown = char if char.isprintable() and char != "\ufffd" else "·"
        if len(self) < _KEPT:
            self[code] = shown
        return shown


_SHOWN = _Shown({ord(blank): " " for blank in "\r\n\t"})


def printable_text(text: str, chars: int) -> str:
    """At most `chars` characters that a terminal or page shows as they are; runs of blanks as one."""
    head = text[: 4 * chars]
    shown = head if head.isprintable() and "\ufffd" not in head else head.translate(_SHOWN)
    return " ".join(shown.split())[:chars]


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """A stable order: the gravest first, then rule, path, layer and place."""
    return sorted(
        findings,
        key=lambda f: (
            -f.severity, -f.confidence, f.rule, f.path, _PLACES[f.layer], f.offset or 0, f.length, f.detail
        ),
    )  # fmt: skip
