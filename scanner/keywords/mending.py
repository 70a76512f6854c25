"""Text in which words of the rules are written with other hanzi of the same sound, read as it is meant.

A reader of 端信代罚 sees 短信代发; no list does. Where text sounds like a word of the rules, at least half of the
word's hanzi stand as they should, and each other one stands beside neighbours that it hardly ever has in benign text,
the word is put in its place. The rules then see the mended text, where enough was mended close together: in ordinary
text a place or two sound so by chance.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.frequency import benign_counts
from scanner.keywords.lookups import NOTHING, Lookup
from scanner.text.folding import fold_text
from scanner.text.sounds import SILENT, is_hanzi, sound_forms, sound_text
from scanner.text.views import TextView

LONGEST_WORD = 8  # hanzi
NEAR = 50  # folded characters on each side of a mended place that are weighed with it
LEAST_SHARE = 0.06  # of those characters that must be mended
PIECE = 1 << 17  # folded characters that are mended in one go
FLOOD = 20_000  # places in one piece that sound like words; a piece with more stays as it is written
_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_CLASS = re.compile(r"\[[^\]]*\]")
_SLOTS = 1 << 16  # of a table that tells which pairs need no further look

Mend = tuple[int, int, str]  # start, end, the word
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """Words of the rules; `sounds` looks for those of three hanzi and more, its owners are places in `words`."""

    words: tuple[str, ...] = ()
    sounds: Lookup = NOTHING

    @cached_property
    def pairs(self) -> "Pairs":
        """The words of two hanzi."""
        return Pairs.of(word for word in self.words if len(word) == 2)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Words of two hanzi by one hanzi and the sound of the other. `seen` is True at the slots of all of them.

    `words`, `firsts` and `lasts` are the words and the keys of both mappings as numbers, sorted.
    """

    by_first: Mapping[tuple[str, str], str]
    by_last: Mapping[tuple[str, str], str]
    seen: NDArray[np.bool_]
    words: Numbers
    firsts: Numbers
    lasts: Numbers

    @staticmethod
    def of(words: Iterable[str]) -> "Pairs":
        """The table of some words."""
        known = frozenset(words)
        by_first, by_last = dict[tuple[str, str], str](), dict[tuple[str, str], str]()
        seen = np.zeros(_SLOTS, dtype=np.bool_)
        for word in sorted(known):
            for form in (one for one in sound_forms(word) if SILENT not in one):
                by_first.setdefault((word[0], form[1]), word)
                by_last.setdefault((form[0], word[1]), word)
                seen[[(ord(word[0]) * 31 + ord(form[1])) % _SLOTS, (ord(word[1]) * 37 + ord(form[0])) % _SLOTS]] = True
        return Pairs(by_first, by_last, seen, *(_sorted(pairs) for pairs in (known, by_first, by_last)))

    def mends(self, text: str, sounds: str, odd: NDArray[np.bool_]) -> Iterator[Mend]:
        """Where one hanzi of a word stands beside an odd one that sounds like its other."""
        chars, tones = _codes(text), _codes(sounds)
        odd = odd & (tones != ord(SILENT))  # what has no sound sounds like nothing
        last_odd = odd[1:] & self.seen.take((chars[:-1] * 31 + tones[1:]) % _SLOTS)
        first_odd = odd[:-1] & self.seen.take((chars[1:] * 37 + tones[:-1]) % _SLOTS)
        for at in self._new(last_odd, chars, chars[:-1] << 16 | tones[1:], self.firsts):
            yield at, at + 2, self.by_first[text[at], sounds[at + 1]]
        for at in self._new(first_odd, chars, tones[:-1] << 16 | chars[1:], self.lasts):
            yield at, at + 2, self.by_last[sounds[at], text[at + 1]]

    def _new(self, may: NDArray[np.bool_], chars: Numbers, keys: Numbers, known: Numbers) -> list[int]:
        """The places of those that may be known and are, and are no words as they stand."""
        places = may.nonzero()[0]
        places = places[_among(keys.take(places), known)]
        found: list[int] = places[~_among(chars.take(places) << 16 | chars.take(places + 1), self.words)].tolist()
        return found


def _sorted(pairs: Iterable[str | tuple[str, str]]) -> Numbers:
    """Pairs of characters as numbers, sorted."""
    return np.array(sorted(ord(pair[0]) << 16 | ord(pair[1]) for pair in pairs), dtype=np.int64)


def _among(keys: Numbers, known: Numbers) -> NDArray[np.bool_]:
    """Which keys are known; `known` is sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    return np.asarray(known.take(known.searchsorted(keys), mode="clip") == keys)


def words_of(terms: Iterable[str], regexes: Iterable[str]) -> tuple[str, ...]:
    """Runs of two to LONGEST_WORD hanzi in terms and patterns, each once, in order."""
    texts = (*terms, *(_CLASS.sub(" ", regex) for regex in regexes))
    runs = {fold_text(run) for text in texts for run in _RUN.findall(text)}
    known = benign_counts().counts  # a word with a hanzi that hardly anybody writes is itself written to be misread
    return tuple(sorted(run for run in runs if 2 <= len(run) <= LONGEST_WORD and all(char in known for char in run)))


def sounds_of(words: Iterable[str]) -> Mapping[str, list[int]]:
    """By sound, the numbers of the words of three hanzi and more that have it."""
    found: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        for form in sound_forms(word) if len(word) > 2 else ():
            found.setdefault(form, []).append(number)
    return found


def mended(view: TextView, vocabulary: Vocabulary, sounds: str = "") -> TextView | None:
    """The view as it is meant; None where nothing in it is mended. `sounds` is its folded text as sound, if known.

    The mended view is as long as the given one and has its places, so that its hits point at the same bytes.
    """
    folded = view.folded
    if folded.text.isascii() or not vocabulary.words:
        return None
    sounds = sounds or sound_text(folded.text)
    length = len(sounds)
    if length - sounds.count(SILENT) < LEAST_SHARE * min(length, NEAR):
        return None  # even if all hanzi were mended, and they stood close together
    kept = list[Mend]()
    for low in range(0, len(folded.text), PIECE):
        text = folded.text[low : low + PIECE]
        mends = _dense(mends_of(text, sounds[low : low + PIECE], vocabulary), text)
        kept += [(low + start, low + end, word) for start, end, word in mends]
    if not kept:
        return None
    chars = list(view.text)
    for start, end, word in kept:
        places = folded.index[start:end].tolist()
        if len(set(places)) == len(places) and all(is_hanzi(chars[place]) for place in places):
            for place, char in zip(places, word, strict=True):
                chars[place] = char
    return replace(view, text="".join(chars))


def mends_of(text: str, sounds: str, vocabulary: Vocabulary) -> list[Mend]:
    """Words to be put into a folded text, the longest where they overlap, in order of place."""
    if len(text) < 2:
        return []
    odd = odd_of(text)
    found = [*_long_mends(text, sounds, odd, vocabulary), *vocabulary.pairs.mends(text, sounds, odd)]
    if not found or len(found) > FLOOD:
        return []
    taken = list[Mend]()
    free = bytearray(b"\1") * len(text)
    for start, end, word in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
        if all(free[start:end]):
            free[start:end] = bytes(end - start)
            taken.append((start, end, word))
    return sorted(taken)


def _long_mends(text: str, sounds: str, odd: NDArray[np.bool_], vocabulary: Vocabulary) -> Iterator[Mend]:
    for start, end, form in vocabulary.sounds.find(sounds):
        written = text[start:end]
        words = [vocabulary.words[number] for number in vocabulary.sounds.owners_of(form)]
        if written not in words and (word := _meant(written, words, odd[start:end].tolist())):
            yield start, end, word


def _meant(written: str, words: Iterable[str], odd: list[bool]) -> str:
    """The word of which the fewest hanzi are changed, at most half of them, and only where the written ones are odd."""
    best, fewest = "", len(written) // 2 + 1
    for word in words:
        changed = [place for place, char in enumerate(word) if char != written[place]]
        if len(changed) < fewest and all(odd[place] for place in changed):
            best, fewest = word, len(changed)
    return best


def odd_of(text: str) -> NDArray[np.bool_]:
    """Whether each character stands beside neighbours that it hardly ever has in benign text."""
    numbers, known, width = _known_pairs()
    coded = numbers.take(_codes(text), mode="clip")
    places = coded[:-1].astype(np.int64) * width + coded[1:]
    rare = (known.take(places >> 3) >> (places & 7).astype(np.uint8)) & 1 == 0
    odd = np.ones(len(text), dtype=np.bool_)
    odd[1:] &= rare
    odd[:-1] &= rare
    return odd


@cache
def _known_pairs() -> tuple[NDArray[np.uint16], NDArray[np.uint8], int]:
    """A number for each character of the BMP that stands in benign text (0: none), and which pairs of them do.

    The pairs are bits, the first at place number * width + number of the second: as bytes no cache would hold them.
    """
    grams = benign_counts().counts
    chars = [gram for gram in grams if len(gram) == 1 and ord(gram) <= 0xFFFF]
    numbers = np.zeros(0x10001, dtype=np.uint16)  # the last row stands for what lies beyond the BMP
    numbers[[ord(char) for char in chars]] = range(1, len(chars) + 1)
    known = np.zeros((len(chars) + 1, len(chars) + 1), dtype=np.bool_)
    pairs = [gram for gram in grams if len(gram) == 2 and max(map(ord, gram)) <= 0xFFFF]
    known[[numbers[ord(pair[0])] for pair in pairs], [numbers[ord(pair[1])] for pair in pairs]] = True
    known[0, :] = known[:, 0] = False
    return numbers, np.packbits(known.ravel(), bitorder="little"), len(known)


def _codes(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def _dense(mends: list[Mend], text: str) -> Iterator[Mend]:
    """Those with enough mended characters round them."""
    changed = [
        start + place for start, _, word in mends for place, char in enumerate(word) if text[start + place] != char
    ]
    for start, end, word in mends:
        low, high = max(0, start - NEAR), min(len(text), end + NEAR)
        count = bisect_right(changed, high - 1) - bisect_left(changed, low)
        if count >= LEAST_SHARE * (high - low):
            yield start, end, word
