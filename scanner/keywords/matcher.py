"""The matcher: packs in, hits out."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scanner.domain.findings import Layer
from scanner.keywords.automata import engine_name
from scanner.keywords.mending import Vocabulary, mended
from scanner.keywords.program import Program, compile_packs
from scanner.keywords.reporting import hit_of
from scanner.keywords.scanning import judge_view
from scanner.keywords.seeing import Seeing
from scanner.keywords.storing import dump_program, load_program
from scanner.keywords.values import KeywordHit, Pack
from scanner.keywords.whole import MAX_LOOKED
from scanner.text.folding import fold_text
from scanner.text.views import TextView

_NEVER_PLAIN = re.compile("[&%\\\\'\"`(,=\x02]")  # what escapes, codes and joined strings begin with; and a break


@dataclass(frozen=True, slots=True)
class Looked:
    """Hits, and what was left unread, each with its reason; a content with anything unread is not clean."""

    hits: tuple[KeywordHit, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled packs. Immutable: a reload builds another one while this one goes on scanning."""

    program: Program

    @staticmethod
    def build(packs: Iterable[Pack], engine: str = "") -> "Matcher":
        """The matcher of some packs; RuleError where two rules share an id."""
        return Matcher(compile_packs(packs, engine))

    @staticmethod
    def load(packs_digest: str, body: bytes, engine: str = "", *, sound: bool = False) -> "Matcher":
        """The matcher that `dump` wrote; RuleError where the bytes are damaged, of other packs or another engine.

        `sound` tells that the bytes' checksum was compared already.
        """
        return Matcher(load_program(body, packs_digest, engine or engine_name(), sound=sound))

    def as_written(self) -> "Matcher":
        """The matcher that reads texts only as they are written: mending them is a cost of all rules together."""
        return Matcher(replace(self.program, vocabulary=Vocabulary()))

    def dump(self, packs_digest: str) -> bytes:
        """The matcher as bytes, for a cache beside the rules."""
        return dump_program(self.program, packs_digest)

    def scan(self, views: Iterable[TextView]) -> tuple[KeywordHit, ...]:
        """Every hit in every view, in a stable order; the same place of the same rule in one layer is told once."""
        return self.look(views).hits

    def is_quiet(self, text: str) -> bool:
        """Whether no rule can hit a name: ASCII, nothing escaped in it, no anchor. False where it is not sure."""
        is_plain = text.isascii() and _NEVER_PLAIN.search(text) is None
        return is_plain and not self.program.anchors.plain.find(fold_text(text))

    def look(self, views: Iterable[TextView]) -> Looked:
        """The hits, and what was not judged to its end: a flood of words is never passed over in silence."""
        hits: dict[tuple[object, ...], KeywordHit] = {}
        unread: dict[str, None] = {}
        for number, view in enumerate(views):
            if view.left:
                unread[f"view {view.layer}: {view.left}"] = None
            seeing = Seeing.of(self.program, view)
            judged = judge_view(seeing)
            meant = mended(view, self.program.vocabulary) if not judged.matches and _is_read(view) else None
            if meant is not None:
                again = judge_view(Seeing.of(self.program, meant))
                judged.matches += again.matches
                judged.unread += again.unread
            for match in judged.matches:
                hit = replace(hit_of(seeing, match), meant=meant is not None)
                place = (number, match.start) if hit.offset is None else ()
                hits.setdefault((hit.rule, hit.layer, hit.offset, hit.original, place), hit)
            for rule in judged.unread:
                name = self.program.rules[rule].id
                unread[f"rule {name} not judged to the end of view {view.layer}: more than {MAX_LOOKED:,} words"] = None
        return Looked(tuple(hits.values()), tuple(unread))


def _is_read(view: TextView) -> bool:
    """Whether people read the view: the source of a page has another beside it that holds what they do."""
    return view.layer is not Layer.SOURCE or Layer.TEXT in view.serves


def digest_of_packs(packs: Iterable[Pack]) -> str:
    """One digest over packs in their order, for the cache's name."""
    return hashlib.sha256("\n".join(f"{pack.path} {pack.digest}" for pack in packs).encode()).hexdigest()
