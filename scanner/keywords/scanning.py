"""Scans one view: anchors over all of it, conditions only in the windows round them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.keywords.automata import Hit
from scanner.keywords.evaluation import Spot, WindowSight, could_hold, holds
from scanner.keywords.fitting import has_letter_beside
from scanner.keywords.program import EDGE_BITS, RuleProgram
from scanner.keywords.seeing import Seeing, Spots
from scanner.keywords.spans import Span, merged, pieces
from scanner.keywords.whole import PIECE, whole_sight

FLOOD = 4_096  # anchor hits in one piece above which not each of them is looked at
_NEAR_ENOUGH = 32  # folded characters between two hits of one string in a flood that count as one stretch
ANCHOR_PIECE = 1 << 18  # folded characters searched for anchors in one go
_LONGEST_PATTERN = 512
MAX_PER_RULE = 16  # matches of one rule that are told of one view


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's condition is true in folded characters `start` to `end`; `spots` are what was seen there by group."""

    rule: int
    start: int
    end: int
    spots: Spots


def matches_of(seeing: Seeing) -> list[Match]:
    """Every match in the view (of one rule at most MAX_PER_RULE), rule by rule, in order of place."""
    out: list[Match] = []
    for number, regions in sorted(_regions(seeing).items()):
        rule = seeing.program.rules[number]
        found = _in_windows(seeing, number, regions) if rule.window else _in_whole(seeing, number)
        if found and rule.unless:
            sight = whole_sight(seeing, rule, doubt=True)
            if holds(rule.unless, sight, sight):
                continue
        out.extend(found)
    return out


def _regions(seeing: Seeing) -> dict[int, list[Span]]:
    """Per rule the stretches of folded text in which a window with an anchor may lie, merged."""
    anchors, rules, layers = seeing.program.anchors, seeing.program.rules, seeing.view.layers
    spans: dict[int, list[Span]] = {}
    for lookup, text in ((anchors.plain, seeing.view.folded.text), (anchors.sound, seeing.sounds)):
        for low, high in pieces(0, len(text), ANCHOR_PIECE):
            hits = lookup.find(text if high - low == len(text) else text[low : high + lookup.longest])
            is_flood = len(hits) > FLOOD
            for start, end, form in _thinned(hits) if is_flood else hits:
                begin, stop = low + start, low + end
                for owner in lookup.owners_of(form):
                    number = owner >> EDGE_BITS
                    rule = rules[number]
                    if rule.views.isdisjoint(layers) or has_letter_beside(seeing.view.folded, owner, begin, stop):
                        continue
                    region = (max(0, stop - rule.window), begin + max(1, rule.window))
                    if is_flood or not rule.window or _is_likely(seeing, rule, begin, stop, region):
                        spans.setdefault(number, []).append(region)
    return {number: merged(found) for number, found in spans.items()}


def _is_likely(seeing: Seeing, rule: RuleProgram, begin: int, stop: int, region: Span) -> bool:
    """A quick look round an anchor: what the core needs near it, then what the whole condition needs."""
    far = rule.reach + rule.for_when.longest
    close = (max(0, begin - far), stop + far)
    if 2 * far < rule.window and not seeing.is_open(rule, rule.core_ways, close, region):
        return False
    return seeing.is_open(rule, rule.when_ways, region, region)


def _thinned(hits: list[Hit]) -> Iterator[Hit]:
    """Of a flood, for each string, hits that are near enough to each other for their windows to touch."""
    last: dict[int, int] = {}
    held: dict[int, Hit] = {}
    for hit in hits:
        start, end, form = hit
        if form not in last or end - last[form] > _NEAR_ENOUGH:
            if form in held:
                yield held.pop(form)
            last[form] = start
            yield hit
        else:
            held[form] = hit
    yield from held.values()


def _in_whole(seeing: Seeing, number: int) -> list[Match]:
    rule = seeing.program.rules[number]
    sight = whole_sight(seeing, rule, doubt=False)
    return [Match(number, 0, seeing.length, sight.seen())] if holds(rule.when, sight, sight) else []


def _in_windows(seeing: Seeing, number: int, regions: list[Span]) -> list[Match]:
    """The matches of a rule with a window, piece by piece."""
    rule = seeing.program.rules[number]
    back = rule.window if rule.negates else 0
    out: list[Match] = []
    for begin, stop in regions:
        for low, high in pieces(begin, min(stop, seeing.length), PIECE):
            first, last = max(0, low - back), min(high + rule.window + back, seeing.length)
            found = seeing.find(rule.for_when, first, last)
            if _could_be(seeing, rule, seeing.raw_spots(found, first), first, last):
                _judge(seeing, number, seeing.spots(rule, found, first), (low, high), out)
            if len(out) >= MAX_PER_RULE:
                return out
    return out


def _could_be(seeing: Seeing, rule: RuleProgram, raw: Spots, low: int, high: int) -> bool:
    """Whether the condition could be true somewhere in a stretch, gaps, word borders and exceptions aside."""
    return could_hold(rule.when, _sight(seeing, rule, raw, low, high))


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
