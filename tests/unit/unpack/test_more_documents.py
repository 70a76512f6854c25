"""Documents again: messages of Outlook, macro directories, PDF under a password, broken parts beside good ones."""

import base64
import binascii
import struct
import zlib

import pytest

from scanner.detection.documents import coded, vba
from scanner.detection.documents.packages import read_package
from scanner.detection.documents.pdf_filters import unpredicted
from scanner.detection.documents.pdf_strings import literal, strings_of
from scanner.detection.unpack.budget import Budget
from scanner.detection.unpack.haul import Haul
from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.passwords import Passwords
from scanner.detection.unpack.troubles import TroubleError
from scanner.detection.unpack.unpacking import unpack
from scanner.detection.unpack.views import Unpacked
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer
from scanner.domain.limits import Limits
from tests.evasion import packers
from tests.evasion.marker import MARKER, PAYLOAD
from tests.evasion.zips import Member, write_zip
from tests.unit.unpack.compound import compound


def opened(data: bytes, name: str = "object.bin") -> Unpacked:
    return unpack(Sample(name, data), Limits())


def literal_macro(source: bytes) -> bytes:
    body = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\x01" + struct.pack("<H", 0xB000 | (len(body) - 1)) + body


def directory(name: bytes, offset: int) -> bytes:
    records = struct.pack("<HIH", 3, 2, 936) + struct.pack("<HIIH", 9, 4, 1, 2)
    records += struct.pack("<HI", 0x1A, len(name)) + name + struct.pack("<HII", 0x31, 4, offset)
    return literal_macro(records)


MESSAGE = {
    "__properties_version1.0": bytes(32),
    "__substg1.0_0037001F": "澳门赌场".encode("utf-16-le"),
    "__substg1.0_1000001F": "the body".encode("utf-16-le"),
    "__substg1.0_10130102": b"<html>the page</html>",
    "__attach_version1.0_#00000000/__substg1.0_3707001F": "evil.zip".encode("utf-16-le"),
    "__attach_version1.0_#00000000/__substg1.0_37010102": write_zip([Member()]),
}


def test_an_outlook_message_gives_head_bodies_and_attachments() -> None:
    found = opened(compound(MESSAGE), "a.msg")
    said = [view.data.decode() for view in found.views if view.layer is Layer.TEXT]
    assert any("Subject: 澳门赌场" in text for text in said)
    assert "the body" in said
    assert any(view.path == "evil.zip!a.php" and view.data == PAYLOAD for view in found.views)
    assert any(view.data == b"<html>the page</html>" and "page" in view.lanes for view in found.views)


def test_a_macro_without_the_usual_first_line_is_found_by_its_directory() -> None:
    source = b"Sub AutoOpen()\r\nShell x\r\nEnd Sub\r\n"
    module = bytes(300) + literal_macro(source)
    found = opened(compound({"Macros/VBA/dir": directory(b"Mod", 300), "Macros/VBA/Mod": module}), "a.doc")
    assert [view.data for view in found.views if view.reader == "macro"] == [source]


def test_a_broken_macro_directory_is_a_gap_and_the_streams_are_read() -> None:
    found = opened(compound({"Macros/VBA/dir": b"\x01\x00\xb0\xff", "Macros/VBA/Mod": PAYLOAD}), "a.doc")
    assert any(MARKER in view.data for view in found.views if view.reader == "ole-stream")


def test_a_dropped_file_in_a_compound_file_has_its_own_name() -> None:
    native = struct.pack("<I", 0) + b"\x02\0evil.vbs\0C:\\evil.vbs\0\0\0\x03\0" + struct.pack("<I", 9) + b"C:\\t.vbs\0"
    native += struct.pack("<I", len(PAYLOAD)) + PAYLOAD
    found = opened(compound({"ObjectPool/\x01Ole10Native": native}))
    assert any(view.path.endswith("!evil.vbs") and view.data == PAYLOAD for view in found.views)


def test_what_powerpoint_keeps_compressed_is_opened() -> None:
    packed = zlib.compress(PAYLOAD)
    record = b"\x10\x00\x11\x10" + struct.pack("<II", len(packed) + 4, len(PAYLOAD)) + packed
    found = opened(compound({"PowerPoint Document": b"\x0f\0\xe8\x03" + record}))
    assert any(view.data == PAYLOAD for view in found.views)


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("WordDocument", b"\xec\xa5" + bytes(8) + b"\0\x01" + bytes(20)),
        ("Workbook", struct.pack("<HH", 0x809, 4) + bytes(4) + struct.pack("<HH", 0x2F, 4) + bytes(4)),
        ("EncryptedPackage", bytes(40)),
    ],
)
def test_encrypted_office_files_are_partial(stream: str, body: bytes) -> None:
    assert {gap.reason for gap in opened(compound({stream: body})).gaps} == {Reason.ENCRYPTED}


def test_an_entry_that_no_storage_names_is_read_all_the_same() -> None:
    whole = compound({"Shown": b"x" * 5_000, "Hidden": PAYLOAD.ljust(5_000, b" ")}, unlinked=("Hidden",))
    found = opened(whole)
    assert any(MARKER in view.data for view in found.views if view.path.startswith("(hidden)/"))


def test_a_broken_compound_file_is_damaged() -> None:
    assert {gap.reason for gap in opened(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)).gaps} == {Reason.DAMAGED}


def test_an_ole_1_object_that_is_none_gives_nothing() -> None:
    opening = Opening(
        Part("", b""), Budget(Limits(), 1), Passwords(), Haul(Limits()), lambda part: pytest.fail("a member")
    )
    for raw in (b"short", b"\x01\x05\0\0\x09\0\0\0" + bytes(20), b"\x01\x05\0\0\x02\0\0\0" + b"\xff" * 20):
        read_package(opening, raw, "x")
    assert opening.given == 0


def test_png_rows_in_a_pdf_stream_are_undone() -> None:
    rows = b"\x00abc" + b"\x02" + bytes((1, 1, 1)) + b"\x01" + bytes((1, 1, 1))
    assert unpredicted(rows, 3) == b"abc" + b"bcd" + bytes((1, 2, 3))
    assert unpredicted(rows, 0) == rows


def test_a_predicted_stream_is_read() -> None:
    width = 40
    padded = PAYLOAD + b" " * (-len(PAYLOAD) % width)
    rows = b"".join(b"\0" + padded[at : at + width] for at in range(0, len(padded), width))
    body = zlib.compress(rows)
    head = b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 40>>"
    data = b"%PDF-1.4\n1 0 obj\n<<" + head + b">>\nstream\n" + body + b"\nendstream\nendobj\n%%EOF"
    assert any(MARKER in view.data for view in opened(data).views)


def test_escapes_of_pdf_strings_are_undone() -> None:
    assert literal(rb"a\(b\)c(d)e\101\n\\\zf)tail", 0) == (b"a(b)c(d)eA\n\\zf", True)
    assert list(strings_of(b"/URI <68747470> /JS<<1>> /JS (\xef\xbb\xbf\xe8\xb5\x8c)")) == [
        (b"URI", "http", True),
        (b"JS", "赌", True),
    ]


def test_one_bad_stream_of_a_pdf_does_not_hide_the_next() -> None:
    bad = b"1 0 obj\n<</Filter[/ASCII85Decode/FlateDecode]>>\nstream\nzzzz!!~>\nendstream\nendobj\n"
    good = b"2 0 obj\n<</Filter/FlateDecode>>\nstream\n" + zlib.compress(PAYLOAD) + b"\nendstream\nendobj\n"
    assert any(MARKER in view.data for view in opened(b"%PDF-1.4\n" + bad + good + b"%%EOF").views)


def test_pictures_in_a_pdf_are_left_alone() -> None:
    picture = b"1 0 obj\n<</Subtype/Image/Width 9/Height 9/Filter/FlateDecode>>\nstream\n" + zlib.compress(b"x" * 81)
    found = opened(b"%PDF-1.4\n" + picture + b"\nendstream\nendobj\n%%EOF")
    assert not any(view.reader.startswith("pdf-stream") for view in found.views)


@pytest.mark.parametrize("tail", ["", "=", "==", "\r\n", "!!", "A"])
def test_sloppy_base64_is_decoded(tail: str) -> None:
    coded_bytes = base64.b64encode(b"words and more words") + tail.encode()
    assert coded.base64_decoded(coded_bytes)[0].startswith(b"words and more word")


def test_base64_of_nothing_is_nothing() -> None:
    assert coded.base64_decoded(b"= = !") == []
    assert coded.hex_decoded(b"4 1\r\n4z2 5") == b"AB"


def test_a_macro_over_its_bound_is_a_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vba, "MOST_SOURCE", 10)
    with pytest.raises(TroubleError, match="over 10 bytes"):
        vba.decompress(literal_macro(b"x" * 100))


def test_an_uncompressed_chunk_of_a_macro_is_read() -> None:
    assert vba.decompress(b"\x01" + struct.pack("<H", 0x3FFF) + b"y" * 4096) == b"y" * 4096


def test_a_mailbox_gives_every_message() -> None:
    one = b"From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b\nSubject: one\nMIME-Version: 1.0\n\nfirst\n\n"
    two = one.replace(b"one", b"two") + packers.PACKERS["gzip"](PAYLOAD)
    found = opened(one + two, "a.mbox")
    assert any(MARKER in view.data for view in found.views)
    assert (
        sum("subject:" in view.data.decode("utf-8", "replace") for view in found.views if view.layer is Layer.TEXT) == 2
    )


def test_uuencoded_files_have_their_names() -> None:
    line = b"#:6%Y"  # three bytes: "ize" coded by hand is of no matter, only that it decodes
    body = b"From: a\nSubject: s\nMIME-Version: 1.0\n\nbegin 644 evil.php\n" + line + b"\n`\nend\n"
    found = opened(body, "a.eml")
    assert "evil.php" in found.names


def test_a_uuencoded_line_that_cannot_be_decoded_is_told() -> None:
    head = b"From: a\nSubject: s\nMIME-Version: 1.0\n\nbegin 644 evil.php\n"
    found = opened(head + b"#:6%Y\n" + b"#:6\xe9Y\n" + b"`\nend\n", "a.eml")
    assert [(gap.reason, gap.detail) for gap in found.gaps] == [
        (Reason.DAMAGED, "uuencode: 1 of 3 lines cannot be decoded")
    ]
    assert any(view.data == binascii.a2b_uu(b"#:6%Y") for view in found.views)
