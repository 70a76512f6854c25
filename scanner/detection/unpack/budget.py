"""What one content may still cost. Produced bytes are counted as they come; declared sizes are never believed."""

import io
import time
from collections.abc import Iterator

from scanner.detection.unpack.troubles import SpentError, TroubleError
from scanner.domain.coverage import Reason
from scanner.domain.limits import Limits

CHUNK = 256 * 1024  # bytes asked of a decompressor at a time: an overrun is at most this large


class Budget:
    """Counts members, produced bytes, wall and CPU seconds of one content; raises SpentError at each bound."""

    __slots__ = ("_cpu_end", "_wall_end", "limits", "members", "packed", "pictures", "produced")

    def __init__(self, limits: Limits, packed: int) -> None:
        self.limits = limits
        self.packed = max(packed, 1)
        self.produced = 0
        self.members = 0
        self.pictures = 0
        self._wall_end = time.monotonic() + limits.wall_seconds
        self._cpu_end = time.thread_time() + limits.cpu_seconds

    def charge(self, count: int) -> None:
        """`count` more bytes came out of a decompressor."""
        self.produced += count
        if self.produced > self.limits.produced_bytes:
            raise SpentError(Reason.OVER_SIZE, f"more than {self.limits.produced_bytes} bytes unpacked")
        if self.produced > max(self.limits.ratio_floor, self.limits.ratio * self.packed):
            raise SpentError(Reason.OVER_RATIO, f"{self.produced} bytes out of {self.packed}")
        self.tick()

    def member(self) -> None:
        """One more member is opened."""
        if self.members >= self.limits.members:
            raise SpentError(Reason.OVER_MEMBERS, f"more than {self.limits.members} members")
        self.members += 1
        self.tick()

    def picture(self) -> bool:
        """One more picture has text to be read: whether it still may be."""
        self.pictures += 1
        return self.pictures <= self.limits.picture_texts

    def tick(self) -> None:
        """Time goes by."""
        if time.monotonic() > self._wall_end:
            raise SpentError(Reason.TIMEOUT, f"more than {self.limits.wall_seconds:g} s")
        if time.thread_time() > self._cpu_end:
            raise SpentError(Reason.TIMEOUT, f"more than {self.limits.cpu_seconds:g} s of CPU")

    def pause(self, seconds: float) -> None:
        """`seconds` went by while somebody else took what we gave: they do not count."""
        self._wall_end += seconds

    def gather(self, chunks: Iterator[bytes]) -> tuple[bytes, TroubleError | None]:
        """All that `chunks` gives up to the bound of one member, and the trouble that ended it early, if any."""
        held = io.BytesIO()
        room = self.limits.member_bytes
        try:
            for chunk in chunks:
                taken = chunk[: max(room - held.tell(), 0)]
                held.write(taken)
                self.charge(len(taken))
                if len(taken) < len(chunk):
                    return held.getvalue(), TroubleError(Reason.OVER_SIZE, f"more than {room} bytes in one member")
        except TroubleError as trouble:
            return held.getvalue(), trouble
        return held.getvalue(), None
