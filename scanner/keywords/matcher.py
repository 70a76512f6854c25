"""The matcher: packs in, hits out."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.keywords.automata import engine_name
from scanner.keywords.program import Program, compile_packs
from scanner.keywords.reporting import hit_of
from scanner.keywords.scanning import matches_of
from scanner.keywords.seeing import Seeing
from scanner.keywords.storing import dump_program, load_program
from scanner.keywords.values import KeywordHit, Pack
from scanner.text.views import TextView


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled packs. Immutable: a reload builds another one while this one goes on scanning."""

    program: Program

    @staticmethod
    def build(packs: Iterable[Pack], engine: str = "") -> "Matcher":
        """The matcher of some packs; RuleError where two rules share an id."""
        return Matcher(compile_packs(packs, engine))

    @staticmethod
    def load(packs_digest: str, body: bytes, engine: str = "") -> "Matcher":
        """The matcher that `dump` wrote; RuleError where the bytes are damaged, of other packs or another engine."""
        return Matcher(load_program(body, packs_digest, engine or engine_name()))

    def dump(self, packs_digest: str) -> bytes:
        """The matcher as bytes, for a cache beside the rules."""
        return dump_program(self.program, packs_digest)

    def scan(self, views: Iterable[TextView]) -> tuple[KeywordHit, ...]:
        """Every hit in every view, in a stable order; the same place of the same rule in one layer is told once."""
        hits: dict[tuple[object, ...], KeywordHit] = {}
        for number, view in enumerate(views):
            seeing = Seeing.of(self.program, view)
            for match in matches_of(seeing):
                hit = hit_of(seeing, match)
                place = (number, match.start) if hit.offset is None else ()
                hits.setdefault((hit.rule, hit.layer, hit.offset, hit.original, place), hit)
        return tuple(hits.values())


def digest_of_packs(packs: Iterable[Pack]) -> str:
    """One digest over packs in their order, for the cache's name."""
    return hashlib.sha256("\n".join(f"{pack.path} {pack.digest}" for pack in packs).encode()).hexdigest()
