"""What is wrong with a rules folder: all of it at once, each with its place, a caret and the mend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner.errors import RuleError


class Level(StrEnum):
    """ERROR refuses the rulebook; WARNING should be mended; ADVICE is a recommendation."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: line and column, both from 1; 0 where unknown."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `file` is relative to the rules folder, `key` the key or rule id, `mend` what to do."""

    level: Level
    file: str
    line: int
    column: int
    key: str
    message: str
    mend: str = ""
    lint: str = ""
    recommendation: str = ""

    @property
    def where(self) -> str:
        """`file:line:column`, as far as known."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


class RulebookError(RuleError):
    """A rulebook was refused; `problems` holds every reason, not only the first."""

    def __init__(self, problems: Iterable[Problem], *, more: str = "") -> None:
        self.problems = tuple(problems)
        first, others = self.problems[0], len(self.problems) - 1
        tail = f" (and {others} more problem{'s' if others > 1 else ''})" if others else ""
        key = f"{first.key}: " if first.key else ""
        super().__init__(f"{key}{first.message}{tail}{more}", where=first.where, mend=first.mend)


def problem(file: str, place: Place, key: str, message: str, mend: str = "", level: Level = Level.ERROR) -> Problem:
    """A problem at a place."""
    return Problem(level, file, place.line, place.column, key, message, mend)


def errors_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that refuse the rulebook."""
    return tuple(each for each in problems if each.level is Level.ERROR)


def render(found: Problem, text: str = "") -> str:
    """The problem for people: where, level, key, message, the line with a caret, and the mend."""
    name = f" [{found.lint}]" if found.lint else ""
    key = f" {found.key}:" if found.key else ""
    lines = [f"{found.where}: {found.level}{name}:{key} {found.message}", *_source(found, text)]
    if found.mend:
        lines.append(f"  mend: {found.mend}")
    if found.recommendation:
        lines.append(f"  why:  {found.recommendation}")
    return "\n".join(lines)


def render_all(problems: Iterable[Problem], texts: Mapping[str, str]) -> str:
    """All problems for people, in order of file and line, one empty line between them."""
    ordered = sorted(problems, key=lambda each: (each.file, each.line, each.column, each.message))
    return "\n\n".join(render(each, texts.get(each.file, "")) for each in ordered)


def _source(found: Problem, text: str) -> list[str]:
    rows = text.split("\n")
    if not 0 < found.line <= len(rows):
        return []
    row = "".join(char if char.isprintable() else " " for char in rows[found.line - 1])
    column = min(max(found.column, 1), len(row) + 1)
    start = max(0, column - 60)  # a long line is shown round the caret
    shown = row[start : start + 110]
    caret = " " * _width(shown[: column - 1 - start]) + "^"
    return [f"  {found.line:>4} | {shown}", f"       | {caret}"]


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)  # hanzi and full-width forms take two columns
