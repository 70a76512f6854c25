"""Whether a string found in folded text is a hit of a term: word borders, gaps, exactness."""

import string

from scanner.keywords.slots import LEFT, RIGHT, Slot
from scanner.text.folding import MARK, SPACE, Folded, dropped_between, fold_table

_LETTERS = frozenset(string.ascii_letters + string.digits)


def fits(folded: Folded, slot: Slot, gap: int, start: int, end: int) -> bool:
    """Whether folded characters `start` to `end` are a hit of the slot's term under a rule's `gap`."""
    if has_letter_beside(folded, LEFT * slot.left | RIGHT * slot.right, start, end):
        return False
    index = folded.index
    first, last = int(index[start]), int(index[end - 1])
    if slot.exact:
        return folded.source[first : last + 1] == slot.text
    return last - first == end - start - 1 or _gaps_fit(folded, slot, gap, start, end)


def has_letter_beside(folded: Folded, edges: int, start: int, end: int) -> bool:
    """Whether an ASCII letter or digit stands right beside folded characters `start` to `end`, on a side of `edges`."""
    text = folded.text
    if edges & LEFT and start > 0 and text[start - 1] in _LETTERS and folded.touch(start - 1):
        return True
    return bool(edges & RIGHT and end < len(text) and text[end] in _LETTERS and folded.touch(end - 1))


def _gaps_fit(folded: Folded, slot: Slot, gap: int, start: int, end: int) -> bool:
    places = folded.index[start:end].tolist()
    apart: list[bool] = []  # per pair of letters: anything visible between them
    spaced = False  # a space between two letters where the term has none
    for number in range(1, len(places)):
        before, after = places[number - 1] + 1, places[number]
        visible = dropped_between(folded.source, before, after) if after > before else 0
        letters = folded.text[start + number - 1 : start + number + 1].isascii()
        if letters and number not in slot.joints:
            apart.append(visible > 0)
            spaced = spaced or (visible > 0 and _has_space(folded.source[before:after]))
        allowed = max(gap, 1) if number in slot.joints else gap
        if visible > allowed and not _is_column(folded, start + number - 1):
            return False
    return not spaced or all(apart)


def _has_space(between: str) -> bool:
    wide = fold_table().wide
    return any(int(wide[ord(char)]) & (MARK | SPACE) == MARK | SPACE for char in between)


def _is_column(folded: Folded, place: int) -> bool:
    """Whether folded characters `place` and `place + 1` stand alone on two lines: text written one below the other."""
    return all(_line_between(folded, one) for one in (place - 1, place, place + 1))


def _line_between(folded: Folded, place: int) -> bool:
    index = folded.index
    before = int(index[place]) + 1 if place >= 0 else 0
    after = int(index[place + 1]) if place + 1 < len(index) else len(folded.source)
    if place < 0 or place + 1 >= len(index):
        return True
    return "\n" in folded.source[before:after] or "\r" in folded.source[before:after]
