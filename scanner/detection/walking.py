"""Walking a folder that may hold anything: every entry is a path to be scanned or an outcome of its own."""

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.detection.reading import kind_of, nothing_of
from scanner.domain.coverage import Gap, Reason
from scanner.domain.verdicts import Detection

_FILE, _FOLDER, _OTHER = range(3)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one path. `skipped` says why it is no content (a link, a pipe): `detection` then read nothing."""

    path: str
    detection: Detection
    skipped: str = ""


def tree(root: str) -> Iterator[str | Scanned]:
    """Every file below a folder in a stable order, or the path itself; what is no file as its outcome.

    Links are not followed, but for `root` itself. A folder that cannot be listed is an outcome too.
    """
    if not Path(root).is_dir():
        yield root
        return
    owed, seen = deque([root]), set[tuple[int, int]]()
    while owed:
        folder = owed.popleft()
        try:
            if not _is_new(folder, seen):
                continue
            with os.scandir(folder) as entries:
                listed = sorted((entry.name, _kind(entry)) for entry in entries)
        except OSError as error:
            yield _unlisted(folder, error)
            continue
        for name, kind in listed:
            if kind != _FOLDER:
                path = os.path.join(folder, name)  # noqa: PTH118 - names in broken encodings, a million of them
                yield path if kind == _FILE else _no_content(path)
        owed.extendleft(os.path.join(folder, name) for name, kind in reversed(listed) if kind == _FOLDER)  # noqa: PTH118


def path_of(entry: str | Scanned) -> str:
    """The path of what a walk gives."""
    return entry if isinstance(entry, str) else entry.path


def _kind(entry: "os.DirEntry[str]") -> int:
    if entry.is_dir(follow_symlinks=False):
        return _FOLDER
    return _FILE if entry.is_file(follow_symlinks=False) else _OTHER


def _is_new(path: str, seen: set[tuple[int, int]]) -> bool:
    """Whether the folder was not met before: mounts can lead in circles."""
    found = Path(path).stat()
    known = (found.st_dev, found.st_ino) in seen
    seen.add((found.st_dev, found.st_ino))
    return not known


def _unlisted(folder: str, error: OSError) -> Scanned:
    reason = Reason.GONE if isinstance(error, FileNotFoundError | NotADirectoryError) else Reason.ACCESS_DENIED
    return Scanned(folder, nothing_of(0, (Gap(reason, "", f"folder not listed: {error.strerror}"),)))


def _no_content(path: str) -> Scanned:
    """A link, pipe, socket or device: skipped, by name."""
    try:
        mode = Path(path).lstat().st_mode
    except OSError as error:
        return Scanned(path, nothing_of(0, (Gap(Reason.GONE, "", str(error.strerror)),)))
    kind = kind_of(mode)
    gap = Gap(Reason.UNSUPPORTED_FORMAT, "", f"{kind}, no regular file")
    return Scanned(path, nothing_of(0, (gap,)), f"{kind}, not followed" if stat.S_ISLNK(mode) else kind)
