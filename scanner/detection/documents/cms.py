"""CMS (S/MIME, .p7m): what is signed or compressed is a message or a file like any other; what is enveloped is shut."""

from collections.abc import Iterator

from scanner.detection.magics import CMS_COMPRESSED, CMS_KINDS, CMS_SIGNED
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged, locked

_DATA = bytes.fromhex("06092a864886f70d010701")
_OCTETS, _CONSTRUCTED, _MOST_DEPTH = 0x04, 0x20, 16
Field = tuple[int, int, int, bool]  # tag, where its bytes begin and end, whether an end mark ends it


def read_cms(opening: Opening) -> None:
    """The content, put together from the strings that it is written in."""
    data = opening.data
    kind = next((one for one in CMS_KINDS if one in data[2:24]), b"")
    if kind not in (CMS_SIGNED, CMS_COMPRESSED):
        raise locked("CMS under a key")
    begin = data.find(_DATA, 0, 4096)
    if begin < 0:
        return  # certificates alone, or a signature that stands beside what it signs
    fields = _fields(data, begin + len(_DATA), len(data))
    field = next(fields, None)
    if field is None or field[0] != 0xA0:
        return
    whole = b"".join(_strings(data, field[1], field[2], 0))
    if kind == CMS_COMPRESSED:
        opening.stream("(content)", deflated(whole, 0, Ended(-1), wbits=15), "cms", declared="message/rfc822")
    elif whole:
        opening.budget.charge(len(whole))
        opening.member(_name(opening.part.name), whole, "cms", declared=_declared(whole))


def _name(name: str) -> str:
    stem, _, last = name.rsplit("/", 1)[-1].rpartition(".")
    return stem if stem and last.lower() in ("p7m", "p7s") and stem.lower() != "smime" else "(content)"


def _declared(content: bytes) -> str:
    """Signed mail is a part with a head of its own."""
    return "message/rfc822" if content[:13].lower() in (b"content-type:", b"mime-version:") else ""


def _fields(data: bytes, at: int, stop: int) -> Iterator[Field]:
    while at + 2 <= stop:
        tag, length, begin = data[at], data[at + 1], at + 2
        if tag == 0 and length == 0:
            return
        is_open = length == 0x80
        if length > 0x80:
            count = length & 0x7F
            length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
        end = stop if is_open else min(begin + length, stop)
        yield tag, begin, end, is_open
        at = _end(data, begin, stop, 0) if is_open else end


def _end(data: bytes, at: int, stop: int, depth: int) -> int:
    """The offset behind the end mark of a field without a length that begins at `at`."""
    if depth > _MOST_DEPTH:
        raise damaged("CMS is nested too deep")
    for _, begin, end, is_open in _fields(data, at, stop):
        at = _end(data, begin, stop, depth + 1) if is_open else end
    return at + 2


def _strings(data: bytes, at: int, stop: int, depth: int) -> Iterator[bytes]:
    """The bytes of all octet strings, which may be made of octet strings."""
    if depth > _MOST_DEPTH:
        raise damaged("CMS is nested too deep")
    for tag, begin, end, _ in _fields(data, at, stop):
        if tag == _OCTETS:
            yield data[begin:end]
        elif tag & _CONSTRUCTED:
            yield from _strings(data, begin, end, depth + 1)
