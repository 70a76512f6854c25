"""Scan requests: what is owed a scan, and who holds it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scanner.domain.content import Subject


class Lane(StrEnum):
    """Queues that never wait for each other."""

    UPLOADS = "uploads"
    BULK = "bulk"
    ENFORCEMENT = "enforcement"


class RequestState(StrEnum):
    """A request is owed, held under a lease, or done; HELD while its rescan is paused."""

    OWED = "owed"
    HELD = "held"
    LEASED = "leased"
    DONE = "done"


SEPARATOR = "\x1f"  # between the parts of an identity
LONGEST_LEASE = timedelta(hours=1)  # one that lasts longer was given by a clock that ran ahead: it holds nothing
MAX_ATTEMPTS = 3  # burned before work; the third crash makes a content UNSCANNABLE(parser-crashed)


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """One row of `scan_request`, held under a lease. `token` fences: a later holder has a higher one."""

    id: int
    subject: Subject
    lane: Lane
    attempts: int
    token: int
    rescan: str = ""
    raw_key: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A request to be filed: idempotent by (bucket, key, version or etag, sequencer, rescan)."""

    subject: Subject
    lane: Lane
    source: str
    sequencer: str = ""
    rescan: str = ""
    raw_key: str = ""  # looked for where the decoded key is not there

    @property
    def identity(self) -> str:
        """The key under which duplicates fall together."""
        version = self.subject.version_id or self.subject.etag
        return SEPARATOR.join((self.subject.bucket, self.subject.key, version, self.sequencer, self.rescan))
