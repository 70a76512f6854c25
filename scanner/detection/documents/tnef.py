"""TNEF (winmail.dat), in which Outlook sends a message's attachments and its formatted text."""

from scanner.detection.documents.msg import unpacked_rtf
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason

MAGIC = b"\x78\x9f\x3e\x22"
_TITLE, _DATA = 0x00018010, 0x0006800F
_PROPERTIES = frozenset({0x00069003, 0x00069005})  # of the message, of an attachment
_HEAD = 9  # bytes of an attribute in front of its own: level, id, length


def read_tnef(opening: Opening) -> None:
    """Attachments under their names, texts, and messages that are attached in the same format."""
    data, at, start, stop = opening.data, 6, 0, 0
    while at + _HEAD <= len(data) and data[at] in (1, 2):
        word = int.from_bytes(data[at + 1 : at + 5], "little")
        begin = at + _HEAD
        at = begin + int.from_bytes(data[at + 5 : at + 9], "little") + 2
        if at > len(data) + 2:
            opening.gap(Reason.DAMAGED, "TNEF ends inside an attribute")
        end = min(at - 2, len(data))
        if word == _DATA:
            start, stop = begin, end
        elif word == _TITLE:
            _attachment(opening, decoded(data[begin:end].rstrip(b"\0")), start, stop)
            start = stop = 0
        elif word in _PROPERTIES:
            _properties(opening, data[begin:end])
        if data[at : at + 1] == b"\x02" and data[at + 1 : at + 5] == b"\x02\x90\x06\x00":  # the next attachment begins
            _attachment(opening, "", start, stop)
            start = stop = 0
    _attachment(opening, "", start, stop)


def _attachment(opening: Opening, name: str, start: int, stop: int) -> None:
    if name:
        opening.name(name)
    if stop > start:
        opening.member(name or "(attachment)", opening.data[start:stop], "tnef", offset=start)


def _properties(opening: Opening, raw: bytes) -> None:
    """Compressed text, and whole messages, by their signatures: the properties themselves stand as they are."""
    at = raw.find(b"LZFu")
    while at >= 8:
        text = unpacked_rtf(raw[at - 8 : at + int.from_bytes(raw[at - 8 : at - 4], "little")])
        opening.budget.charge(len(text))
        opening.member("(body).rtf", text, "tnef")
        at = raw.find(b"LZFu", at + 4)
    inner = raw.find(MAGIC)
    if inner >= 0:
        opening.member("(message)", raw[inner:], "tnef")
    elif raw:
        opening.member("(properties)", raw, "tnef")
