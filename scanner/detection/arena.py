"""Memory that a keeper and its scanner share: the bytes of a batch, and which content of it the scanner is at.

Of a group of files it holds the rows about those that are done and were not sent yet: a scanner that hangs or dies
over the next takes none of them along.
"""

import mmap
import struct
import time
from collections.abc import Mapping
from typing import Any

from scanner.domain.content import Sample

ROOM = 8 << 20  # bytes of a batch at most; pages that were never used cost nothing
IDLE = -1  # at no content
TELLING = 256 << 10  # bytes of rows that are kept until they are sent
_PLACE = struct.Struct("=qd")  # the content's number, and when it was begun on the monotonic clock
_KEPT = struct.Struct("=qq")  # which turn of keeping rows it is, and how many bytes of them there are
_KEPT_AT = 64


class Arena:
    """Made before the fork. Contents lie behind each other; a larger one than `ROOM` does not belong here."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE + ROOM)
        self._turn, self._held = 0, 0
        self.begin(IDLE)

    def lay(self, samples: Mapping[int, Sample]) -> list[Any]:
        """Told by the keeper, while the scanner is idle: the samples' bytes laid down, and a row about each."""
        self.begin(IDLE)
        rows, place = list[Any](), mmap.PAGESIZE
        for number, sample in samples.items():
            end = place + len(sample.data)
            self._memory[place:end] = sample.data
            words = [sample.name, sample.media_type, sample.encoding, sample.sha256]
            rows.append([number, place, len(sample.data), *words])
            place = end
        return rows

    def taken(self, row: list[Any]) -> tuple[int, Sample]:
        """Told by the scanner: the sample of a row."""
        number, place, size, name, media_type, encoding, sha256 = row
        data = self._memory[place : place + size]
        return number, Sample(str(name), data, str(media_type), str(encoding), str(sha256))

    def lay_bytes(self, bodies: Mapping[int, bytes]) -> list[list[int]]:
        """Told by the keeper: bytes laid down, with the number, place and size of each."""
        self.begin(IDLE)
        rows, place = list[list[int]](), mmap.PAGESIZE
        for number, body in bodies.items():
            self._memory[place : place + len(body)] = body
            rows.append([number, place, len(body)])
            place += len(body)
        return rows

    def bytes_at(self, place: int, size: int) -> bytes:
        """Told by the scanner: bytes that were laid down."""
        return self._memory[place : place + size]

    def begin(self, number: int) -> None:
        """Told by the scanner: it is at this content from now on, or at none."""
        _PLACE.pack_into(self._memory, 0, number, time.monotonic())

    def at(self) -> tuple[int, float]:
        """Asked by the keeper: which content, and since when. Sure only once the scanner is dead."""
        number, since = _PLACE.unpack_from(self._memory)
        return int(number), float(since)

    def keep(self, row: bytes) -> bool:
        """Told by the scanner: a row about what is done, as JSON; False where there is no room for it."""
        end = self._held + len(row) + 1
        if end > TELLING:
            return False
        self._memory[mmap.PAGESIZE + self._held : mmap.PAGESIZE + end] = row + b","
        self._held = end
        _KEPT.pack_into(self._memory, _KEPT_AT, self._turn, end)  # only now, so that no half of a row is seen
        return True

    def kept(self) -> bytes:
        """The rows that are kept, as a list in JSON. Asked by the keeper it is a guess as long as the scanner lives."""
        before = _KEPT.unpack_from(self._memory, _KEPT_AT)
        size = min(max(1, before[1]), TELLING)
        body = self._memory[mmap.PAGESIZE : mmap.PAGESIZE + size - 1]
        same = _KEPT.unpack_from(self._memory, _KEPT_AT)[0] == before[0]
        return b"[" + body + b"]" if same else b"[]"

    def sent(self) -> None:
        """Told by the scanner: what was kept is sent."""
        self._turn, self._held = self._turn + 1, 0
        _KEPT.pack_into(self._memory, _KEPT_AT, self._turn, 0)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
