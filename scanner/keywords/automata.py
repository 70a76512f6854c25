"""Many strings looked for at once: daachorse, or ahocorasick-rs where daachorse has no wheel; same hits from both.

Where hyperscan has a wheel, it looks through long ASCII text: two to three times as fast there, no faster in hanzi.
"""

import importlib
import importlib.metadata
import importlib.util
import threading
from array import array
from collections.abc import Callable, Sequence
from typing import Protocol

from scanner.keywords.blobs import joined, parted

Hit = tuple[int, int, int]  # start, end, number of the string
QUICK_FROM = 512  # characters of a text that is worth a call of hyperscan
QUICK_STRINGS = range(200, 20_001)  # ASCII strings: fewer are no slower elsewhere, more take seconds to compile
QUICK = b"quick\n"


class Automaton(Protocol):
    """Finds every occurrence of its strings, overlapping ones too."""

    def find(self, text: str) -> list[Hit]:
        """All hits, ordered by end."""
        ...

    def dump(self) -> bytes:
        """The automaton as bytes, for `load_automaton`."""
        ...


class DaachorseAutomaton:
    """daachorse, character-wise."""

    def __init__(self, strings: list[str] | None, dumped: bytes = b"") -> None:
        engine = importlib.import_module("daachorse").CharwiseDoubleArrayAhoCorasick
        self._engine = engine(strings) if strings is not None else engine.deserialize(dumped)

    def find(self, text: str) -> list[Hit]:
        """All hits, ordered by end."""
        hits: list[Hit] = self._engine.find_overlapping(text)
        return hits

    def dump(self) -> bytes:
        """The automaton as bytes."""
        dumped: bytes = self._engine.serialize()
        return dumped


class AhoCorasickAutomaton:
    """ahocorasick-rs; it does not serialise, so the strings are kept instead."""

    def __init__(self, strings: list[str] | None, dumped: bytes = b"") -> None:
        self._strings = strings if strings is not None else dumped.decode().split("\n")
        self._engine = importlib.import_module("ahocorasick_rs").AhoCorasick(self._strings)

    def find(self, text: str) -> list[Hit]:
        """All hits, ordered by end."""
        found = self._engine.find_matches_as_indexes(text, overlapping=True)
        return [(start, end, number) for number, start, end in found]

    def dump(self) -> bytes:
        """The strings, one a line."""
        return "\n".join(self._strings).encode()


class AsciiAutomaton:
    """hyperscan over ASCII strings. One scratch space per thread, so threads may share it."""

    def __init__(self, strings: Sequence[tuple[int, str]], dumped: bytes = b"") -> None:
        engine = importlib.import_module("hyperscan")
        if dumped:
            database, numbers, lengths = parted(dumped)
            self._database = engine.loadb(database, mode=engine.HS_MODE_BLOCK)
            self._numbers, self._lengths = list(memoryview(numbers).cast("i")), list(memoryview(lengths).cast("i"))
        else:
            self._numbers, self._lengths = [number for number, _ in strings], [len(string) for _, string in strings]
            self._database = engine.Database(mode=engine.HS_MODE_BLOCK)
            expressions, ids = [string.encode("ascii") for _, string in strings], list(range(len(strings)))
            self._database.compile(expressions=expressions, ids=ids, flags=[0] * len(ids), literal=True)
        self._engine, self._local = engine, threading.local()

    def find(self, text: str) -> list[Hit]:
        """All hits in ASCII text, ordered by end."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = self._engine.Scratch(self._database)
        numbers, lengths, hits = self._numbers, self._lengths, list[Hit]()

        def collect(place: int, start: int, end: int, flags: int, context: object) -> None:
            hits.append((end - lengths[place], end, numbers[place]))

        self._database.scan(text.encode("ascii"), match_event_handler=collect, scratch=scratch)
        hits.sort(key=_by_end)
        return hits

    def dump(self) -> bytes:
        """The database, and the numbers and lengths of its strings."""
        numbers, lengths = (array("i", ints).tobytes() for ints in (self._numbers, self._lengths))
        return joined(bytes(self._engine.dumpb(self._database)), numbers, lengths)


class QuickAutomaton:
    """One automaton for every text, and a quicker one for long ASCII text."""

    def __init__(self, every: Automaton, quick: AsciiAutomaton) -> None:
        self._every, self._quick = every, quick

    def find(self, text: str) -> list[Hit]:
        """All hits, ordered by end."""
        return (self._quick if len(text) >= QUICK_FROM and text.isascii() else self._every).find(text)

    def dump(self) -> bytes:
        """Both."""
        return QUICK + joined(self._every.dump(), self._quick.dump())


class NoAutomaton:
    """Looks for nothing."""

    def find(self, text: str) -> list[Hit]:
        """No hit."""
        return []

    def dump(self) -> bytes:
        """Nothing."""
        return b""


def engine_name() -> str:
    """The engine in force: the first that is installed."""
    for name in ("daachorse", "ahocorasick_rs"):
        if importlib.util.find_spec(name):
            return name
    raise ImportError("neither daachorse nor ahocorasick_rs is installed")


def engine_version(engine: str) -> str:
    """The engine with its version: a dump is read by the same one only."""
    quick = f" hyperscan {importlib.metadata.version('hyperscan')}" if importlib.util.find_spec("hyperscan") else ""
    return f"{engine} {importlib.metadata.version(engine)}{quick}"


def build_automaton(strings: list[str], engine: str = "") -> Automaton:
    """An automaton over distinct, non-empty strings."""
    if not strings:
        return NoAutomaton()
    every = _CLASSES[engine or engine_name()](strings)
    in_ascii = [(number, string) for number, string in enumerate(strings) if string.isascii()]
    if len(in_ascii) not in QUICK_STRINGS or importlib.util.find_spec("hyperscan") is None:
        return every
    return QuickAutomaton(every, AsciiAutomaton(in_ascii))


def load_automaton(dumped: bytes, engine: str) -> Automaton:
    """The automaton that was dumped by the same version of the same engine."""
    if dumped.startswith(QUICK):
        every, quick = parted(dumped[len(QUICK) :])
        return QuickAutomaton(_CLASSES[engine](None, every), AsciiAutomaton((), quick))
    return _CLASSES[engine](None, dumped) if dumped else NoAutomaton()


def _by_end(hit: Hit) -> tuple[int, int]:
    return hit[1], hit[0]


_CLASSES: dict[str, Callable[..., Automaton]] = {
    "daachorse": DaachorseAutomaton,
    "ahocorasick_rs": AhoCorasickAutomaton,
}
