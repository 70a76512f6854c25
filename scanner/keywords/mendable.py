"""What may be put into a text as numbers: words by the hanzi that stand as they should and the sound of the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import eq

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.frequency import benign_counts
from scanner.text.sounds import SILENT, sound_forms, sound_table

LONGEST_WORD = 8  # hanzi
_LAST = 0xFFFF  # stands for every character beyond the BMP; itself no character

Mend = tuple[int, int, str]  # start, end, the word
Numbers = NDArray[np.int32]
Places = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Folded `text` as numbers: the characters' `codes` and their sounds, `tones`."""

    text: str
    codes: Places
    tones: Places

    @staticmethod
    def of(text: str) -> "Spoken":
        """The numbers of a text."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        places = np.minimum(codes, _LAST).astype(np.int64)
        return Spoken(text, places, _tone_table().take(places))

    @property
    def sounds(self) -> str:
        """The text as sound."""
        return self.tones.astype(np.uint16).tobytes().decode("utf-16-le")

    def heard(self) -> int:
        """How many characters have a sound."""
        return int(np.count_nonzero(self.tones != ord(SILENT)))


@dataclass(frozen=True, slots=True)
class Mended:
    """Where words may be put in: places of changed characters, and the words with their spans, made when asked."""

    changed: Places
    long: Sequence[Mend]
    second: tuple[Places, NDArray[np.int16]]
    first: tuple[Places, NDArray[np.int16]]

    def __len__(self) -> int:
        """How many words."""
        return len(self.long) + len(self.second[0]) + len(self.first[0])

    def mends(self, pairs: Sequence[str]) -> Iterator[Mend]:
        """The words, longer ones first."""
        yield from self.long
        for places, numbers in (self.second, self.first):
            for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
                yield place, place + 2, pairs[number]


@dataclass(frozen=True, slots=True)
class Mendable:
    """Words by what may be written for them.

    `begins` and `ends` number the characters that begin and end words of two hanzi, the `pairs`. `second` holds by the
    number of the first hanzi and the sound of the second the pair's number, `first` by the number of the second and the
    sound of the first, `asis` is True at the pairs themselves. `openings` numbers the first two sounds of longer words;
    `thirds` is by that number and the third sound the place of the words in `longer`.
    """

    width: int
    pairs: tuple[str, ...]
    begins: Places
    ends: Places
    second: NDArray[np.int16]
    first: NDArray[np.int16]
    asis: Truths
    openings: Numbers
    thirds: NDArray[np.int16]
    longer: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(words: Iterable[str]) -> "Mendable":
        """The tables of some words."""
        words = sorted(set(words))
        pairs = ("", *(word for word in words if len(word) == 2))
        width = int(_tone_table().max()) + 1
        begins, ends = (_rows({pair[side] for pair in pairs[1:]}) for side in (0, 1))
        count = len(pairs)
        second, first = (np.zeros(count * width, dtype=np.int16) for _ in range(2))
        asis = np.zeros(count * count, dtype=np.bool_)
        for number in range(count - 1, 0, -1):  # of several words the first one counts
            pair = pairs[number]
            begin, end = int(begins[ord(pair[0])]), int(ends[ord(pair[1])])
            asis[begin * count + end] = True
            for one, other in _sounds(pair):
                if one != SILENT and other != SILENT:
                    second[begin * width + ord(other)] = number
                    first[end * width + ord(one)] = number
        openings, thirds, longer = _openings([word for word in words if len(word) > 2], width)
        return Mendable(width, pairs, begins, ends, second, first, asis, openings, thirds, longer)

    def mended(self, spoken: Spoken) -> Mended:
        """Where words may be put in: what is changed stands beside odd neighbours."""
        codes, tones, width = spoken.codes, spoken.tones, self.width
        odd = odd_places(codes)
        begins, ends = self.begins.take(codes), self.ends.take(codes)
        may_second = self.second.take(begins[:-1] * width + tones[1:])
        may_first = self.first.take(ends[1:] * width + tones[:-1])
        second = ((may_second != 0) & odd[1:]).nonzero()[0]
        first = ((may_first != 0) & odd[:-1]).nonzero()[0]
        count = len(self.pairs)
        second, first = (
            places[~self.asis.take(begins.take(places) * count + ends.take(places + 1))] for places in (second, first)
        )
        long = list(self._long(spoken, odd))
        changed = [
            start + place
            for start, _, word in long
            for place, char in enumerate(word)
            if spoken.text[start + place] != char
        ]
        return Mended(
            np.sort(np.concatenate((second + 1, first, np.array(changed, dtype=np.int64)))),
            long,
            (second, may_second.take(second)),
            (first, may_first.take(first)),
        )

    def _long(self, spoken: Spoken, odd: Truths) -> Iterator[Mend]:
        """Longer words that a stretch sounds like, at least half of whose hanzi stand as they should."""
        tones, width, text = spoken.tones, self.width, spoken.text
        if len(tones) < 3 or len(self.longer) == 1:
            return
        opening = self.openings.take(tones[:-2] * width + tones[1:-1])
        third = self.thirds.take(opening + tones[2:])
        places = third.nonzero()[0]
        is_odd, longer = odd.tobytes(), self.longer
        for place, number in zip(places.tolist(), third.take(places).tolist(), strict=True):
            for word in longer[number]:
                size = len(word)
                if is_odd.find(1, place, place + size) >= 0 and not text.startswith(word, place):
                    same = sum(map(eq, word, text[place : place + size]))
                    if 2 * same >= size:
                        yield from _meant(text, tones, is_odd, place, longer[number])
                        break


def _meant(text: str, tones: Places, is_odd: bytes, place: int, words: tuple[str, ...]) -> Iterator[Mend]:
    """The words that are meant at a place, one a length: the one of which the fewest hanzi are changed."""
    best: dict[int, tuple[int, str]] = {}
    for word in words:
        size = len(word)
        written = text[place : place + size]
        if len(written) == size:
            changed = [at for at in range(size) if written[at] != word[at]]
            if (
                len(changed) < best.get(size, (size // 2 + 1, ""))[0]
                and (not changed or all(is_odd[place + at] for at in changed))
                and _sounds_like(tones, place, word)
            ):
                best[size] = (len(changed), word)  # none changed: the word stands as it should
    for size, (count, word) in best.items():
        if count:
            yield place, place + size, word


def _sounds_like(tones: Places, place: int, word: str) -> bool:
    return tuple(tones[place : place + len(word)].tolist()) in _forms(word)


@lru_cache(maxsize=20_000)
def _forms(word: str) -> frozenset[tuple[int, ...]]:
    return frozenset(tuple(map(ord, form)) for form in sound_forms(word))


def odd_places(codes: Places) -> Truths:
    """Whether each character stands beside neighbours that it hardly ever has in benign text."""
    numbers, known, width = known_pairs()
    coded = numbers.take(codes)
    rare = ~known.take(coded[:-1] * width + coded[1:])
    odd = np.ones(len(codes), dtype=np.bool_)
    odd[1:] &= rare
    odd[:-1] &= rare
    return odd


@cache
def known_pairs() -> tuple[Places, Truths, int]:
    """A number for each character of the BMP that stands in benign text (0: none), and which pairs of them do.

    The pair of two characters is at place number of the first * width + number of the second.
    """
    grams = benign_counts().counts
    chars = [gram for gram in grams if len(gram) == 1 and ord(gram) < _LAST]
    numbers = np.zeros(_LAST + 1, dtype=np.int64)
    numbers[[ord(char) for char in chars]] = range(1, len(chars) + 1)
    known = np.zeros((len(chars) + 1, len(chars) + 1), dtype=np.bool_)
    pairs = [gram for gram in grams if len(gram) == 2 and max(map(ord, gram)) < _LAST]
    known[[numbers[ord(pair[0])] for pair in pairs], [numbers[ord(pair[1])] for pair in pairs]] = True
    known[0, :] = known[:, 0] = False
    return numbers, known.ravel(), len(known)


@cache
def _tone_table() -> Places:
    return sound_table().codes.astype(np.int64)


@cache
def _readings(char: str) -> tuple[str, ...]:
    return sound_forms(char)


def _sounds(pair: str) -> Iterator[tuple[str, str]]:
    for one in _readings(pair[0]):
        for other in _readings(pair[1]):
            yield one, other


def _rows(chars: Iterable[str]) -> Places:
    """A number from 1 on for each of some characters; 0 for all others."""
    rows = np.zeros(_LAST + 1, dtype=np.int64)
    known = sorted(char for char in chars if ord(char) < _LAST)
    rows[[ord(char) for char in known]] = range(1, len(known) + 1)
    return rows


def _openings(words: Iterable[str], width: int) -> tuple[Numbers, NDArray[np.int16], tuple[tuple[str, ...], ...]]:
    """The first two sounds of words numbered, times `width`; by that and the third sound a place in the words."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for word in words:
        for one in _readings(word[0]):
            for other in _readings(word[1]):
                for third in _readings(word[2]):
                    found.setdefault((one, other, third), []).append(word)
    numbers: dict[tuple[str, str], int] = {}
    places: dict[tuple[str, ...], int] = {}
    openings = np.zeros(width * width, dtype=np.int32)
    for one, other, _ in found:
        number = numbers.setdefault((one, other), len(numbers) + 1)
        openings[ord(one) * width + ord(other)] = number * width
    thirds = np.zeros((len(numbers) + 1) * width, dtype=np.int16)
    for (one, other, third), some in found.items():
        thirds[numbers[one, other] * width + ord(third)] = places.setdefault(tuple(some), len(places) + 1)
    return openings, thirds, ((), *places)
