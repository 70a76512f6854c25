"""Reading the keys of a YAML mapping one by one: what is missing, unknown or of the wrong kind becomes a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from scanner.rulebook.problems import Problem
from scanner.rulebook.yamlfile import Path_, YamlFile

Named = TypeVar("Named", bound=Enum)


def words_of(kind: type[Enum]) -> str:
    """The enum's words as users write them, for a mend."""
    return ", ".join(member.name.lower() for member in kind)


def word(kind: type[Named], value: object) -> Named | None:
    """The member that users write as `value`, or None."""
    return next((member for member in kind if member.name.lower() == value), None)


@dataclass(slots=True)
class Fields:
    """The keys of one mapping in a file, each taken once; `problems` grows with what is wrong."""

    file: YamlFile
    key: Path_
    name: str
    problems: list[Problem]
    taken: set[str] = field(default_factory=set)

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The mapping itself; empty where something else stands, so that every required key is missing."""
        value: Any = self.file.value
        for step in self.key:
            known = isinstance(value, list) or (isinstance(value, Mapping) and step in value)
            value = value[step] if known else {}
        return value if isinstance(value, Mapping) else {}

    def refuse(self, key: str, message: str, mend: str = "") -> None:
        """Record a problem at `key`."""
        self.problems.append(self.file.problem((*self.key, key), self.name or key, message, mend))

    def text(self, key: str, default: str | None = None) -> str:
        """A text; a missing one without a default is a problem."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if value is None:
            self.refuse(key, f"{key} is missing", f"add `{key}: ...`")
            return ""
        if isinstance(value, bool | list | dict) or (not str(value).strip() and default is None):
            self.refuse(key, f"{key} = {value!r} is no text", f"write `{key}: ...` with some text")
            return ""
        return str(value)

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number above 0."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            self.refuse(key, f"{key} = {value!r} is no whole number above 0", f"for example `{key}: 24`")
            return 1
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if not isinstance(value, bool):
            self.refuse(key, f"{key} = {value!r} is neither true nor false", f"write `{key}: true` or `{key}: false`")
            return default
        return value

    def member(self, key: str, kind: type[Named], default: Named | None = None) -> Named:
        """One of an enum's words."""
        self.taken.add(key)
        value = self.mapping.get(key)
        if value is None and default is not None:
            return default
        found = word(kind, value)
        if found is None:
            what = f"{key} is missing" if value is None else f"{key} = {value!r} is not known"
            self.refuse(key, what, f"use one of: {words_of(kind)}")
            return next(iter(kind))
        return found

    def maybe(self, key: str, kind: type[Named]) -> Named | None:
        """One of an enum's words, or None where the key is absent."""
        return self.member(key, kind) if key in self.mapping else None

    def day(self, key: str, default: date | None = None) -> date:
        """A calendar day."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if isinstance(value, date):
            return value
        what = f"{key} is missing" if value is None else f"{key} = {value!r} is no day"
        self.refuse(key, what, f"write `{key}: 2027-01-31`")
        return date.min

    def share(self, key: str, default: float = 1.0) -> float:
        """A number from 0 to 1."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.refuse(key, f"{key} = {value!r} is no share", f"write a number from 0 to 1, for example `{key}: 0.1`")
            return default
        return float(value)

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        self.taken.add(key)
        value = self.mapping.get(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            self.refuse(key, f"{key} is no list of texts", f"for example `{key}: [one, two]`")
            return ()
        return tuple(value)

    def rest(self, *also: str) -> None:
        """Every key that was not taken is unknown; a key that is nothing but a slip is the commonest fault."""
        known = self.taken | set(also)
        for key in self.mapping:
            if key not in known:
                self.refuse(str(key), f"unknown key {key!r}", f"use one of: {', '.join(sorted(known))}")
