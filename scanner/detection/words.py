"""The keyword half over the views of a content: its texts, decoded in every way in question, and its names."""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from scanner.detection.engine.reporting import printable_text
from scanner.detection.unpack.views import View
from scanner.domain.findings import MEANT, Confidence, Finding, Layer
from scanner.domain.rules import Rule, RuleFile, digest_of
from scanner.keywords.matcher import Matcher
from scanner.keywords.packs import parse_pack
from scanner.keywords.scorer_card import read_card, scorer_of
from scanner.keywords.scorer_features import FEATURES
from scanner.keywords.scorer_panel import Panel
from scanner.keywords.values import KeywordHit
from scanner.text.views import TextView, name_view, plain_view, text_views

MATCHED_CHARS = 80
DETAIL_CHARS = 400
MOST_SCORED = 1 << 15  # characters: more is no message, and five scorers cost more than all keyword rules there
OUT_OF_SAMPLE = "not in the sample that scorers in the nursery read"
PROSE = frozenset({"text", "page"})  # families that scorers read: they learned from messages, code misleads them
_READ_ALIKE = (Layer.SOURCE,)  # layers whose rules run on text that came without markup too


@dataclass(frozen=True, slots=True)
class Words:
    """A matcher, or None where the rulebook has no keyword rules, and scorers over the same texts.

    `panel` holds all scorers, `grown` those that are out of the nursery.
    """

    matcher: Matcher | None
    panel: Panel = field(default_factory=Panel)
    grown: Panel = field(default_factory=Panel)

    def hits(
        self, view: View, *, with_nursery: bool = True
    ) -> tuple[tuple[KeywordHit, ...], tuple[str, ...], tuple[str, ...]]:
        """Hits in a view's texts, what the coverage should say of its text, and what was not judged to its end.

        Without `with_nursery`, scorers that are in the nursery are not asked.
        """
        if self.matcher is None and not self.panel.scorers:
            return (), (), ()
        texts, notes = texts_of(view)
        scored, passed = self._scored(view, texts, self.panel if with_nursery else self.grown)
        notes = (*notes, *passed)
        if self.matcher is None:
            return scored, notes, tuple(f"view {text.layer}: {text.left}" for text in texts if text.left)
        looked = self.matcher.look(texts)
        return (*looked.hits, *scored), notes, looked.unread

    def _scored(
        self, view: View, texts: Sequence[TextView], asked: Panel
    ) -> tuple[tuple[KeywordHit, ...], tuple[str, ...]]:
        """What scorers find in texts as long as messages are, and a remark where a text or a scorer was left out."""
        if not self.panel.scorers or view.family not in PROSE:
            return (), ()
        notes = (OUT_OF_SAMPLE,) if len(asked.scorers) < len(self.panel.scorers) else ()
        if not asked.scorers:
            return (), notes
        short = tuple(text for text in texts if len(text.text) <= MOST_SCORED)
        if len(short) < len(texts):
            notes = (*notes, f"not scored: over {MOST_SCORED} characters")
        return asked.scan(short), notes

    def name_hits(self, name: str, layer: Layer) -> tuple[KeywordHit, ...]:
        """Hits in an object's key or in a member's name."""
        if self.matcher is None or self.matcher.is_quiet(name):
            return ()
        return self.matcher.scan((name_view(name, layer),))

    @property
    def engine(self) -> str:
        """For the coverage record."""
        words = f"keywords/{self.matcher.program.engine}" if self.matcher is not None else ""
        scorers = f"scorers/{FEATURES}" if self.panel.scorers else ""
        return " ".join(filter(None, (words, scorers)))


def texts_of(view: View) -> tuple[tuple[TextView, ...], tuple[str, ...]]:
    """The texts of a view: decoded bytes of a raw one, the text itself of one that was extracted."""
    if view.layer is Layer.RAW:
        return text_views(view.data, view.family, view.charset, view.path, view.lanes)
    text = view.data.decode("utf-8", "replace")
    return (plain_view(text, view.layer, _READ_ALIKE if view.layer is Layer.TEXT else ()),), ()


def build_words(files: Sequence[RuleFile]) -> bytes:
    """The matcher of keyword packs as bytes; empty without packs."""
    packs = [parse_pack(file.path, file.text) for file in files]
    return Matcher.build(packs).dump(_digest(files)) if packs else b""


def build_cards(files: Sequence[RuleFile]) -> bytes:
    """Scorers' cards as bytes that are read faster than YAML; RuleError where one is none."""
    return json.dumps([read_card(card.text) for card in files]).encode()


def load_words(files: Sequence[RuleFile], body: bytes, cards: bytes = b"[]", nursery: Container[str] = ()) -> Words:
    """The matcher that `build_words` wrote for the same files, and the scorers that `build_cards` wrote.

    Checksums are not compared here: whoever read the bytes did. `nursery` holds the ids of rules that are counted only.
    RuleError where the bytes do not fit, or a card is not as it should be.
    """
    matcher = Matcher.load(_digest(files), body, sound=True) if body else None
    every = [scorer_of(card) for card in json.loads(cards)]
    return Words(matcher, Panel.of(every), Panel.of(one for one in every if one.id not in nursery))


def keyword_finding(hit: KeywordHit, rule: Rule, path: str, chars: int) -> Finding:
    """The finding of a keyword rule, at its leading word."""
    return Finding(
        rule=rule.id,
        revision=rule.revision,
        clause=rule.clause,
        severity=rule.severity,
        confidence=Confidence.LOW if hit.meant else rule.confidence,
        path=path,
        layer=hit.layer,
        offset=hit.offset,
        length=hit.length,
        matched=printable_text(hit.original, MATCHED_CHARS),
        excerpt=printable_text(hit.excerpt, chars),
        detail=printable_text(f"{MEANT}{hit.why}" if hit.meant else hit.why, DETAIL_CHARS),
    )


def _digest(files: Iterable[RuleFile]) -> str:
    """One digest over the packs' own texts; nothing is parsed for it."""
    return digest_of((file.path, file.text.encode()) for file in files)
