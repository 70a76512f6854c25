"""What is remembered of a URL between two scans: its validators, what its bytes were, and doubts about its server."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from scanner.domain.content import Subject

WHOLE_AFTER = timedelta(days=7)  # a verdict stands on "as before" for so long; then the bytes are read again
WHOLE_SHARE = 8  # and one URL of so many, another each day, is read whole all the same: a server may lie
SETTLED = timedelta(seconds=60)  # a time of change has seconds: a younger page may change again unseen
LONGEST = 1_000  # characters of a validator that is kept


@dataclass(frozen=True, slots=True)
class Remembered:
    """One URL as seen from one vantage. `lies`: its validators stayed when its bytes changed.

    `doubt` says in what its ranges differ from the whole, "" for nothing; `checks`: its ranges are to be compared at
    the next read. `read_at` is when its bytes were last read whole.
    """

    id: str
    url: str
    read_at: datetime
    etag: str = ""
    modified: str = ""
    sha256: str = ""
    size: int = 0
    media_type: str = ""
    encoding: str = ""
    lies: bool = False
    doubt: str = ""
    checks: bool = False


def memory_id(subject: Subject) -> str:
    """The row of a subject."""
    text = f"{subject.bucket}\x1f{subject.key}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def askable(held: Remembered, now: datetime) -> bool:
    """Whether "as before" would be believed: there are validators, nothing speaks against them, it is not too long."""
    if not (held.etag or held.modified) or not held.sha256 or held.lies or held.doubt or held.checks:
        return False
    return timedelta(0) <= now - held.read_at < WHOLE_AFTER and not _drawn(held.id, now)


def remembered(
    held: Remembered | None, subject: Subject, headers: Mapping[str, str], sha256: str, size: int, now: datetime
) -> Remembered:
    """The row after its bytes were read whole: so many, with that digest."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    fresh = Remembered(
        held.id if held else memory_id(subject),
        subject.key,
        now,
        etag if len(etag) <= LONGEST else "",
        modified if len(modified) <= LONGEST and (etag or _is_settled(modified, now)) else "",
        sha256,
        size,
        headers.get("content-type", "")[:LONGEST],
        headers.get("content-encoding", "")[:LONGEST],
    )
    return replace(fresh, lies=held.lies or _lied(held, fresh), doubt=held.doubt) if held else fresh


def _lied(held: Remembered, fresh: Remembered) -> bool:
    """Whether other bytes came under validators that say that nothing changed."""
    same = held.etag == fresh.etag if held.etag or fresh.etag else held.modified == fresh.modified != ""
    return same and bool(held.sha256) and held.sha256 != fresh.sha256


def _is_settled(modified: str, now: datetime) -> bool:
    try:
        changed = parsedate_to_datetime(modified)
    except ValueError:
        return False
    return changed.tzinfo is not None and now - changed >= SETTLED


def _drawn(name: str, now: datetime) -> bool:
    day = f"{name} {now:%Y%m%d}"
    return hashlib.sha256(day.encode()).digest()[0] % WHOLE_SHARE == 0
