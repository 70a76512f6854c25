"""The state file of `aup scan --state`: what was scanned, so that an interrupted run goes on where it stopped."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from scanner.domain.verdicts import Verdict
from scanner.errors import UsageError


@dataclass(slots=True)
class StateFile:
    """One JSON object a line: path, size and mtime as scanned, verdict, clause. `stamp` names rulebook and limits.

    A file that changed since, or was scanned under other rules or limits, is scanned again. A last line that was cut
    off by a crash is left out.
    """

    path: Path | None
    stamp: str
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _out: TextIO | None = None

    def __post_init__(self) -> None:
        if self.path is None:
            return
        if self.path.exists():
            self.rows = {row["path"]: row for row in self._read(self.path) if row["stamp"] == self.stamp}
        try:
            self._out = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}", where=str(self.path), mend="name another"
            ) from error

    def done(self, path: str) -> bool:
        """Whether the file was scanned as it is now."""
        row = self.rows.get(_name(path))
        return row is not None and row["mark"] == _mark(path)

    def add(self, path: str, verdict: Verdict) -> None:
        """Remember a verdict."""
        if self._out is None:
            return
        row = {
            "path": _name(path),
            "mark": _mark(path),
            "stamp": self.stamp,
            "verdict": verdict.word,
            "standing": int(verdict.standing),
            "clause": verdict.clause,
            "size": verdict.content.size,
        }
        self._out.write(json.dumps(row) + "\n")
        self._out.flush()

    def _read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                row["path"], row["mark"], row["stamp"], row["verdict"]
            except (ValueError, TypeError, KeyError) as error:
                if number == len(lines):
                    return
                where = f"{path}:{number}"
                raise UsageError("is no line of a state file", where=where, mend="name another file") from error
            yield row


def _name(path: str) -> str:
    """The path as text that survives JSON, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _mark(path: str) -> list[int]:
    """Size and time of change as they are now; nothing for a file that is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116 - names in broken encodings
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]
