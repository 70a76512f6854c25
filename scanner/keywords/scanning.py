"""Scans one view: anchors over all of it, conditions only in the windows round them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.keywords.automata import Hit
from scanner.keywords.evaluation import Spot, WindowSight, holds, possible
from scanner.keywords.fitting import fits
from scanner.keywords.program import RuleProgram, Stream
from scanner.keywords.seeing import Seeing, Spots
from scanner.keywords.spans import Span, merged, pieces
from scanner.keywords.whole import PIECE, whole_sights

FLOOD = 4_096  # anchor hits in one piece above which they are not looked at one by one
ANCHOR_PIECE = 1 << 18  # folded characters searched for anchors in one go
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
    regions = _regions(seeing)
    if not regions:
        return []
    rules = seeing.program.rules
    found = _in_windows(seeing, {number: spans for number, spans in regions.items() if rules[number].window})
    whole = {number for number in regions if not rules[number].window}
    sights = whole_sights(seeing, whole | {number for number, hits in found.items() if hits and rules[number].unless})
    for number in whole:
        if holds(rules[number].when, sights[number], sights[number]):
            found[number] = [Match(number, 0, seeing.length, sights[number].seen())]
    out: list[Match] = []
    for number in sorted(found):
        unless = rules[number].unless
        if unless is None or not found[number] or not holds(unless, sights[number], sights[number]):
            out.extend(found[number])
    return out


def _regions(seeing: Seeing) -> dict[int, list[Span]]:
    """Per rule the stretches of folded text in which a window with an anchor may lie, merged."""
    spans: dict[int, list[Span]] = {}
    for stream, text in seeing.streams:
        for low, high in pieces(0, len(text), ANCHOR_PIECE):
            hits = stream.anchors.find(text if high - low == len(text) else text[low : high + stream.longest])
            if hits:
                for number, start, end in _anchored(seeing, stream, hits, low):
                    window = seeing.program.rules[number].window
                    spans.setdefault(number, []).append((max(0, end - window), start + window))
    return {number: merged(found) for number, found in spans.items()}


def _anchored(seeing: Seeing, stream: Stream, hits: list[Hit], low: int) -> Iterator[tuple[int, int, int]]:
    """(rule, start, end) of the hits that are anchors; a flood is one stretch per rule, looked at later."""
    slots, rules = seeing.program.slots, seeing.program.rules
    layers = seeing.view.layers
    flood: dict[int, Span] = {}
    for start, end, number in hits:
        for slot_number in stream.slots_of(int(stream.anchor_forms[number])):
            slot = slots[slot_number]
            rule = rules[slot.rule]
            if slot.group not in rule.anchors or rule.views.isdisjoint(layers):
                continue
            if len(hits) > FLOOD:
                first, last = flood.get(slot.rule, (start, end))
                flood[slot.rule] = (min(first, start), max(last, end))
            elif fits(seeing.view.folded, slot, rule.gap, low + start, low + end):
                yield slot.rule, low + start, low + end
    for rule_number, (first, last) in flood.items():
        for begin, stop in pieces(first, last, max(1, rules[rule_number].window)):
            yield rule_number, low + begin, low + stop


def _in_windows(seeing: Seeing, regions: dict[int, list[Span]]) -> dict[int, list[Match]]:
    """The matches of rules with a window; all rules are judged piece by piece in one walk."""
    rules = seeing.program.rules
    found: dict[int, list[Match]] = {number: [] for number in regions}
    ahead = 2 * max((rules[number].window for number in regions), default=0)
    for begin, stop in merged(span for spans in regions.values() for span in spans):
        for low, high in pieces(begin, min(stop, seeing.length), PIECE):
            open_rules = {number for number in regions if len(found[number]) < MAX_PER_RULE}
            spots = seeing.spots(open_rules, max(0, low - ahead // 2), high + ahead)
            for number, seen in spots.items():
                _judge(seeing, number, seen, (low, high), found[number])
    return found


def _judge(seeing: Seeing, number: int, spots: Spots, piece: Span, out: list[Match]) -> None:
    """Adds to `out` the matches of one rule whose windows begin in the piece; a window begins at a hit or a pattern."""
    rule = seeing.program.rules[number]
    if not possible(rule.when, spots.keys() | {name for name, _ in rule.patterns}):
        return
    window = rule.window
    begins = {spot.start for group in rule.judged for spot in spots.get(group, ())}
    for start in sorted(begins | (_pattern_begins(seeing, rule, sorted(begins)) if rule.patterns else set())):
        if not piece[0] <= start < piece[1] or (out and start < out[-1].end):
            continue
        near = _sight(seeing, rule, spots, (start, start + window))
        wide = _sight(seeing, rule, spots, (start - window, start + 2 * window)) if rule.negates else near
        if holds(rule.when, near, wide):
            out.append(Match(number, start, min(start + window, seeing.length), near.seen()))
            if len(out) == MAX_PER_RULE:
                return


def _pattern_begins(seeing: Seeing, rule: RuleProgram, begins: list[int]) -> set[int]:
    """Where a pattern stands before a term, near enough to share a window: looked for round the terms only."""
    out: set[int] = set()
    window = rule.window
    regexes = [regex for name, regex in rule.patterns if name in rule.asked]
    for low, high in merged((max(0, begin - window), min(begin + window, seeing.length)) for begin in begins):
        for spot in (spot for regex in regexes for spot in seeing.pattern_spots(regex, low, high)):
            place = bisect_left(begins, spot.start)
            if place < len(begins) and begins[place] < spot.start + window:
                out.add(spot.start)
    return out


def _sight(seeing: Seeing, rule: RuleProgram, spots: Spots, span: Span) -> WindowSight:
    """What the rule sees in a window."""
    low, high = max(0, span[0]), min(span[1], seeing.length)
    inside = {group: _within(spots.get(group, []), low, high) for group in rule.groups}
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
