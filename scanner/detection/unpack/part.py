"""One stretch of bytes on its way through the readers, and what a reader may do with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from scanner.detection.unpack.budget import Budget
from scanner.detection.unpack.passwords import Passwords
from scanner.detection.unpack.troubles import SpentError, TroubleError
from scanner.detection.unpack.views import View, join
from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Layer

_NO_CONTAINER = frozenset({Reason.DAMAGED, Reason.UNSUPPORTED_FORMAT, Reason.OVER_RATIO})


class Sink(Protocol):
    """Where results go as they are made, so that a killed parser keeps what it already gave."""

    def view(self, view: View) -> None: ...

    def name(self, name: str) -> None: ...

    def gap(self, gap: Gap) -> None: ...

    def note(self, note: str) -> None: ...

    def forgive(self, path: str) -> None: ...

    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes at `path`, `depth` containers down. `name` and `declared` suggest a type, `offset` as in View."""

    path: str
    data: bytes
    depth: int = 0
    name: str = ""
    reader: str = "raw"
    declared: str = ""
    charset: str = ""
    offset: int | None = 0
    carved: bool = False  # starts inside other bytes and ends somewhere: only what a reader accounts for belongs to it
    chance: bool = False  # stands among bytes where a signature means little: programs and tables hold them


@dataclass(slots=True)
class Opening:
    """A part being read. Readers hand on members, gaps and notes, and say which bytes they accounted for."""

    part: Part
    budget: Budget
    passwords: Passwords
    sink: Sink
    enter: Callable[[Part], None]
    covered: list[tuple[int, int]] = field(default_factory=list)
    locked: bool = False
    given: int = 0  # members and texts handed on so far

    @property
    def data(self) -> bytes:
        """The bytes being read."""
        return self.part.data

    def cover(self, start: int, end: int) -> None:
        """The bytes from `start` to `end` are accounted for: structure, or handed on as a member."""
        self.covered.append((start, end))

    def member(
        self, name: str, data: bytes, reader: str, *, offset: int | None = None, declared: str = "", charset: str = ""
    ) -> None:
        """`data` came out of this part under `name`: judge it and open it further."""
        self.budget.member()
        self.given += 1
        path = join(self.part.path, name)
        self.enter(Part(path, data, self.part.depth + 1, name, reader, declared, charset, offset))

    def stream(self, name: str, chunks: Iterator[bytes], reader: str, *, declared: str = "", charset: str = "") -> int:
        """Like `member`, for bytes that are still being produced; returns how many came. A trouble becomes a gap."""
        self.budget.tick()
        self.sink.flush()  # the library behind `chunks` may take this process down
        data, trouble = self.budget.gather(chunks)
        if data or trouble is None:
            self.member(name, data, reader, declared=declared, charset=charset)
        if trouble is not None:
            self.trouble(trouble, name)
        return len(data)

    def together(self, name: str, pieces: Iterable[Iterator[bytes]], reader: str) -> None:
        """`pieces` as one member, each unpacked by itself: a trouble in one becomes a gap, and the others follow."""
        held: list[bytes] = []
        room = self.budget.limits.member_bytes
        for chunks in pieces:
            data, trouble = self.budget.gather(chunks)
            held.append(data)
            room -= len(data)
            if trouble is not None:
                self.trouble(trouble, name)
            if room < 0:
                self.gap(Reason.OVER_SIZE, "more bytes than one member may have", name)
                break
        self.member(name, b"".join(held), reader)

    def slice(self, name: str, start: int, end: int, reader: str, *, declared: str = "") -> None:
        """The bytes from `start` to `end` stand as they are under `name`."""
        self.cover(start, end)
        room = self.budget.limits.member_bytes
        self.member(name, self.data[start : min(end, start + room)], reader, offset=start, declared=declared)
        if end - start > room:
            self.gap(Reason.OVER_SIZE, f"more than {room} bytes in one member", name)
        if end > len(self.data):
            self.gap(Reason.DAMAGED, "member ends early", name)

    def text(self, name: str, text: str, reader: str, layer: Layer = Layer.TEXT) -> None:
        """Text that was read out of a document, ready to be judged."""
        raw = text.encode("utf-8", "replace")
        if raw.strip():
            self.budget.charge(len(raw))
            lanes = frozenset({"text"})
            self.sink.view(View(join(self.part.path, name), raw, "text", lanes, reader, layer, "utf-8", None))
            self.passwords.hint(text)

    def name(self, name: str) -> None:
        """A member's name, to be judged even if the member itself cannot be read."""
        self.sink.name(join(self.part.path, name))

    def gap(self, reason: Reason, detail: str, name: str = "") -> None:
        """Something that was owed could not be read."""
        if self.part.chance and not self.given and reason in _NO_CONTAINER:
            self.note(f"what looks like a container at {self.part.offset} is none")
            return
        self.locked = self.locked or reason is Reason.ENCRYPTED
        self.sink.gap(Gap(reason, join(self.part.path, name) if name else self.part.path, detail))

    def trouble(self, trouble: TroubleError, name: str = "") -> None:
        """The gap of a trouble; a spent budget goes on to end the whole content."""
        if isinstance(trouble, SpentError):
            raise trouble
        self.gap(trouble.reason, trouble.detail, name)

    def note(self, text: str) -> None:
        """A remark for the verdict."""
        self.sink.note(f"{text} ({self.part.path})" if self.part.path else text)

    def disagree(self, text: str) -> None:
        """Two readers would see different things in these bytes."""
        if not self.part.chance:
            self.note(f"disagreement: {text}")
