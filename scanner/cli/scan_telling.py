"""What `aup scan` says of a file, made where the file was scanned: only what is to be written travels to the terminal.

The process that all scanners share then has little to do for each file, however much is said of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.cli.exits import json_line, visible
from scanner.cli.scan_state import mark_of, name_of
from scanner.detection.walking import Scanned
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Verdict, judge
from scanner.render.sarif import part_of
from scanner.render.verdicts import verdict_lines, verdict_record


class Form(Enum):
    """Who reads it: people, machines line by line, or code-scanning dashboards."""

    PEOPLE = "people"
    JSON = "json"
    SARIF = "sarif"


@dataclass(frozen=True, slots=True)
class Told:
    """One entry: `text` as it is written, `state` as the state file keeps it, what is counted, and its part of SARIF.

    `skipped` says why it is no content at all.
    """

    text: str
    state: str
    word: str
    standing: int
    clause: str
    size: int
    skipped: str
    part: Any


@dataclass(frozen=True, slots=True)
class Teller:
    """Says it in one form, under one rulebook. `stamp` is what the state file keeps; "" without one."""

    book: Rulebook
    form: Form
    verbose: int = 0
    stamp: str = ""

    def begun(self, path: str) -> Callable[[Scanned], list[Any]]:
        """The file's mark is taken before it is read: what changes meanwhile is scanned again by the next run."""
        mark = mark_of(path) if self.stamp else []
        return lambda scanned: self._row(scanned, mark)

    def taken(self, path: str, row: Any) -> Told:
        """The entry of a row; ValueError or TypeError where it is none."""
        lines, state, word, standing, clause, size, skipped, part = row
        people = self.form is Form.PEOPLE
        text = "".join(f"{visible(str(line)) if people else line}\n" for line in lines)
        return Told(text, str(state), str(word), int(standing), str(clause), int(size), str(skipped), part)

    def told(self, scanned: Scanned) -> Told:
        """The entry of what this process has scanned itself."""
        return self.taken(scanned.path, self.begun(scanned.path)(scanned))

    def _row(self, scanned: Scanned, mark: list[int]) -> list[Any]:
        verdict = judge(scanned.detection, self.book)
        path, skipped = scanned.path, scanned.skipped
        part = part_of(path, verdict) if self.form is Form.SARIF else None
        state = self._state(path, mark, verdict) if self.stamp and not skipped else ""
        counted = [verdict.word, int(verdict.standing), verdict.clause, verdict.content.size, skipped]
        return [self._lines(scanned, verdict), state, *counted, part]

    def _lines(self, scanned: Scanned, verdict: Verdict) -> list[str]:
        if self.form is Form.SARIF:
            return []
        if self.form is Form.JSON:
            return [json_line(verdict_record(scanned.path, verdict, self.book, skipped=scanned.skipped))]
        if scanned.skipped:
            return [f"SKIPPED     {scanned.path}: {scanned.skipped}"] if self.verbose else []
        return verdict_lines(scanned.path, verdict, self.book, verbose=self.verbose)

    def _state(self, path: str, mark: list[int], verdict: Verdict) -> str:
        row = {
            "path": name_of(path),
            "mark": mark,
            "stamp": self.stamp,
            "verdict": verdict.word,
            "standing": int(verdict.standing),
            "clause": verdict.clause,
            "size": verdict.content.size,
        }
        return json.dumps(row) + "\n"
