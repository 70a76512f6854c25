"""One fuzz target for each parser of ours: any bytes end in a result or in a TroubleError, never in anything else."""

from collections.abc import Callable
from functools import partial

from scanner.detection.cage import frames
from scanner.detection.documents import vba
from scanner.detection.documents.mail import read_mail
from scanner.detection.documents.markup import read_markup
from scanner.detection.documents.msg import unpacked_rtf
from scanner.detection.documents.notebook import read_notebook
from scanner.detection.documents.office_xml import read_office_xml
from scanner.detection.documents.ole import read_ole
from scanner.detection.documents.pdf_streams import decoded, find_streams
from scanner.detection.documents.pdf_strings import strings_of
from scanner.detection.documents.rtf import read_rtf
from scanner.detection.signatures import present
from scanner.detection.sniff import needs_parser, sniff
from scanner.detection.unpack.budget import Budget
from scanner.detection.unpack.cab import read_cab
from scanner.detection.unpack.carve import starts
from scanner.detection.unpack.haul import Haul
from scanner.detection.unpack.iso import read_iso
from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.passwords import Passwords
from scanner.detection.unpack.streams import read_chain, read_gzip
from scanner.detection.unpack.tar_read import read_tar
from scanner.detection.unpack.troubles import TroubleError
from scanner.detection.unpack.unix_read import read_ar, read_cpio, read_rpm
from scanner.detection.unpack.zip_read import read_zip
from scanner.domain.limits import Limits
from tests.evasion import lies, packers, zips
from tests.evasion.marker import PAYLOAD

LIMITS = Limits(produced_bytes=8 << 20, member_bytes=4 << 20, wall_seconds=5.0, cpu_seconds=5.0, members=500)


def _reader(reader: Callable[[Opening], None], data: bytes) -> None:
    """One reader alone, its members not opened further."""
    opening = Opening(Part("", data), Budget(LIMITS, len(data)), Passwords(), Haul(LIMITS), lambda part: None)
    try:
        reader(opening)
    except TroubleError:
        return


def _sniff(data: bytes) -> None:
    found = sniff(data, data[:40].decode("latin-1"), data[40:90].decode("latin-1"))
    needs_parser(found, data)
    assert found.family in found.lanes or not found.sure


def _pdf(data: bytes) -> None:
    list(strings_of(data))
    for stream in find_streams(data):
        Budget(LIMITS, len(data)).gather(decoded(data, stream))


def _macro(data: bytes) -> None:
    for attempt in (lambda: vba.decompress(data), lambda: list(vba.sources({"VBA/dir": data, "VBA/m": data}))):
        try:
            attempt()
        except TroubleError:
            continue


def _frames(data: bytes) -> None:
    position = 0

    def exactly(count: int) -> bytes:
        nonlocal position
        piece = data[position : position + count]
        position += count
        if len(piece) < count:
            raise frames.FrameError("short")
        return piece

    try:
        frames.received(exactly, 1 << 20)
    except frames.FrameError:
        return


def _starts(data: bytes) -> None:
    for at, _ in starts(data, 1, present(data)):
        assert 0 < at < len(data)


TARGETS: dict[str, Callable[[bytes], object]] = {
    "sniff": _sniff,
    "starts": _starts,
    "zip": partial(_reader, read_zip),
    "tar": partial(_reader, read_tar),
    "gzip": partial(_reader, read_gzip),
    "bzip2": partial(_reader, partial(read_chain, word="bzip2")),
    "xz": partial(_reader, partial(read_chain, word="xz")),
    "zstd": partial(_reader, partial(read_chain, word="zstd")),
    "lz4": partial(_reader, partial(read_chain, word="lz4")),
    "cab": partial(_reader, read_cab),
    "iso": partial(_reader, read_iso),
    "ar": partial(_reader, read_ar),
    "cpio": partial(_reader, read_cpio),
    "rpm": partial(_reader, read_rpm),
    "mail": partial(_reader, read_mail),
    "markup": partial(_reader, read_markup),
    "notebook": partial(_reader, read_notebook),
    "office": partial(_reader, read_office_xml),
    "rtf": partial(_reader, read_rtf),
    "ole": partial(_reader, read_ole),
    "pdf": _pdf,
    "macro": _macro,
    "compressed-rtf": unpacked_rtf,
    "frames": _frames,
}


def seeds(name: str) -> list[bytes]:
    """Good inputs of the target's format to start from."""
    told = {"zip": zips.lies, "tar": lies.tars, "mail": lies.mails, "markup": lies.pages, "pdf": lies.pdfs}
    found = list(told[name]().values()) if name in told else []
    also = {
        "gzip": ("tar.gz",),
        "office": ("docx",),
        "cpio": ("cpio-odc",),
        "cab": ("cab-stored",),
        "notebook": ("ipynb",),
    }
    names = (name, *also.get(name, ()))
    return found + [packers.PACKERS[one](PAYLOAD) for one in names if one in packers.PACKERS] + [b"", b"\0" * 64]
