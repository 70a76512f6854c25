"""Reading a local file that may be anything: bounded, never blocking, and honest about what changed meanwhile."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, replace

from scanner.domain.content import Content
from scanner.domain.coverage import Gap, Reason, unread
from scanner.domain.verdicts import Detection

PIECE = 1 << 20
_REFUSED = {errno.EACCES: Reason.ACCESS_DENIED, errno.EPERM: Reason.ACCESS_DENIED}
_GONE = {errno.ENOENT: Reason.GONE, errno.ENOTDIR: Reason.GONE, errno.ESTALE: Reason.GONE}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file gave: bytes (None where none were to be had) and what is wrong with them. `size` as the file says."""

    data: bytes | None
    size: int = 0
    gaps: tuple[Gap, ...] = ()

    def judged(self, detection: Detection) -> Detection:
        """A detection over the bytes, with the file's own troubles added."""
        if not self.gaps:
            return detection
        coverage = replace(detection.coverage, gaps=(*self.gaps, *detection.coverage.gaps))
        return replace(detection, coverage=coverage)

    def nothing(self) -> Detection:
        """The detection of a file of which nothing was read."""
        return nothing_of(self.size, self.gaps)


def nothing_of(size: int, gaps: tuple[Gap, ...]) -> Detection:
    """The detection of a content of which nothing was read."""
    return Detection(Content("", size), (), unread(gaps))


def read_file(path: str, most: int) -> Read:
    """At most `most` bytes of a regular file, and a gap for whatever was not as it should be."""
    try:
        pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return Read(None, 0, (_gap(error),))
    try:
        return _read(pipe, most)
    except OSError as error:
        return Read(None, 0, (_gap(error),))
    finally:
        os.close(pipe)


def _read(pipe: int, most: int) -> Read:
    before = os.fstat(pipe)
    if not stat.S_ISREG(before.st_mode):
        return Read(None, 0, (Gap(Reason.UNSUPPORTED_FORMAT, "", f"{kind_of(before.st_mode)}, no regular file"),))
    pieces, left = [], most + 1
    while left > 0 and (piece := os.read(pipe, min(left, max(PIECE, before.st_size + 1)))):
        pieces.append(piece)
        left -= len(piece)
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    after = os.fstat(pipe)
    gaps = []
    if len(data) > most:
        data = data[:most]
        gaps.append(Gap(Reason.OVER_SIZE, "", f"{after.st_size} bytes; the first {most} were read"))
    elif (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or len(data) != after.st_size:
        gaps += _changed(before, after, len(data))
    return Read(data, after.st_size, tuple(gaps))


def _changed(before: os.stat_result, after: os.stat_result, size: int) -> list[Gap]:
    """Files that are no content (as in /proc) say size 0 and are read to their end all the same."""
    if before.st_size == after.st_size == 0 and before.st_mtime_ns == after.st_mtime_ns:
        return []
    return [Gap(Reason.CHANGED, "", f"{before.st_size} bytes before, {after.st_size} after, {size} read")]


def kind_of(mode: int) -> str:
    """What a directory entry is, for people."""
    kinds = (
        (stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a symbolic link"), (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"), (stat.S_ISBLK, "a block device"), (stat.S_ISCHR, "a character device"),
    )  # fmt: skip
    return next((word for test, word in kinds if test(mode)), "something unknown")


def _gap(error: OSError | ValueError) -> Gap:
    number = error.errno or 0 if isinstance(error, OSError) else 0
    what = os.strerror(number) if number else str(error)
    reason = _REFUSED.get(number) or _GONE.get(number) or Reason.ACCESS_DENIED
    if number in (errno.ENXIO, errno.ENODEV):  # a socket, or a device without a driver
        return Gap(Reason.UNSUPPORTED_FORMAT, "", f"no regular file: {what}")
    return Gap(reason, "", what)


def sha256_of(data: bytes) -> str:
    """The identity of bytes."""
    return hashlib.sha256(data).hexdigest()
