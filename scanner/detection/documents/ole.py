"""OLE 2 compound files: every stream that any directory entry names, macros, text, packages, mail messages."""

import io
import re
import zlib

import olefile

from scanner.detection.documents import vba
from scanner.detection.documents.msg import read_message
from scanner.detection.documents.packages import read_dropped
from scanner.detection.unpack.names import clean
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

FEWEST_LETTERS = 4
MOST_STREAMS = 4_000
HIDDEN = "(hidden)/"
_COUNTS = (0x2C, 0x40, 0x48)  # where the head tells how many sectors its three tables take
_NARROW = re.compile(rb"[\x20-\x7e\t\r\n]{6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e\t\r\n]\x00|[\x00-\xff][\x4e-\x9f\x30\x04\xac-\xd7\xff]){4,}")
_PPT_OBJECT = re.compile(rb"\x10\x00\x11\x10.{8}(?=\x78)", re.S)
_TEXT_STREAMS = ("worddocument", "workbook", "book", "powerpoint document", "1table", "0table", "contents", "quill")


def read_ole(opening: Opening) -> None:
    """All streams, and what they hold."""
    try:
        ole = olefile.OleFileIO(io.BytesIO(_sane(opening)), raise_defects=olefile.DEFECT_FATAL)
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise damaged(f"compound file: {str(error)[:100]}") from error
    streams = _streams(opening, ole)
    _locked(opening, streams)
    for path, data in streams.items():
        _native(opening, path, data)
    is_message = any(path.startswith("__properties_version1.0") for path in streams)
    handled = read_message(opening, streams) if is_message else frozenset()
    for path, data in streams.items():
        if path not in handled:
            opening.member(path, data, "ole-stream")
    _macros(opening, streams)
    words = [_words(data) for path, data in streams.items() if path.rsplit("/", 1)[-1].lower() in _TEXT_STREAMS]
    opening.text("(text)", "\n".join(words), "document-text")


def _sane(opening: Opening) -> bytes:
    """The file with counts of table sectors that it has room for: a lie there costs gigabytes."""
    head = bytearray(opening.data[:512].ljust(512, b"\0"))
    most = len(opening.data) >> 9
    lies = [at for at in _COUNTS if int.from_bytes(head[at : at + 4], "little") > most]
    if not lies:
        return opening.data
    opening.disagree("a compound file claims more tables than it has room for")
    for at in lies:
        head[at : at + 4] = most.to_bytes(4, "little")
    return bytes(head) + opening.data[512:]


def _streams(opening: Opening, ole: olefile.OleFileIO) -> dict[str, bytes]:
    """Stream bytes by path. Entries that hang on no storage are read too: hiding them there is an old trick."""
    ole.root.size = min(ole.root.size, len(opening.data))  # the table of small streams is read by this size
    reachable: dict[int, str] = {}
    _paths(ole.root, "", reachable, 0)
    found: dict[str, bytes] = {}
    for number in range(min(len(ole.direntries), MOST_STREAMS)):
        opening.budget.tick()
        entry = ole.direntries[number] or _hidden(ole, number)
        if entry is None or entry.entry_type != olefile.STGTY_STREAM:
            continue
        path = reachable.get(number, f"{HIDDEN}{clean(entry.name)}")
        path = path if path not in found else f"{path}({number})"
        opening.name(path)
        if entry.size:
            found[path] = _bytes_of(opening, ole, entry, path)
    if len(ole.direntries) > MOST_STREAMS:
        opening.gap(Reason.OVER_MEMBERS, f"more than {MOST_STREAMS} streams")
    return found


def _hidden(ole: olefile.OleFileIO, number: int) -> olefile.olefile.OleDirectoryEntry | None:
    try:
        return ole._load_direntry(number)
    except (OSError, ValueError, IndexError, TypeError):
        return None  # a free slot: most files have some


def _bytes_of(opening: Opening, ole: olefile.OleFileIO, entry: olefile.olefile.OleDirectoryEntry, path: str) -> bytes:
    room = min(entry.size, len(opening.data))  # a chain in a circle would be followed for as long as is claimed
    try:
        data = ole._open(entry.isectStart, room, force_FAT=entry.size >= ole.minisectorcutoff).read()
    except (OSError, ValueError, IndexError, TypeError, AttributeError) as error:
        if not path.startswith(HIDDEN):
            opening.gap(Reason.DAMAGED, f"stream: {str(error)[:100]}", path)
        return b""
    opening.budget.charge(len(data))
    if len(data) < entry.size and not path.startswith(HIDDEN):  # what was deleted may well be overwritten
        opening.gap(Reason.DAMAGED, f"stream has {len(data)} of {entry.size} bytes", path)
    return bytes(data)


def _paths(entry: olefile.olefile.OleDirectoryEntry, prefix: str, found: dict[int, str], depth: int) -> None:
    for kid in entry.kids:
        path = f"{prefix}{clean(kid.name)}"
        if kid.sid not in found and depth < 64:
            found[kid.sid] = path
            _paths(kid, f"{path}/", found, depth + 1)


def _locked(opening: Opening, streams: dict[str, bytes]) -> None:
    for path, data in streams.items():
        leaf = path.rsplit("/", 1)[-1].lower()
        if leaf == "encryptedpackage":
            opening.gap(Reason.ENCRYPTED, "encrypted Office document")
        elif leaf == "worddocument" and len(data) > 12 and data[11] & 1:
            opening.gap(Reason.ENCRYPTED, "encrypted Word document", path)
        elif leaf in ("workbook", "book") and _has_file_pass(data):
            opening.gap(Reason.ENCRYPTED, "encrypted Excel workbook", path)


def _has_file_pass(data: bytes) -> bool:
    """Whether a FILEPASS record stands among the first records of a workbook."""
    at = 0
    for _ in range(40):
        kind, length = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 0x2F:
            return True
        at += 4 + length
    return False


def _native(opening: Opening, path: str, data: bytes) -> None:
    """Files that were dropped into a document, and what PowerPoint keeps compressed."""
    leaf = path.rsplit("/", 1)[-1].lower()
    if leaf == "\x01ole10native":
        read_dropped(opening, data, path)
    elif leaf == "powerpoint document":
        for match in _PPT_OBJECT.finditer(data):
            packed = zlib.decompressobj()
            opening.stream(f"(object at {match.start()})", iter([_inflated(packed, data[match.end() :])]), "ppt-object")


def _inflated(packed: "zlib._Decompress", data: bytes) -> bytes:
    try:
        return packed.decompress(data, 64 * 1024 * 1024)
    except zlib.error as error:
        raise damaged(f"compressed object: {error}") from error


def _macros(opening: Opening, streams: dict[str, bytes]) -> None:
    seen: set[bytes] = set()
    try:
        for module, source in vba.sources(streams):
            if source and source not in seen:
                seen.add(source)
                opening.budget.charge(len(source))
                opening.member(f"{module}(macro).bas", source, "macro")
    except TroubleError as trouble:
        opening.trouble(trouble, "(macros)")


def _words(data: bytes) -> str:
    """Runs of letters in one or two byte codes, in their order: Office keeps text in pieces among its records."""
    runs = [(match.start(), match.group().decode("ascii")) for match in _NARROW.finditer(data)]
    runs += [(match.start(), match.group().decode("utf-16-le", "replace")) for match in _WIDE.finditer(data)]
    return "\n".join(text for _, text in sorted(runs))
