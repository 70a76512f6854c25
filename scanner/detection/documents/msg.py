"""Outlook messages (a compound file of properties): subject, bodies, attachments under their own names."""

from scanner.detection.unpack.names import clean
from scanner.detection.unpack.part import Opening

_PREFIX = "__substg1.0_"
_HEAD = {"0037": "Subject", "0C1A": "From", "0C1F": "From", "0E04": "To", "0E03": "Cc", "007D": "Headers"}
_DATA, _LONG, _SHORT = "37010102", "3707", "3704"
_SEED = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def read_message(opening: Opening, streams: dict[str, bytes]) -> frozenset[str]:
    """Hand on what a reader of mail would see; returns the streams that were dealt with."""
    handled: set[str] = set()
    head: list[str] = []
    for path, data in streams.items():
        storage, _, leaf = path.rpartition("/")
        tag = leaf[len(_PREFIX) :].upper() if leaf.startswith(_PREFIX) else ""
        if tag[:4] in _HEAD:
            head.append(f"{_HEAD[tag[:4]]}: {_text(tag, data)}")
        elif tag[:4] == "1000":
            opening.text(f"{storage}(body)", _text(tag, data), "mail-body")
        elif tag[:4] == "1013":
            handled.add(path)
            page = _text(tag, data).encode() if tag.endswith("001F") else data
            opening.member(f"{storage}(body).html", page, "mail", declared="text/html")
        elif tag == "10090102":
            opening.member(f"{storage}(body).rtf", unpacked_rtf(data), "mail")
        elif tag == _DATA:
            handled.add(path)
            opening.member(_name(storage, streams), data, "mail")
    opening.text("(head)", "\n".join(head), "mail-head")
    return frozenset(handled)


def _name(storage: str, streams: dict[str, bytes]) -> str:
    for path, data in streams.items():
        place, _, leaf = path.rpartition("/")
        tag = leaf[len(_PREFIX) :].upper()
        if place == storage and tag[:4] in (_LONG, _SHORT):
            return clean(_text(tag, data)) or "(attachment)"
    return f"{storage}(attachment)"


def _text(tag: str, data: bytes) -> str:
    return data.decode("utf-16-le" if tag.endswith("001F") else "utf-8", "replace").rstrip("\0")


def unpacked_rtf(data: bytes) -> bytes:
    """Compressed RTF ([MS-OXRTFCP]); what it is if it is not compressed."""
    if data[8:12] != b"LZFu":
        return data[16:]
    window, write, out = bytearray(_SEED.ljust(4096, b"\0")), len(_SEED), bytearray()
    at, stop = 16, len(data)
    while at < stop:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= stop or len(out) > 64 * 1024 * 1024:
                return bytes(out)
            if flags >> bit & 1:
                token = int.from_bytes(data[at : at + 2], "big")
                at, read = at + 2, token >> 4
                if read == write:
                    return bytes(out)
                for step in range((token & 15) + 2):
                    byte = window[(read + step) % 4096]
                    out.append(byte)
                    window[write] = byte
                    write = (write + 1) % 4096
            else:
                out.append(data[at])
                window[write] = data[at]
                at, write = at + 1, (write + 1) % 4096
    return bytes(out)
