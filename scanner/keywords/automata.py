"""Many strings looked for at once: daachorse, or ahocorasick-rs where daachorse has no wheel; same hits from both."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from typing import Protocol

Hit = tuple[int, int, int]  # start, end, number of the string


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
    return f"{engine} {importlib.metadata.version(engine)}"


def build_automaton(strings: list[str], engine: str = "") -> Automaton:
    """An automaton over distinct, non-empty strings."""
    if not strings:
        return NoAutomaton()
    return _CLASSES[engine or engine_name()](strings)


def load_automaton(dumped: bytes, engine: str) -> Automaton:
    """The automaton that was dumped by the same version of the same engine."""
    return _CLASSES[engine](None, dumped) if dumped else NoAutomaton()


_CLASSES: dict[str, Callable[..., Automaton]] = {
    "daachorse": DaachorseAutomaton,
    "ahocorasick_rs": AhoCorasickAutomaton,
}
