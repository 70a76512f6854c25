"""Scans one view: anchors over all of it, conditions only in the windows round them."""

from bisect import bisect_left
from dataclasses import dataclass, field

from scanner.domain.findings import Layer
from scanner.keywords.evaluation import Spot, WindowSight, could_hold, holds
from scanner.keywords.fitting import has_letter_beside
from scanner.keywords.lookups import Lookup
from scanner.keywords.program import EDGE_BITS, RuleProgram
from scanner.keywords.seeing import Seeing, Spots
from scanner.keywords.spans import Span, merged, pieces
from scanner.keywords.whole import MAX_LOOKED, PIECE, whole_sight

FLOOD = 4_096  # anchor hits in one piece above which the whole piece is looked at
ANCHOR_PIECE = 1 << 18  # folded characters searched for anchors in one go
_LONGEST_PATTERN = 512
MAX_PER_RULE = 16  # matches of one rule that are told of one view
EDGES = (1 << EDGE_BITS) - 1

Wanted = tuple[int, int, RuleProgram]  # sides on which no letter may stand, a rule's number, the rule


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's condition is true in folded characters `start` to `end`; `spots` are what was seen there by group."""

    rule: int
    start: int
    end: int
    spots: Spots


@dataclass(slots=True)
class Judged:
    """What was judged of one view: matches, and the rules that were not judged to its end."""

    matches: list[Match] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


def judge_view(seeing: Seeing) -> Judged:
    """Every match in the view (of one rule at most MAX_PER_RULE), rule by rule, in order of place."""
    judged = Judged()
    for number, regions in sorted(_regions(seeing).items()):
        rule = seeing.program.rules[number]
        found = _in_windows(seeing, number, regions, judged) if rule.window else _in_whole(seeing, number, judged)
        if found and not (rule.unless and _is_doubted(seeing, number, judged)):
            judged.matches.extend(found)
    return judged


def _regions(seeing: Seeing) -> dict[int, list[Span]]:
    """Per rule the stretches of folded text in which a window with an anchor may lie, merged."""
    anchors, layers = seeing.program.anchors, seeing.view.layers
    spans: dict[int, list[Span]] = {}
    for lookup, text in ((anchors.plain, seeing.written), (anchors.sound, seeing.sounds)):
        wanted: dict[int, list[Wanted]] = {}
        for low, high in pieces(0, len(text), ANCHOR_PIECE):
            hits = lookup.find(text if high - low == len(text) else text[low : high + lookup.longest])
            is_flood = len(hits) > FLOOD
            if is_flood:
                hits = [(0, high - low, form) for form in {hit[2] for hit in hits}]
            for start, end, form in hits:
                begin, stop = low + start, low + end
                some = wanted.get(form)
                if some is None:
                    some = wanted[form] = _wanted(seeing, lookup, form, layers)
                for edges, number, rule in some:
                    if is_flood:
                        spans.setdefault(number, []).append((max(0, begin - rule.window), stop + rule.window))
                    elif not edges or not has_letter_beside(seeing.view.folded, edges, begin, stop):
                        region = (max(0, stop - rule.window), begin + max(1, rule.window))
                        if not rule.window or _is_likely(seeing, rule, begin, stop, region):
                            spans.setdefault(number, []).append(region)
    return {number: merged(found) for number, found in spans.items()}


def _wanted(seeing: Seeing, lookup: Lookup, form: int, layers: frozenset[Layer]) -> list[Wanted]:
    """The rules that a string anchors and that run on a view of these layers."""
    rules = seeing.program.rules
    owners = ((owner, rules[owner >> EDGE_BITS]) for owner in lookup.owners_of(form))
    return [(owner & EDGES, owner >> EDGE_BITS, rule) for owner, rule in owners if not rule.views.isdisjoint(layers)]


def _is_likely(seeing: Seeing, rule: RuleProgram, begin: int, stop: int, region: Span) -> bool:
    """A quick look round an anchor: what the core needs near it, then what the whole condition needs."""
    far = rule.reach + rule.for_when.longest
    if rule.is_near and 2 * far < rule.window:
        close = seeing.find(rule.for_when, max(0, begin - far), stop + far)
        if not seeing.is_open(rule, rule.core_ways, close, region):
            return False
    return seeing.is_open(rule, rule.when_ways, seeing.find(rule.for_when, *region), region)


def _in_whole(seeing: Seeing, number: int, judged: Judged) -> list[Match]:
    rule = seeing.program.rules[number]
    sight = whole_sight(seeing, rule, doubt=False)
    if not sight.is_whole:
        judged.unread.append(number)
    return [Match(number, 0, seeing.length, sight.seen())] if holds(rule.when, sight, sight) else []


def _is_doubted(seeing: Seeing, number: int, judged: Judged) -> bool:
    """Whether the rule's `unless` is true of the whole view."""
    rule = seeing.program.rules[number]
    sight = whole_sight(seeing, rule, doubt=True)
    is_true = rule.unless is not None and holds(rule.unless, sight, sight)
    if not is_true and not sight.is_whole:
        judged.unread.append(number)
    return is_true


def _in_windows(seeing: Seeing, number: int, regions: list[Span], judged: Judged) -> list[Match]:
    """The matches of a rule with a window, piece by piece."""
    rule = seeing.program.rules[number]
    back = rule.window if rule.negates else 0
    out: list[Match] = []
    looked_at = 0
    for begin, stop in regions:
        for low, high in pieces(begin, min(stop, seeing.length), PIECE):
            first, last = max(0, low - back), min(high + rule.window + back, seeing.length)
            found = seeing.find(rule.for_when, first, last)
            if not seeing.is_open(rule, rule.when_ways, found, (first, last)):
                continue
            looked_at += len(found)
            if could_hold(rule.when, _sight(seeing, rule, seeing.raw_spots(found), first, last)):
                _judge(seeing, number, seeing.spots(rule, found), (low, high), out)
            if len(out) >= MAX_PER_RULE:
                return out
            if looked_at > MAX_LOOKED:
                judged.unread.append(number)
                return out
    return out


def _judge(seeing: Seeing, number: int, spots: Spots, piece: Span, out: list[Match]) -> None:
    """Adds to `out` the matches of one rule whose windows begin in the piece; a window begins at a hit."""
    rule = seeing.program.rules[number]
    window = rule.window
    for start in _begins(seeing, rule, spots, piece):
        if out and start < out[-1].end:
            continue
        near = _sight(seeing, rule, spots, start, start + window)
        wide = _sight(seeing, rule, spots, start - window, start + 2 * window) if rule.negates else near
        if holds(rule.when, near, wide):
            out.append(Match(number, start, min(start + window, seeing.length), near.seen()))
            if len(out) == MAX_PER_RULE:
                return


def _begins(seeing: Seeing, rule: RuleProgram, spots: Spots, piece: Span) -> list[int]:
    """Where windows of the piece begin: at the hits of terms and patterns."""
    low, high = piece
    asked = [regex for name, regex in rule.patterns if name in rule.asked]
    found = {spot.start for some in spots.values() for spot in some}
    found.update(spot.start for regex in asked for spot in seeing.pattern_spots(regex, low, high + _LONGEST_PATTERN))
    return sorted(start for start in found if low <= start < high)


def _sight(seeing: Seeing, rule: RuleProgram, spots: Spots, low: int, high: int) -> WindowSight:
    """What the rule sees in a window."""
    low, high = max(0, low), min(high, seeing.length)
    inside = {group: _within(spots.get(group, []), low, high) for group in rule.judged}
    patterns = dict(rule.patterns)
    return WindowSight(
        inside, min(rule.window, seeing.length), rule.own, lambda name: seeing.pattern_spots(patterns[name], low, high)
    )


def _within(spots: list[Spot], low: int, high: int) -> list[Spot]:
    """The spots (by start) that lie wholly between."""
    begin = bisect_left(spots, low, key=lambda spot: spot.start)
    out = []
    for place in range(begin, len(spots)):
        if spots[place].start >= high:
            break
        if spots[place].end <= high:
            out.append(spots[place])
    return out
