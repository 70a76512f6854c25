"""The zip reader: the directory's view, local headers that the directory does not know, and where both disagree."""

import re
import zlib
from bisect import bisect, insort
from dataclasses import dataclass, field
from itertools import islice

from scanner.detection.unpack.decoders import Ended
from scanner.detection.unpack.names import decoded, readings
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.detection.unpack.zip_format import (
    BIG,
    CENTRAL,
    DESCRIPTOR,
    LOCAL,
    METHODS,
    End,
    Entry,
    central_entries,
    find_ends,
    local_entry,
    odd_extra,
    plausible,
)
from scanner.detection.unpack.zip_locked import open_locked
from scanner.detection.unpack.zip_methods import unpacked
from scanner.domain.coverage import Reason

_HEAD = re.compile(rb"PK\x03\x04(?:.{4}[\x00-\x63]\x00|.{0,4}\Z)", re.S)


@dataclass(slots=True)
class _Reading:
    """What is known of one zip while it is read: where members were found, and who claims them."""

    opening: Opening
    seen: dict[int, Entry] = field(default_factory=dict)  # local header offset → directory entry that led there
    spans: list[tuple[int, int]] = field(default_factory=list)  # packed bytes of members that were read
    locked: list[tuple[Entry, Entry]] = field(default_factory=list)

    def span(self, start: int, stop: int) -> None:
        """The packed bytes from `start` to `stop` belong to a member that was read."""
        if stop > start:
            insort(self.spans, (start, stop))

    def behind(self, at: int) -> int:
        """The end of the latest span that `at` lies in, `at` itself if in none. Overlaps are seen 8 back."""
        index = bisect(self.spans, (at, 1 << 62))
        return max([at, *(stop for start, stop in self.spans[max(index - 8, 0) : index] if start <= at < stop)])


def read_zip(opening: Opening) -> None:
    """Every member that any reader would find. Encrypted ones come last, when all texts beside them were seen."""
    reading = _Reading(opening)
    ends = find_ends(opening.data)
    for number, end in enumerate(ends):
        if reading.behind(end.at) == end.at:  # else a stored zip's own
            _read_directory(reading, end, main=number == 0)
    _read_unlisted(reading, listed=bool(reading.seen))
    for entry, local in reading.locked:
        open_locked(opening, entry, local, name_of(entry))


def name_of(entry: Entry) -> str:
    """The member's name for paths; a name of ours where it has none."""
    return decoded(entry.name) or f"(nameless at {entry.at})"


def _read_directory(reading: _Reading, end: End, *, main: bool) -> None:
    opening = reading.opening
    opening.budget.tick()
    entries = list(islice(central_entries(opening.data, end), opening.budget.limits.members + 1))
    if not entries and not _worth_saying(opening.data, end):
        return
    opening.cover(end.at, end.at + 22 if len(end.comment) > 8 else end.end)
    _say(opening, end.comment)
    for entry in entries:
        if entry.at in reading.seen:  # another end record led to the same directory
            continue
        reading.seen[entry.at] = entry
        opening.cover(entry.at, entry.end)
        _say(opening, entry.comment)
        _read_listed(reading, entry, end)
    if main and len(entries) != end.claimed and len(entries) <= opening.budget.limits.members:
        opening.disagree(f"the zip directory claims {end.claimed} members and has {len(entries)}")
        if not entries:
            opening.gap(Reason.DAMAGED, "zip directory is not where it should be")
    if not main and entries:
        opening.disagree("the zip has more than one directory")


def _worth_saying(data: bytes, end: End) -> bool:
    """Whether an end record without entries is a zip's all the same: an empty one, or one whose directory is lost."""
    return end.honest and (end.claimed == 0 or end.end == len(data) or data.startswith(b"PK"))


def _say(opening: Opening, comment: bytes) -> None:
    if comment:
        text = decoded(comment)
        opening.name(text)
        opening.passwords.hint(text)


def _read_listed(reading: _Reading, entry: Entry, end: End) -> None:
    opening = reading.opening
    for name in readings(entry.name):
        opening.name(name)
    places = dict.fromkeys((entry.header_at, entry.header_at - end.shift))
    locals_ = [found for at in places if at >= 0 and (found := local_entry(opening.data, at)) is not None]
    if not locals_:
        opening.gap(Reason.DAMAGED, "the zip directory points where no member is", name_of(entry))
    for local in locals_:
        if local.at in reading.seen and reading.seen[local.at].header_at == local.at:
            opening.disagree(f"two directory entries share one member: {name_of(entry)}")
            continue
        reading.seen[local.at] = entry
        _compare(opening, entry, local)
        _read_member(reading, entry, local, "zip-directory")


def _compare(opening: Opening, entry: Entry, local: Entry) -> None:
    """Where the directory and the member's own header tell different stories."""
    told = {
        "name": (entry.name, local.name),
        "method": (entry.method, local.method),
        "encryption": (entry.encrypted, local.encrypted),
    }
    if not local.late and not entry.late:
        told["packed size"] = (entry.packed, local.packed)
        told["size"] = (entry.size, local.size)
        told["check sum"] = (entry.crc, local.crc)
    differing = [word for word, (one, other) in told.items() if one != other]
    if differing:
        opening.disagree(f"zip headers differ in {', '.join(differing)}: {name_of(entry)}")
        if "name" in differing:
            for name in readings(local.name):
                opening.name(name)


def _read_unlisted(reading: _Reading, *, listed: bool) -> None:
    """Local headers that no directory names: in front, between, behind, or all of them where there is no directory."""
    opening, data = reading.opening, reading.opening.data
    at = _next_head(data, 0)
    unlisted = 0
    while at >= 0:
        opening.budget.tick()
        inside = at if at in reading.seen else reading.behind(at)
        if inside == at and at not in reading.seen:
            local = local_entry(data, at)
            if local is not None and (plausible(local, len(data)) or _proves_itself(reading, local)):
                unlisted += 1
                reading.seen[at] = local
                opening.name(decoded(local.name))
                _read_member(reading, local, local, "zip-stream" if not listed else "zip-carved")
            elif data.startswith(LOCAL) and (local is None or local.end > len(data)):
                opening.gap(Reason.DAMAGED, "zip ends inside a member's head")
        at = _next_head(data, max(at + 1, inside))
    if unlisted and listed:
        opening.disagree(f"{unlisted} zip members are not in the directory")


def _proves_itself(reading: _Reading, local: Entry) -> bool:
    """Whether a header under an odd name, or none, is a member's: its bytes unpack and give the check sum."""
    data, end = reading.opening.data, Ended(-1)
    if local.method not in METHODS or local.end > len(data) or local.encrypted:
        return False
    out, trouble = reading.opening.budget.gather(unpacked(local.method, data, local, local, end))
    return trouble is None and bool(out) and zlib.crc32(out) in _sums(data, end.at, local, local)


def _next_head(data: bytes, at: int) -> int:
    """The next local header that names a method which exists, -1 if there is none."""
    found = _HEAD.search(data, at)
    return found.start() if found else -1


def _read_member(reading: _Reading, entry: Entry, local: Entry, reader: str) -> None:
    opening, name = reading.opening, name_of(entry)
    opening.cover(local.at, local.at + 30 + len(local.name) if odd_extra(local.extra) else local.end)
    if name.endswith("/") and not entry.packed and not local.packed and not local.late:
        return
    methods = dict.fromkeys((entry.method, local.method))
    if entry.encrypted or local.encrypted:
        if not _read_plainly(reading, entry, local, name):
            packed_end = local.start + (entry.packed or local.packed)
            opening.cover(local.start, packed_end)
            reading.span(local.start, packed_end)
            reading.locked.append((entry, local))
        return
    troubles = [_read_as(reading, method, entry, local, name, reader) for method in methods]
    if all(troubles) and troubles[0] is not None:
        opening.trouble(troubles[0], name)


def _read_plainly(reading: _Reading, entry: Entry, local: Entry, name: str) -> bool:
    """A lying encryption flag: the bytes are plain after all if they give the check sum."""
    data, budget = reading.opening.data, reading.opening.budget
    end = Ended(-1)
    for method in {entry.method, local.method} - {99}:
        chunks = unpacked(method, data, entry, local, end)
        out, trouble = budget.gather(chunks)
        if trouble is None and out and zlib.crc32(out) in (entry.crc, local.crc):
            reading.opening.disagree(f"zip member says it is encrypted and is not: {name}")
            reading.opening.member(name, out, "zip-directory")
            reading.span(local.start, end.at)
            reading.opening.cover(local.start, end.at)
            return True
    return False


def _read_as(reading: _Reading, method: int, entry: Entry, local: Entry, name: str, reader: str) -> TroubleError | None:
    """The member read under one method; what went wrong if it could not be."""
    opening, data = reading.opening, reading.opening.data
    if method == 0:
        return _read_stored(reading, entry, local, name, reader)
    end = Ended(-1)
    out, trouble = opening.budget.gather(unpacked(method, data, entry, local, end))
    stop = end.at if end.at >= 0 else min(local.start + max(entry.packed, local.packed), len(data))
    reading.span(local.start, stop)
    opening.cover(local.start, _behind_descriptor(data, stop, entry, local))
    if out or trouble is None:
        opening.member(name, out, reader)
    if trouble is None and zlib.crc32(out) not in _sums(data, stop, entry, local):
        trouble = damaged("zip check sum differs")
    if trouble is None and end.at - local.start not in (entry.packed, local.packed) and not local.late:
        opening.disagree(f"zip member is {end.at - local.start} packed bytes, not {entry.packed}: {name}")
    return trouble


def _sums(data: bytes, stop: int, entry: Entry, local: Entry) -> tuple[int, ...]:
    at = stop + 4 if data[stop : stop + 4] == DESCRIPTOR else stop
    late = (int.from_bytes(data[at : at + 4], "little"),) if local.late or entry.late else ()
    return (entry.crc, local.crc, *late)


def _behind_descriptor(data: bytes, stop: int, entry: Entry, local: Entry) -> int:
    if not (local.late or entry.late):
        return stop
    at = stop + 4 if data[stop : stop + 4] == DESCRIPTOR else stop
    for length in (12, 20):
        if data[at + length : at + length + 2] == b"PK":
            return at + length
    return min(at + 12, len(data))


def _read_stored(reading: _Reading, entry: Entry, local: Entry, name: str, reader: str) -> TroubleError | None:
    opening, data = reading.opening, reading.opening.data
    sizes = ({entry.packed} | (set() if local.late else {local.packed})) - {0, BIG}
    sizes = sizes or ({entry.size} | (set() if local.late else {local.size})) - {BIG}
    size = max(sizes, default=0)
    stop = local.start + size
    if not size and (local.late or entry.late):
        stop = _stored_end(data, local.start)
    whole_stop = min(stop, len(data))
    opening.slice(name, local.start, whole_stop, reader)
    reading.span(local.start, whole_stop)
    opening.cover(whole_stop, _behind_descriptor(data, whole_stop, entry, local))
    if stop > len(data):
        return damaged("zip member ends early")
    if not any(
        zlib.crc32(data[local.start : local.start + one]) in _sums(data, stop, entry, local) for one in sizes | {size}
    ):
        return None if local.late and entry is local else damaged("zip check sum differs")
    return None


def _stored_end(data: bytes, start: int) -> int:
    """Where a stored member of unknown size ends for a streaming reader: at the next signature."""
    found = [at for magic in (DESCRIPTOR, LOCAL, CENTRAL) if (at := data.find(magic, start)) >= 0]
    return min(found, default=len(data))
