"""What a scanner says of a file: rows that are made where the file was scanned, in the form its keeper needs."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from scanner.detection.rows import detection_of, detection_row
from scanner.detection.walking import Scanned

T_co = TypeVar("T_co", covariant=True)


class Telling(Protocol[T_co]):
    """How a scanned file is put into a row, and a row into what the keeper gives on. Rows are JSON."""

    def begun(self, path: str) -> Callable[[Scanned], Any]:
        """Asked by the scanner before it reads the file; what it gets makes the row once the file is scanned."""
        ...

    def taken(self, path: str, row: Any) -> T_co:
        """Asked by the keeper; ValueError, TypeError or KeyError where the row is none."""
        ...


class Whole:
    """The whole detection."""

    def begun(self, path: str) -> Callable[[Scanned], Any]:
        """Nothing has to be known beforehand."""
        return _row

    def taken(self, path: str, row: Any) -> Scanned:
        """The outcome as it was with the scanner."""
        detection, skipped = row
        return Scanned(path, detection_of(detection), str(skipped))


def _row(scanned: Scanned) -> list[Any]:
    return [detection_row(scanned.detection), scanned.skipped]
