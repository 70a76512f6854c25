"""The state file of `aup scan --state`: what was scanned, so that an interrupted run goes on where it stopped."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from scanner.errors import UsageError


@dataclass(slots=True)
class StateFile:
    """One JSON object a line: path, size and mtime as scanned, verdict, clause. `stamp` names all a verdict hangs on.

    A file that changed since, or was scanned under other rules, limits, passwords or readers, is scanned again. A last
    line that was cut off by a crash is left out. `spared` are the rows that spared this run a scan.
    """

    path: Path | None
    stamp: str
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    spared: list[Mapping[str, Any]] = field(default_factory=list)
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
        """Whether the file was scanned as it is now; its row is then counted as `spared`."""
        row = self.rows.get(name_of(path))
        if row is None or row["mark"] != mark_of(path):
            return False
        self.spared.append(row)
        return True

    def add(self, lines: Iterable[str]) -> None:
        """Remember verdicts, each a line as the file keeps it, or "" for none."""
        text = "".join(lines)
        if self._out is not None and text:
            self._out.write(text)
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


def name_of(path: str) -> str:
    """The path as text that survives JSON, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def mark_of(path: str) -> list[int]:
    """Size and time of change as they are now; nothing for a file that is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116 - names in broken encodings
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]
