"""The form of a lint, and the list of all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scanner.rulebook.problems import Level, Problem
from scanner.rulebook.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Lint:
    """One rule about rules: `look` finds what breaks it, `recommendation` says why it stands."""

    name: str
    level: Level
    recommendation: str
    look: Callable[[Workbench], Iterator[Problem]]


def run_lints(bench: Workbench, lints: tuple[Lint, ...]) -> tuple[Problem, ...]:
    """What all lints find, each with its level, name and recommendation."""
    found = [
        replace(each, level=lint.level, lint=lint.name, recommendation=lint.recommendation)
        for lint in lints
        for each in lint.look(bench)
    ]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.column, each.lint)))
