"""The tar reader: every header with a good check sum, also behind the end blocks and inside what a header claims."""

from dataclasses import dataclass, field

from scanner.detection.signatures import present
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason

BLOCK = 512
_NO_BYTES = frozenset(b"123456")  # links, devices, directories and pipes carry none, whatever size they claim
_CARRIED = frozenset(b"LKxgX")


@dataclass(frozen=True, slots=True)
class Header:
    """One tar header: `size` is the declared one, `kind` the type byte."""

    at: int
    name: bytes
    link: bytes
    size: int
    kind: int


@dataclass(slots=True)
class _Pending:
    """What long-name and pax records say of the next member."""

    name: bytes = b""
    link: bytes = b""
    size: int | None = None
    words: list[bytes] = field(default_factory=list)


def header_at(data: bytes, at: int) -> Header | None:
    """The header at `at`, or None if its check sum does not hold under either way of adding."""
    block = data[at : at + BLOCK]
    if len(block) < BLOCK or (block[0] == 0 and block[257:262] != b"ustar"):
        return None
    claimed = _number(block[148:156])
    total = sum(block) - sum(block[148:156]) + 256
    if claimed <= 0 or claimed not in (total, total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])):
        return None
    prefix = block[345:500].split(b"\0", 1)[0] if block[257:263] == b"ustar\0" else b""
    name = block[:100].split(b"\0", 1)[0]
    size = max(_number(block[124:136]), 0)
    return Header(at, prefix + b"/" + name if prefix else name, block[157:257].split(b"\0", 1)[0], size, block[156])


def _number(raw: bytes) -> int:
    if raw[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(raw[1:], "big") if raw[0] == 0x80 else -1
    digits = raw.replace(b"\0", b" ").split()
    return int(digits[0], 8) if digits and digits[0].isdigit() and not digits[0].strip(b"01234567") else -1


def read_tar(opening: Opening) -> None:
    """All members in order of their headers; after an end mark or a lie, the next header that holds."""
    data, at, pending, last_end = opening.data, 0, _Pending(), 0
    while at + BLOCK <= len(data):
        header = header_at(data, at)
        if header is None:
            if any(data[at : at + BLOCK]) and at == last_end:
                opening.disagree(f"bytes between tar members at {at}")
            opening.cover(at, at + BLOCK) if not any(data[at : at + BLOCK]) else None
            at = _next_header(data, at + BLOCK)
            continue
        at = last_end = _read_entry(opening, header, pending)
        if header.kind not in _CARRIED:
            pending = _Pending()
    if at > len(data):
        opening.gap(Reason.DAMAGED, "tar ends inside a member")


def _next_header(data: bytes, at: int) -> int:
    while at + BLOCK <= len(data) and (data[at] == 0 or header_at(data, at) is None):
        at += BLOCK
    return at


def _read_entry(opening: Opening, header: Header, pending: _Pending) -> int:
    """Hand on one member; returns where the next header should be."""
    data, start = opening.data, header.at + BLOCK
    opening.cover(header.at, start)
    if header.kind in _CARRIED:
        return _carry(opening, header, pending)
    size = header.size if pending.size is None else pending.size
    name = decoded(pending.name or header.name) or f"(nameless at {header.at})"
    for word in (pending.name, header.name, pending.link or header.link, *pending.words):
        if word:
            opening.name(decoded(word))
    if pending.size is not None and header.size not in (0, pending.size):
        opening.disagree(f"tar header and pax record give different sizes: {name}")
    if header.kind in _NO_BYTES:
        return start
    if header.kind == ord("S"):
        start = _behind_sparse_map(data, header.at)
    stop = min(start + size, len(data))
    if stop > start or not size:
        opening.slice(name, start, stop, "tar")
    opening.cover(stop, min(_padded(stop), len(data)))
    return _padded(start + size)


def _padded(at: int) -> int:
    return -(-at // BLOCK) * BLOCK


def _behind_sparse_map(data: bytes, at: int) -> int:
    """Old GNU sparse files: the stored bytes come behind the map's extension blocks."""
    start, more = at + BLOCK, data[at + 482 : at + 483]
    while more == b"\x01" and start + BLOCK <= len(data):
        more, start = data[start + 504 : start + 505], start + BLOCK
    return start


def _carry(opening: Opening, header: Header, pending: _Pending) -> int:
    """A record about the next member: its long name, or pax lines."""
    start = header.at + BLOCK
    body = opening.data[start : start + header.size]
    stop = start + len(body)
    opening.cover(start, min(_padded(stop), len(opening.data)))
    if present(body):
        opening.disagree(f"a tar record about names holds a container at {start}")
        opening.slice("(record)", start, stop, "tar")
    if header.kind == ord("L"):
        pending.name = body.rstrip(b"\0")
    elif header.kind == ord("K"):
        pending.link = body.rstrip(b"\0")
    else:
        _pax(body, pending)
    return _padded(start + header.size)


def _pax(body: bytes, pending: _Pending) -> None:
    """The `length key=value` lines; `size`, `path` and `linkpath` override the header, other texts are names."""
    at = 0
    while at < len(body):
        length, space, _ = body[at : at + 20].partition(b" ")
        if not space or not length.isdigit() or not int(length):
            return
        key, _, value = body[at + len(length) + 1 : at + int(length)].rstrip(b"\n").partition(b"=")
        if key == b"path":
            pending.name = value
        elif key == b"linkpath":
            pending.link = value
        elif key == b"size" and value.isdigit():
            pending.size = int(value)
        elif key in (b"comment", b"GNU.sparse.name"):
            pending.words.append(value)
        at += int(length)
