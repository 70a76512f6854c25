"""Formats that only the system's libarchive reads, where it is installed."""

import contextlib
from collections.abc import Iterator
from typing import Any

from scanner.detection.unpack.budget import CHUNK
from scanner.detection.unpack.names import clean, decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged, locked, unsupported
from scanner.domain.coverage import Reason

try:
    import libarchive
except (ImportError, OSError, AttributeError, TypeError):  # the wrapper is there, the library is not
    libarchive = None


def is_there() -> bool:
    """Whether libarchive can be asked."""
    return libarchive is not None


def warm_up() -> None:
    """Make the library load what it loads on first use."""
    if libarchive is not None:
        with contextlib.suppress(libarchive.ArchiveError), libarchive.memory_reader(b"-") as archive:
            list(archive)


def read_by_libarchive(opening: Opening, word: str, filter_name: str = "none") -> int:
    """All members of an archive of format `word`; returns how many there were. TroubleError if it cannot be read."""
    if libarchive is None:
        raise unsupported(f"{word}: libarchive is not installed")
    count = 0
    try:
        with libarchive.memory_reader(opening.data, word, filter_name) as archive:
            for entry in archive:
                count += 1
                _read_entry(opening, entry, word, count)
    except libarchive.ArchiveError as error:
        raise _trouble(word, error) from error
    return count


def _read_entry(opening: Opening, entry: Any, word: str, count: int) -> None:
    name = _name(entry) or f"(member {count})"
    opening.name(name)
    if link := entry.linkpath:
        opening.name(clean(str(link)))
    if not (entry.isdir or entry.issym or entry.islnk or entry.isdev or entry.isfifo or entry.issock):
        came = opening.stream(name, _blocks(entry, word), word)
        if entry.size is not None and came < min(entry.size, opening.budget.limits.member_bytes):
            opening.gap(Reason.DAMAGED, f"{word}: {came} of {entry.size} bytes", name)


def _name(entry: Any) -> str:
    try:
        path = entry.pathname
    except UnicodeError:
        return ""
    return decoded(path) if isinstance(path, bytes) else clean(path or "")


def _blocks(entry: Any, word: str) -> Iterator[bytes]:
    try:
        yield from entry.get_blocks(CHUNK)
    except libarchive.ArchiveError as error:
        raise _trouble(word, error) from error


def _trouble(word: str, error: Exception) -> TroubleError:
    text = str(getattr(error, "msg", error) or error)[:200]
    low = text.lower()
    if "encrypt" in low or "passphrase" in low:
        return locked(f"{word}: {text}")
    if "not supported" in low or "unsupported" in low or "unrecognized" in low:
        return unsupported(f"{word}: {text}")
    return damaged(f"{word}: {text}")
