"""Text in which words of the rules are written with other hanzi of the same sound, read as it is meant.

A reader of 端信代罚 sees 短信代发; no list does. Where text sounds like a word of the rules, at least half of the
word's hanzi stand as they should, and each other one stands beside neighbours that it hardly ever has in benign text,
the word is put in its place. The rules then see the mended text, where enough was mended close together: in ordinary
text a place or two sound so by chance.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scanner.keywords.frequency import benign_counts
from scanner.keywords.mendable import LONGEST_WORD, Mend, Mendable, Mended, Places, Spoken, odd_places
from scanner.text.folding import fold_text
from scanner.text.sounds import is_hanzi
from scanner.text.views import TextView

NEAR = 50  # folded characters on each side of a mended place that are weighed with it
LEAST_SHARE = 0.06  # of those characters that must be mended
PIECE = 1 << 17  # folded characters that are mended in one go
_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_CLASS = re.compile(r"\[[^\]]*\]")
_SPAN = 2 * NEAR + LONGEST_WORD  # characters that are weighed together


@dataclass(frozen=True)
class Vocabulary:
    """Words of the rules."""

    words: tuple[str, ...] = ()

    @cached_property
    def mendable(self) -> Mendable:
        """The words by what may be written for them."""
        return Mendable.of(self.words)


def words_of(terms: Iterable[str], regexes: Iterable[str]) -> tuple[str, ...]:
    """Runs of two to LONGEST_WORD hanzi in terms and patterns, each once, in order."""
    texts = (*terms, *(_CLASS.sub(" ", regex) for regex in regexes))
    runs = {fold_text(run) for text in texts for run in _RUN.findall(text)}
    known = benign_counts().counts  # a word with a hanzi that hardly anybody writes is itself written to be misread
    return tuple(sorted(run for run in runs if 2 <= len(run) <= LONGEST_WORD and all(char in known for char in run)))


def mended(view: TextView, vocabulary: Vocabulary) -> TextView | None:
    """The view as it is meant; None where nothing in it is mended.

    The mended view is as long as the given one and has its places, so that its hits point at the same bytes.
    """
    folded = view.folded
    if folded.text.isascii() or not vocabulary.words:
        return None
    kept = list[Mend]()
    if len(folded.text) <= PIECE:
        kept = _dense(Spoken.of(folded.text), vocabulary)
    else:
        for low in range(0, len(folded.text), PIECE):
            piece = Spoken.of(folded.text[low : low + PIECE])
            kept += [(low + start, low + end, word) for start, end, word in _dense(piece, vocabulary)]
    if not kept:
        return None
    chars = list(view.text)
    for start, end, word in kept:
        places = folded.index[start:end].tolist()
        if len(set(places)) == len(places) and all(is_hanzi(chars[place]) for place in places):
            for place, char in zip(places, word, strict=True):
                chars[place] = char
    return replace(view, text="".join(chars))


def mends_of(spoken: Spoken, vocabulary: Vocabulary) -> list[Mend]:
    """Words to be put into a folded text, the longest where they overlap, in order of place."""
    if len(spoken.text) < 2:
        return []
    return _chosen(vocabulary.mendable.mended(spoken, odd_places(spoken.ranks)), spoken, vocabulary)


def _chosen(found: Mended, spoken: Spoken, vocabulary: Vocabulary) -> list[Mend]:
    """The longest where they overlap."""
    taken = list[Mend]()
    free = bytearray(b"\1") * len(spoken.text)
    for start, end, word in sorted(found.mends(vocabulary.mendable.pairs), key=lambda one: (one[0] - one[1], one[0])):
        if all(free[start:end]):
            free[start:end] = bytes(end - start)
            taken.append((start, end, word))
    return sorted(taken)


def _dense(spoken: Spoken, vocabulary: Vocabulary) -> list[Mend]:
    """The words to be put in that have enough mended characters round them."""
    length = len(spoken.text)
    heard = spoken.heard()
    if length < 2 or np.count_nonzero(heard) < LEAST_SHARE * min(length, NEAR):
        return []  # even if all hanzi were mended, and they stood close together
    odd = odd_places(spoken.ranks)
    if not may_be_dense((odd & heard).nonzero()[0], length):
        return []
    found = vocabulary.mendable.mended(spoken, odd)
    if not may_be_dense(found.changed, length):
        return []
    return list(_with_company(_chosen(found, spoken, vocabulary), spoken.text))


def may_be_dense(places: Places, length: int) -> bool:
    """Whether some changed characters among these places, in order, may lie as close together as is asked.

    Away from the ends of a text 2 * NEAR characters and more are weighed together, at its ends NEAR and more.
    """
    few = math.ceil(LEAST_SHARE * min(length, NEAR + 2) - 1e-9)
    if len(places) < few:
        return False
    if int(places[few - 1]) < _SPAN or int(places[-few]) >= length - _SPAN:
        return True
    many = math.ceil(LEAST_SHARE * (2 * NEAR + 2) - 1e-9)
    return bool((places[many - 1 :] - places[: max(0, len(places) - many + 1)] < _SPAN).any())


def _with_company(mends: list[Mend], text: str) -> Iterator[Mend]:
    """Those with enough mended characters round them."""
    changed = [
        start + place for start, _, word in mends for place, char in enumerate(word) if text[start + place] != char
    ]
    for start, end, word in mends:
        low, high = max(0, start - NEAR), min(len(text), end + NEAR)
        count = bisect_right(changed, high - 1) - bisect_left(changed, low)
        if count >= LEAST_SHARE * (high - low):
            yield start, end, word
