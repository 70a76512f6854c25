"""7z by py7zr, folder by folder, so that one bad folder costs only itself; passwords are tried while time allows."""

import importlib
import io
from typing import Any

import py7zr
from py7zr.exceptions import CrcError, PasswordRequired, UnsupportedCompressionMethodError
from py7zr.io import MemIO, Py7zIO, WriterFactory

from scanner.detection.unpack.budget import CHUNK, Budget
from scanner.detection.unpack.names import clean
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged, locked, unsupported
from scanner.domain.coverage import Reason

MOST_TRIES = 8  # each costs half a million rounds of a hash
MAGIC = b"7z\xbc\xaf\x27\x1c"

# The engine would ask /proc how much memory there is, and take up to 128 MB at a time.
importlib.import_module("py7zr.py7zr").__dict__["get_memory_limit"] = lambda: CHUNK


class _Writer(Py7zIO):
    """Takes one member's bytes as they come, and counts them."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._held, self.over = budget, io.BytesIO(), False

    def write(self, s: bytes | bytearray) -> int:
        room = self._budget.limits.member_bytes - self._held.tell()
        self.over = self.over or len(s) > room
        self._held.write(s[: max(room, 0)])
        self._budget.charge(len(s))
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        return self._held.getvalue()

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0  # the engine rewinds at the end; the bytes are taken by `read`

    def flush(self) -> None:
        self._held.flush()

    def size(self) -> int:
        return self._held.tell()


class _Writers(WriterFactory):
    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.made: dict[str, _Writer] = {}

    def create(self, filename: str) -> Py7zIO:
        self.made[filename] = writer = _Writer(self._budget)
        return writer


def read_sevenzip(opening: Opening) -> None:
    """Names first, then every folder's members."""
    _cover(opening)
    archive = _opened(opening)
    for entry in archive.files:
        opening.name(clean(entry.filename))
    streams = archive.header.main_streams
    folders = streams.unpackinfo.folders if streams is not None else []
    for number in range(len(folders)):
        _read_folder(opening, archive, number)
    for entry in archive.files:
        if entry.emptystream and not entry.is_directory:
            opening.budget.member()


def _cover(opening: Opening) -> None:
    """The head says where the directory is; what is neither it nor packed streams is outside."""
    data = opening.data
    if data.startswith(MAGIC) and len(data) >= 32:
        begin = 32 + int.from_bytes(data[12:20], "little")
        end = begin + int.from_bytes(data[20:28], "little")
        opening.cover(0, 32)
        opening.cover(min(begin, len(data)), min(end, len(data)))
        if data[begin : begin + 2] == b"\x17\x06":  # the directory is packed itself: its stream is structure, too
            position, at = _number(data, begin + 2)
            _, at = _number(data, at)
            size, _ = _number(data, at + 1)
            opening.cover(32 + position, 32 + position + size)
        if end > len(data):
            opening.gap(Reason.DAMAGED, "7z ends before its directory")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """7z's variable-length number at `at`, and the offset behind it."""
    first = data[at] if at < len(data) else 0
    extra = 8 if first == 0xFF else 7 - (first ^ 0xFF).bit_length() + 1
    low = int.from_bytes(data[at + 1 : at + 1 + extra], "little")
    return low | (first & (0x7F >> extra)) << 8 * extra, at + 1 + extra


def _opened(opening: Opening) -> Any:
    """The archive under no password or a candidate."""
    for password in (None, *opening.passwords.candidates()[:MOST_TRIES]):
        opening.budget.tick()
        archive = _under(opening, password)
        if archive is not None:
            if password is not None:
                opening.note("7z opened with a trial password")
            return archive
    raise locked("no password known")


def _under(opening: Opening, password: str | None) -> Any:
    """The archive if `password` opens it, else None."""
    try:
        archive = py7zr.SevenZipFile(io.BytesIO(opening.data), password=password)
        if password is not None:
            # A wrong word may turn an encrypted directory into one that is valid and empty: that opened nothing.
            return archive if archive.files and _fits(opening, password, archive) else None
        if not archive.needs_password():
            return archive
        if archive.files:
            for entry in archive.files:
                opening.name(clean(entry.filename))
    except PasswordRequired:
        return None
    except UnsupportedCompressionMethodError as error:
        raise unsupported("7z method") from error
    except Exception as error:
        if password is None:
            raise damaged(f"7z: {type(error).__name__}") from error
    return None  # a wrong password shows as nonsense of any kind


def _fits(opening: Opening, password: str, archive: Any) -> bool:
    """Whether the password gives the right check sums; tried on small archives, believed for large ones."""
    if sum(entry.uncompressed for entry in archive.files) > 16 * CHUNK:
        return True
    trial = py7zr.SevenZipFile(io.BytesIO(opening.data), password=password)
    return trial.testzip() is None


def _read_folder(opening: Opening, archive: Any, number: int) -> None:
    streams, worker = archive.header.main_streams, archive.worker
    folder, positions = streams.unpackinfo.folders[number], streams.packinfo.packpositions
    members = [entry for entry in archive.files if entry.folder is folder and not entry.emptystream]
    writers = _Writers(opening.budget)
    for entry in members:
        worker.register_filelike(entry.id, MemIO(str(entry.id), writers))
    begin = worker.src_start + positions[number]
    opening.cover(begin, worker.src_start + positions[number + 1])
    trouble = None
    try:
        worker.extract_single(archive.fp, members, None, begin, worker.src_start + positions[number + 1], None)
    except TroubleError as spent:
        trouble = spent
    except UnsupportedCompressionMethodError:
        trouble = unsupported("7z method")
    except CrcError:
        trouble = damaged("7z check sum differs")
    except Exception as error:
        trouble = damaged(f"7z: {type(error).__name__}")
    _hand_on(opening, members, writers)
    if trouble is not None:
        opening.trouble(trouble, clean(members[0].filename) if members else "")


def _hand_on(opening: Opening, members: list[Any], writers: _Writers) -> None:
    for entry in members:
        writer = writers.made.pop(str(entry.id), None)
        if writer is not None:
            name = clean(entry.filename)
            opening.member(name, writer.read(), "7z")
            if writer.over:
                opening.gap(Reason.OVER_SIZE, "more than the bound of one member", name)
