"""What is said to people: English text for logs and machines that remembers its code and values.

An edge that speaks another language says the same by the code (a catalogue has the words); all others just print it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Said(str):
    """English text. `code` names what is said ("" for several things said one after the other: `parts`).

    It is a `str` for whoever does not ask: it is stored, logged and answered by the API as its English text.
    """

    __slots__ = ("between", "code", "parts", "values")
    code: str
    values: Mapping[str, object]
    parts: tuple[str, ...]
    between: str

    @staticmethod
    def together(parts: Iterable[str], between: str = "; ") -> "Said":
        """Several things, one after the other."""
        told = tuple(parts)
        return _made(between.join(told), "", {}, told, between)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (str(self), self.code, self.values, self.parts, self.between)


@dataclass(frozen=True, slots=True)
class Message:
    """A thing that can be said. `code` is stable; `english` has `%(name)s` where values go."""

    code: str
    english: str

    def __call__(self, **values: object) -> Said:
        """It, said with these values. Lists are joined by commas; values may be words that edges translate as well."""
        shown = {name: _shown(value) for name, value in values.items()}
        return _made(self.english % shown if shown else self.english, self.code, values, (), "")


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value


def _made(text: str, code: str, values: Mapping[str, object], parts: tuple[str, ...], between: str) -> Said:
    said = Said(text)
    said.code, said.values, said.parts, said.between = code, values, parts, between
    return said
