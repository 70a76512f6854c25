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
from scanner.detection.scripts import encoded
from scanner.detection.scripts.encoded import decoded as decoded_script
from scanner.detection.scripts.php import MOST_MADE
from scanner.detection.scripts.plain import plain_views
from scanner.detection.scripts.tokens import tokens
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
from scanner.detection.unpack.views import View
from scanner.detection.unpack.zip_read import read_zip
from scanner.domain.limits import Limits
from scanner.keywords.mending import Vocabulary, mended
from scanner.text.views import text_views
from tests.evasion import lies, packers, zips
from tests.evasion.marker import PAYLOAD

SEEDS = {
    "scripts": (
        "<?php $a='as'.'sert';$b=str_rot13(\"flfgrz\");@$a(base64_decode($_POST[chr(120)]));${'x'}=array(1=>~'ab');",
        "<?php foreach($_GET as $k=>$v){$x.=strrev(substr($v,1,-2));}eval(gzinflate(base64_decode('S0ktLgEA')));",
        '<% Dim a: a = "ev" & "al": Execute(a & Chr(40)) %><script runat="server" language="VBScript">x = 1</script>',
    ),
    "texts": (
        "<p title='&#x8d4c;'>端信代罚 \\u535a\\x41%E8%B5%8C &amp;lt;</p><script>'a'+'b'</script>",
        "\u5a1b\u4e50\u57ce \U0001f600 caf\xe9",
    ),
}
WORD_LIST = ("代发", "短信", "赌博", "娱乐城", "真人荷官")
WORDS = Vocabulary(WORD_LIST)
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
            continue  # told, as it should be


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


def _plain_scripts(data: bytes) -> None:
    """Scripts put together: bounded in what they give, whatever they say."""
    for opening in (b"", b"<?php ", b"<% "):
        for view in plain_views(View("", opening + data, "script", frozenset({"script"}))):
            assert len(view.data) <= MOST_MADE
    list(tokens(data.decode("latin-1"), 10_000))
    decoded_script(encoded.BEGIN + data)


def _texts(data: bytes) -> None:
    """Text views: every place of each leads to bytes of the content."""
    for family in ("text", "page", "script", "unknown"):
        for view in text_views(data, family, data[:12].decode("latin-1"))[0]:
            offset, length = view.span(0, len(view.text))
            assert offset is None or 0 <= offset <= offset + length <= len(data)
            meant = mended(view, WORDS)
            assert meant is None or len(meant.text) == len(view.text)


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
    "scripts": _plain_scripts,
    "texts": _texts,
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
    found += [seed.encode() for seed in SEEDS.get(name, ())]
    names = (name, *also.get(name, ()))
    return found + [packers.PACKERS[one](PAYLOAD) for one in names if one in packers.PACKERS] + [b"", b"\0" * 64]
