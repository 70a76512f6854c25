"""OLE 1 objects and packages: the file that somebody dropped into a document."""

import re

from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening


def read_package(opening: Opening, raw: bytes, name: str) -> None:
    """The native bytes of an OLE 1 object (`raw` as in RTF's objdata), and the file in them if it is a package."""
    if len(raw) < 16 or raw[4:8] not in (b"\x02\0\0\0", b"\x01\0\0\0"):
        return
    at, kind = 8, b""
    for number in range(3):
        length = int.from_bytes(raw[at : at + 4], "little")
        if length > 1024:
            return
        kind = raw[at + 4 : at + 4 + length] if number == 0 else kind
        at += 4 + length
    native = raw[at + 4 : at + 4 + int.from_bytes(raw[at : at + 4], "little")]
    if not native:
        return
    opening.member(name, native, "ole-native")
    if kind.rstrip(b"\0").lower() == b"package":
        read_dropped(opening, native, name)


def read_dropped(opening: Opening, native: bytes, name: str) -> None:
    """The file inside a package's native stream, under the name that the document shows."""
    words = re.match(rb"(?:....)?\x02\x00([^\0]*)\0([^\0]*)\0.{4}(?:.{4})([^\0]*)\0", native, re.S)
    if words is None:
        return
    label, at = decoded(words.group(1)), words.end()
    length = int.from_bytes(native[at : at + 4], "little")
    for word in words.groups():
        opening.name(decoded(word))
    opening.member(f"{name}!{label}" if label else f"{name}!(file)", native[at + 4 : at + 4 + length], "ole-package")
