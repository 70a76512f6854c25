"""Access logs in blocks: opened, cut at line ends, counted by what they ask for; bad lines counted with reasons."""

import codecs
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, BinaryIO

from scanner.errors import UsageError
from scanner.wire.cdn_forms import Form, Row, recognised, row_of

BLOCK = 12 * 1024 * 1024  # the more lines together, the fewer URLs are met twice
IN_ORDER = [0, 1, 2, 3]
MAX_LINE = 64 * 1024
_ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})")
MAX_RATIO = 300  # bytes out for one byte in; logs reach 30


@dataclass(slots=True)
class Lines:
    """Counts over a whole log."""

    good: int = 0
    bytes_read: int = 0
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        """All lines that were not empty."""
        return self.good + self.bad.total()


def opened(stream: BinaryIO, lines: Lines) -> Iterator[bytes]:
    """The bytes of a log, unpacked where it is gzip (of any number of members). One that is cut off is counted."""
    head = stream.read(BLOCK)
    if head[:2] != b"\x1f\x8b":
        while head:
            yield head
            head = stream.read(BLOCK)
        return
    yield from _unzipped(stream, head, lines)


def _unzipped(stream: BinaryIO, packed: bytes, lines: Lines) -> Iterator[bytes]:
    unpacker, put_in, out, within = zlib.decompressobj(31), 0, 0, False
    while packed:
        put_in += len(packed)
        while packed:
            try:
                piece = unpacker.decompress(packed, BLOCK)
            except zlib.error as error:
                raise UsageError(f"the gzip is damaged: {error}", where="log", mend="fetch the log again") from error
            out += len(piece)
            if out > BLOCK * 8 and out > put_in * MAX_RATIO:
                raise UsageError("the gzip unpacks to far more than any log", where="log", mend="look at it by hand")
            if piece:
                yield piece
            packed, within = unpacker.unconsumed_tail, not unpacker.eof
            if unpacker.eof:
                packed = unpacker.unused_data.lstrip(b"\0")
                unpacker = zlib.decompressobj(31)
            elif not packed:
                break
        packed = stream.read(BLOCK)
    if within:
        lines.bad["cut-gzip"] += 1  # what came before the cut is taken; how many lines are missing nobody knows


def blocks(pieces: Iterator[bytes], lines: Lines) -> Iterator[bytes]:
    """Whole lines in blocks; a line longer than MAX_LINE is counted and left out, wherever it begins and ends."""
    rest, skipping = b"", False
    for piece in chain((next(pieces, b"").removeprefix(codecs.BOM_UTF8),), pieces):
        lines.bytes_read += len(piece)
        if skipping:
            end = piece.find(b"\n")
            if end < 0:
                continue
            piece, skipping = piece[end + 1 :], False
        whole = rest + piece
        end = whole.rfind(b"\n") + 1
        rest = whole[end:]
        if len(rest) > MAX_LINE:
            lines.bad["too-long"] += 1
            rest, skipping = b"", True
        if end:
            yield whole[:end]
    if rest.strip():
        yield rest + b"\n"


def tallied(block: bytes, form: Form, lines: Lines) -> Counter[Row]:
    """How often each (host, URL, status, bytes) was asked for in a block of whole lines."""
    found = form.pattern.findall(block)
    rows = _rows(found, form.places)
    lines.good += len(found)
    if len(found) != block.count(b"\n"):
        _missed(block, form, lines, rows)
    return _unescaped(rows) if form.escaped and b"\\x" in block else rows


def _rows(found: list[Any], places: tuple[int, ...]) -> Counter[Row]:
    """The groups counted as rows; quickly where the form has them all, in whatever order."""
    *whole, query = places
    if query < 0 and -1 not in whole:
        return Counter(found if whole == IN_ORDER else map(itemgetter(*whole), found))
    rows: Counter[Row] = Counter()
    for fields, count in Counter(found).items():
        rows[row_of(fields, places)] += count
    return rows


def _unescaped(rows: Counter[Row]) -> Counter[Row]:
    """URLs with the bytes that were asked for: servers write quotation marks and what is no ASCII as \\xHH."""
    found: Counter[Row] = Counter()
    for (host, url, status, sent), count in rows.items():
        plain = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), url) if b"\\x" in url else url
        found[host, plain, status, sent] += count
    return found


def _missed(block: bytes, form: Form, lines: Lines, rows: Counter[Row]) -> None:
    """The lines that the pattern passed over: read slowly where the form can, else counted with a reason."""
    for line in block.split(b"\n"):
        if not line.strip() or form.pattern.match(line + b"\n"):
            continue
        if line.startswith(b"#") and form.name == "w3c":
            continue
        reason = "too-long" if len(line) > MAX_LINE else "wrong-form"
        if form.plain is not None and reason == "wrong-form":
            try:
                rows[form.plain(line)] += 1
            except (ValueError, KeyError, RecursionError):
                reason = "no-json" if line.lstrip()[:1] == b"{" else reason
            else:
                lines.good += 1
                continue
        lines.bad[reason] += 1


def form_of(head: bytes, where: str) -> Form:
    """The form of a log by its first lines; UsageError if it is none of ours."""
    form = recognised(head[: 256 * 1024])
    if form is None:
        raise UsageError("is in no form that is known", where=where, mend="name one with --as")
    return form
