"""The agreement's clauses, and how far a machine may go under each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from scanner.errors import RuleError


class Ceiling(IntEnum):
    """The most that a hit may lead to without a person. There is no ceiling that deletes: only people destroy."""

    RECORD = 0
    REVIEW = 1
    THROTTLE = 2
    SUSPEND = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of §3.1.3: `number` as in the agreement, its Chinese text, an English gloss, its ceiling."""

    number: str
    zh: str
    en: str
    ceiling: Ceiling


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every clause the scanner serves, by number."""

    title: str
    clauses: Mapping[str, Clause]

    def clause(self, number: str) -> Clause:
        """The clause of that number; RuleError if the agreement has none."""
        found = self.clauses.get(number)
        if found is None:
            raise RuleError(f"unknown clause {number!r}", mend=f"use one of {', '.join(sorted(self.clauses))}")
        return found
