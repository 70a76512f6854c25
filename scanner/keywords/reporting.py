"""What a reviewer is shown of a match: the words, where they stand, what is round them."""

from scanner.keywords.evaluation import Spot
from scanner.keywords.scanning import Match
from scanner.keywords.seeing import Seeing
from scanner.keywords.values import KeywordHit, WordHit
from scanner.text.folding import BREAK

CONTEXT = 60  # characters shown on each side of a word
MAX_EXCERPT = 240
MAX_WORDS = 24


def hit_of(seeing: Seeing, match: Match) -> KeywordHit:
    """The hit that a match is told as."""
    rule = seeing.program.rules[match.rule]
    found = sorted((spot, group) for group, spots in match.spots.items() for spot in spots)
    lead, group = min(found, key=lambda one: (one[1] not in rule.anchors, -one[0].weight, one[0].start))
    first, last = seeing.view.folded.source_span(lead.start, lead.end)
    word = _word(seeing, lead, group)
    told = tuple(dict.fromkeys(_word(seeing, spot, name) for spot, name in found[:MAX_WORDS]))
    return KeywordHit(
        rule=rule.id,
        layer=seeing.view.layer,
        offset=word.offset,
        length=word.length,
        original=word.original,
        folded=word.folded,
        excerpt=_excerpt(seeing.view.text, first, last),
        why=_why(rule.when_text, told),
        words=told,
    )


def _word(seeing: Seeing, spot: Spot, group: str) -> WordHit:
    first, last = seeing.view.folded.source_span(spot.start, spot.end)
    offset, length = seeing.view.span(first, last)
    return WordHit(
        group=group,
        term=seeing.program.slots[spot.term].text if spot.term >= 0 else "",
        original=seeing.view.text[first:last],
        folded=seeing.view.folded.text[spot.start : spot.end],
        offset=offset,
        length=length,
    )


def _excerpt(text: str, first: int, last: int) -> str:
    """The word with what is round it, breaks shown as spaces, bounded."""
    last = min(last, first + MAX_EXCERPT - 2 * CONTEXT)
    return " ".join(text[max(0, first - CONTEXT) : last + CONTEXT].replace(BREAK, " ").split())


def _why(condition: str, words: tuple[WordHit, ...]) -> str:
    """`venue: 百家乐, 娱乐城; bonus: 首存 — near(venue, bonus, 40)`."""
    groups: dict[str, dict[str, None]] = {}
    for word in words:
        shown = word.term if word.folded == word.term or not word.term else f"{word.term} (as {word.folded})"
        groups.setdefault(word.group, {})[shown or word.folded] = None
    told = "; ".join(f"{group}: {', '.join(shown)}" for group, shown in groups.items())
    return f"{told} — {' '.join(condition.split())}"
