"""What is seen of a whole view, added up piece by piece: for `window: 0` and for `unless`."""

from scanner.keywords.conditions import Near, groups_of
from scanner.keywords.evaluation import Spot, near_each_other, nears_of
from scanner.keywords.program import RuleProgram
from scanner.keywords.seeing import Seeing, Spots
from scanner.keywords.spans import pieces

PIECE = 1 << 16  # folded characters looked at in one go
MAX_LOOKED = 300_000  # words of one rule in one view that are looked at; more is a flood, and is reported
_SHOWN = 12  # words kept of one group, to be shown


class WholeSight:
    """Running sums over the pieces of one view for one rule."""

    def __init__(self, rule: RuleProgram, length: int) -> None:
        self._rule, self._length = rule, length
        self.is_whole = True  # False once the rest of the view was left out
        self._counts: dict[str, int] = {}
        self._terms: dict[str, dict[int, float]] = {}
        self._covered: dict[str, int] = {}
        self._reach: dict[str, int] = {}
        self._shown: Spots = {}
        self._near: set[Near] = set()
        self._nears = {near for one in (rule.when, rule.unless) if one is not None for near in nears_of(one)}

    @property
    def lookahead(self) -> int:
        """Folded characters beyond a piece that its hits may have to do with."""
        return max((near.within for near in self._nears), default=0)

    def add(self, spots: Spots, end: int) -> None:
        """Adds a piece that ends at `end`; hits that begin later only serve nearness."""
        for near in self._nears - self._near:
            first, second = spots.get(near.first, []), spots.get(near.second, [])
            if first and second and near_each_other(near, first, second):
                self._near.add(near)
        for group, some in spots.items():
            for spot in some:
                if spot.start < end:
                    self._add(group, spot)

    def _add(self, group: str, spot: Spot) -> None:
        self._counts[group] = self._counts.get(group, 0) + 1
        reach = self._reach.get(group, 0)
        self._covered[group] = self._covered.get(group, 0) + max(0, spot.end - max(spot.start, reach))
        self._reach[group] = max(reach, spot.end)
        terms = self._terms.setdefault(group, {})
        if spot.term not in terms and len(terms) < _SHOWN:
            self._shown.setdefault(group, []).append(spot)
        terms[spot.term] = spot.weight

    def count(self, group: str, *, distinct: bool) -> int:
        """Hits, or distinct terms, of a group."""
        return len(self._terms.get(group, ())) if distinct else self._counts.get(group, 0)

    def near(self, near: Near) -> bool:
        """Whether two hits lie as near as asked."""
        return near in self._near

    def score(self) -> float:
        """Weights of the distinct terms of the rule's own groups."""
        return sum(sum(self._terms.get(group, {}).values()) for group in self._rule.own)

    def density(self, group: str) -> float:
        """Share of the view's folded characters that lie in hits of the group."""
        return self._covered.get(group, 0) / self._length if self._length else 0.0

    def seen(self) -> Spots:
        """The first hits of each group, one a term."""
        return self._shown


def whole_sight(seeing: Seeing, rule: RuleProgram, *, doubt: bool) -> WholeSight:
    """What `unless` (`doubt`) or `when` of the rule sees of the whole view; the view is gone through once."""
    sight = WholeSight(rule, seeing.length)
    lookups = rule.for_unless if doubt else rule.for_when
    ahead = sight.lookahead + 2 * lookups.longest  # a hit that begins in the piece, and another after it
    names = set(groups_of(rule.unless)) if doubt and rule.unless else rule.asked
    regexes = [(name, regex) for name, regex in rule.patterns if name in names]
    looked_at = 0
    for low, high in pieces(0, seeing.length, PIECE):
        limit = min(seeing.length, high + ahead)
        found = seeing.find(lookups, low, limit)
        looked_at += len(found)
        if looked_at > MAX_LOOKED:
            sight.is_whole = False
            break
        spots = seeing.spots(rule, found)
        for name, regex in regexes:
            spots[name] = seeing.pattern_spots(regex, low, limit)
        sight.add(spots, high)
    return sight
