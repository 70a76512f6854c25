"""What was read of a content, and what was not: the half of a verdict that keeps the other half honest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from scanner.domain.content import Subject


class Reason(Enum):
    """Why something was not read."""

    ENCRYPTED = "encrypted"
    OVER_SIZE = "over-size"
    OVER_DEPTH = "over-depth"
    OVER_MEMBERS = "over-members"
    OVER_RATIO = "over-ratio"
    TIMEOUT = "timeout"
    UNSUPPORTED_FORMAT = "unsupported-format"
    DAMAGED = "damaged"
    ACCESS_DENIED = "access-denied"
    UNANSWERED = "store-unanswered"  # the store did not give it this time: it was busy, or away
    GONE = "gone"
    CHANGED = "changed-while-reading"
    PARSER_CRASHED = "parser-crashed"
    PARKED = "parked"  # a domain's stand-in page: what it is for is not there to be read
    UNRESOLVED = "unresolved"  # the host's name leads nowhere
    INCONSISTENT = "inconsistent"  # other bytes are served to other requests for the same thing


class Reach(Enum):
    """How much of a content was read. Only FULL may be called clean."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"
    UNSCANNABLE = "UNSCANNABLE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that was owed and not read. `path` is the path through containers, "" for the content itself."""

    reason: Reason
    path: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ViewRead:
    """One view that was read to its end. `layer` is the kind of view, `reader` what produced it."""

    path: str
    layer: str
    family: str
    size: int
    reader: str = "raw"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which views were made, what is missing, which rules ran on which engines under which limits.

    `views` is bounded; `view_count` and `member_count` are the true counts. `not_judged` are declared limits (for
    example "pixels" without the image extra): named, but no gap. `fatal` says that nothing of the content was read.
    """

    views: tuple[ViewRead, ...] = ()
    gaps: tuple[Gap, ...] = ()
    view_count: int = 0
    member_count: int = 0
    bytes_read: int = 0
    rules_run: int = 0
    engines: tuple[str, ...] = ()
    rulebook_digest: str = ""
    limits_digest: str = ""
    not_judged: tuple[str, ...] = ()
    fatal: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def reach(self) -> Reach:
        """FULL without a gap; FAILED when the bytes were not to be had; UNSCANNABLE when none could be read."""
        if not self.gaps:
            return Reach.FULL
        if self.fatal and any(gap.reason in _NOT_TO_BE_HAD for gap in self.gaps):
            return Reach.FAILED
        return Reach.UNSCANNABLE if self.fatal else Reach.PARTIAL

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The distinct reasons of the gaps, in the enum's order."""
        if not self.gaps:
            return ()
        seen = {gap.reason for gap in self.gaps}
        return tuple(reason for reason in Reason if reason in seen)


_NOT_TO_BE_HAD = frozenset({Reason.ACCESS_DENIED, Reason.UNANSWERED, Reason.GONE, Reason.CHANGED, Reason.UNRESOLVED})


def unread(gaps: Iterable[Gap]) -> Coverage:
    """The coverage of a content of which nothing was read."""
    return Coverage(gaps=tuple(gaps), fatal=True)


def missing_bytes(asked: Subject, held: int) -> tuple[Gap, ...]:
    """The gap of a named version of which fewer bytes came than a listing or an event told of.

    The store's answer may promise what it gives and still be short. More than was told of is no gap: events of some
    stores give the size of one part.
    """
    if held >= asked.size or not (asked.version_id or asked.etag):
        return ()
    return (Gap(Reason.DAMAGED, "", f"{held} bytes came; a listing or an event told of {asked.size}"),)
