"""What may be put into a text as numbers: words by the hanzi that stand as they should and the sound of the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from operator import eq
from typing import Any

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
    """Folded `text` as numbers: the characters' `ranks`, see _ranks, and their sounds, `tones`."""

    text: str
    ranks: Places
    tones: Numbers

    @staticmethod
    def of(text: str) -> "Spoken":
        """The numbers of a text."""
        raw = text.encode("utf-16-le", "surrogatepass")
        codes: NDArray[np.integer[Any]] = np.frombuffer(raw, np.uint16)
        if len(codes) != len(text):
            wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
            codes = np.minimum(wide, _LAST)
        ranks = _ranks().ranks.take(codes).astype(np.int64)
        return Spoken(text, ranks, _ranks().tones.take(ranks))

    def heard(self) -> Truths:
        """Which characters have a sound."""
        return np.not_equal(self.tones, ord(SILENT))


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
    begins: Numbers
    ends: Numbers
    second: "Table"
    first: "Table"
    asis: frozenset[str]
    openings: "Table"
    thirds: "Table"
    longer: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(words: Iterable[str]) -> "Mendable":
        """The tables of some words."""
        words = sorted(set(words))
        pairs = ("", *(word for word in words if len(word) == 2))
        width = int(_ranks().tones.max()) + 1
        begins, ends = (_rows({pair[side] for pair in pairs[1:]}) for side in (0, 1))
        second, first = dict[int, int](), dict[int, int]()
        for number, pair in enumerate(pairs[1:], 1):
            begin, end = int(begins[_rank(pair[0])]), int(ends[_rank(pair[1])])
            for one, other in _sounds(pair):
                if one != SILENT and other != SILENT:  # of several words the first one counts
                    second.setdefault(begin * width + ord(other), number)
                    first.setdefault(end * width + ord(one), number)
        openings, thirds, longer = _openings([word for word in words if len(word) > 2], width)
        return Mendable(
            width,
            pairs,
            begins * np.int32(width),
            ends * np.int32(width),
            Table.of(second),
            Table.of(first),
            frozenset(pairs),
            openings,
            thirds,
            longer,
        )

    def mended(self, spoken: Spoken, odd: Truths) -> Mended:
        """Where words may be put in: what is changed is `odd`, see odd_places."""
        text, ranks, tones = spoken.text, spoken.ranks, spoken.tones
        found = []
        for table, keys, is_odd in (
            (self.second, self.begins.take(ranks[:-1]) + tones[1:], odd[1:]),
            (self.first, self.ends.take(ranks[1:]) + tones[:-1], odd[:-1]),
        ):
            places = (table.has(keys) & is_odd).nonzero()[0]
            places = np.array([at for at in places.tolist() if text[at : at + 2] not in self.asis], dtype=np.int64)
            found.append((places, table.values.take(keys.take(places))))
        long = list(self._long(spoken, odd))
        changed = [start + at for start, _, word in long for at, char in enumerate(word) if text[start + at] != char]
        second, first = found
        every = np.concatenate((second[0] + 1, first[0], np.array(changed, dtype=np.int64)))
        return Mended(np.sort(every), long, second, first)

    def _long(self, spoken: Spoken, odd: Truths) -> Iterator[Mend]:
        """Longer words that a stretch sounds like, at least half of whose hanzi stand as they should."""
        tones, width, text = spoken.tones, np.int32(self.width), spoken.text
        if len(tones) < 3 or len(self.longer) == 1:
            return
        keys = tones[:-2] * width + tones[1:-1]
        places = self.openings.has(keys).nonzero()[0]
        keys = self.openings.values.take(keys.take(places)) * width + tones.take(places + 2)
        hits = self.thirds.has(keys).nonzero()[0]
        places, numbers = places.take(hits), self.thirds.values.take(keys.take(hits))
        counts = odd.cumsum(dtype=np.int32)
        near = counts.take(places + (LONGEST_WORD - 1), mode="clip") - counts.take(places) + odd.take(places) > 0
        places, numbers = places.compress(near), numbers.compress(near)
        is_odd, longer = odd.tobytes(), self.longer
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
            for word in longer[number]:
                size = len(word)
                if is_odd.find(1, place, place + size) >= 0 and not text.startswith(word, place):
                    same = sum(map(eq, word, text[place : place + size]))
                    if 2 * same >= size:
                        yield from _meant(text, tones, is_odd, place, longer[number])
                        break


def _meant(text: str, tones: Numbers, is_odd: bytes, place: int, words: tuple[str, ...]) -> Iterator[Mend]:
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


def _sounds_like(tones: Numbers, place: int, word: str) -> bool:
    return tuple(tones[place : place + len(word)].tolist()) in _forms(word)


@lru_cache(maxsize=20_000)
def _forms(word: str) -> frozenset[tuple[int, ...]]:
    return frozenset(tuple(map(ord, form)) for form in sound_forms(word))


def odd_places(ranks: Places) -> Truths:
    """Whether each character stands beside neighbours that it hardly ever has in benign text."""
    every = _ranks()
    numbers = every.numbers.take(ranks)
    rare = ~_are_set(every.pairs, numbers[:-1] * every.width + numbers[1:])
    odd = np.ones(len(ranks), dtype=np.bool_)
    odd[1:] &= rare
    odd[:-1] &= rare
    return odd


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Characters of the BMP numbered so that what is said of the commonest ones lies close together.

    `tones` are the sounds by rank, `numbers` the ranks of the `width` - 1 characters of benign text, 0 for others;
    `pairs` is set at number of one * width + number of another where they stand together in benign text.
    """

    ranks: NDArray[np.uint16]
    tones: Numbers
    numbers: Numbers
    pairs: NDArray[np.uint8]
    width: np.int32


@cache
def _ranks() -> _Ranks:
    grams, sounds = benign_counts().counts, sound_table().codes
    known = sorted((gram for gram in grams if len(gram) == 1 and ord(gram) < _LAST), key=lambda gram: -grams[gram])
    others = np.setdiff1d(np.flatnonzero(sounds != ord(SILENT)), [ord(char) for char in known])
    points = np.concatenate(([_LAST], np.array([ord(char) for char in known], dtype=np.int64), others))
    ranks = np.zeros(_LAST + 1, dtype=np.uint16)
    ranks[points] = np.arange(len(points))
    width = len(known) + 1
    pairs = np.zeros((width, width), dtype=np.bool_)
    both = [gram for gram in grams if len(gram) == 2 and max(map(ord, gram)) < _LAST]
    pairs[[ranks[ord(pair[0])] for pair in both], [ranks[ord(pair[1])] for pair in both]] = True
    pairs[0, :] = pairs[:, 0] = False
    numbers = np.arange(len(points), dtype=np.int32)
    numbers[width:] = 0
    tones = sounds[points].astype(np.int32)
    tones[0] = ord(SILENT)
    return _Ranks(ranks, tones, numbers, np.packbits(pairs.ravel(), bitorder="little"), np.int32(width))


def _rank(char: str) -> int:
    return int(_ranks().ranks[min(ord(char), _LAST)])


@dataclass(frozen=True, slots=True)
class Table:
    """Small numbers by key. `bits` tell which keys there are, and a byte of none behind them: they stay in the cache
    where the numbers would not."""

    bits: NDArray[np.uint8]
    values: NDArray[np.int16]

    @staticmethod
    def of(numbers: Mapping[int, int]) -> "Table":
        """The table of some numbers."""
        values = np.zeros(max(numbers, default=0) + 1, dtype=np.int16)
        values[list(numbers)] = list(numbers.values())
        return Table(np.append(np.packbits(values != 0, bitorder="little"), np.uint8(0)), values)

    def has(self, keys: Numbers) -> Truths:
        """Which of some keys there are."""
        return _are_set(self.bits, keys)


def _are_set(bits: NDArray[np.uint8], keys: Numbers) -> Truths:
    """Which of some bits are set; what lies beyond the last byte is as that."""
    found = bits.take(keys >> 3, mode="clip") >> (keys & 7).astype(np.uint8)
    found &= 1
    return found.view(np.bool_)


@cache
def _readings(char: str) -> tuple[str, ...]:
    return sound_forms(char)


def _sounds(pair: str) -> Iterator[tuple[str, str]]:
    for one in _readings(pair[0]):
        for other in _readings(pair[1]):
            yield one, other


def _rows(chars: Iterable[str]) -> Numbers:
    """A number from 1 on for each of some characters, by rank; 0 for all others."""
    rows = np.zeros(len(_ranks().tones), dtype=np.int32)
    known = sorted(rank for rank in map(_rank, chars) if rank)
    rows[known] = range(1, len(known) + 1)
    return rows


def _openings(words: Iterable[str], width: int) -> tuple[Table, Table, tuple[tuple[str, ...], ...]]:
    """The first two sounds of words numbered; by that and the third sound a place in the words."""
    found: dict[tuple[str, ...], list[str]] = {}
    for word in words:
        for sounds in product(*map(_readings, word[:3])):
            found.setdefault(sounds, []).append(word)
    numbers: dict[int, int] = {}
    places: dict[tuple[str, ...], int] = {}
    thirds: dict[int, int] = {}
    for (one, other, third), some in found.items():
        number = numbers.setdefault(ord(one) * width + ord(other), len(numbers) + 1)
        thirds[number * width + ord(third)] = places.setdefault(tuple(some), len(places) + 1)
    return Table.of(numbers), Table.of(thirds), ((), *places)
