"""The matcher: packs in, hits out."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.keywords.program import Program, compile_packs
from scanner.keywords.reporting import hit_of
from scanner.keywords.scanning import matches_of
from scanner.keywords.seeing import Seeing
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

    def scan(self, views: Iterable[TextView]) -> tuple[KeywordHit, ...]:
        """Every hit in every view, in a stable order; the same place of the same rule in one layer is told once."""
        hits: dict[tuple[object, ...], KeywordHit] = {}
        for view in views:
            seeing = Seeing.of(self.program, view)
            for match in matches_of(seeing):
                hit = hit_of(seeing, match)
                place = hit.excerpt if hit.offset is None else ""
                hits.setdefault((hit.rule, hit.layer, hit.offset, hit.original, place), hit)
        return tuple(hits.values())
