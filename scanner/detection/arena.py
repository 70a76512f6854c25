"""Memory that a keeper and its scanner share: the bytes of a batch, and which content of it the scanner is at."""

import mmap
import struct
import time
from collections.abc import Mapping
from typing import Any

from scanner.domain.content import Sample

ROOM = 8 << 20  # bytes of a batch at most; pages that were never used cost nothing
IDLE = -1  # at no content
_PLACE = struct.Struct("=qd")  # the content's number, and when it was begun on the monotonic clock


class Arena:
    """Made before the fork. Contents lie behind each other; a larger one than `ROOM` does not belong here."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE + ROOM)
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

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
