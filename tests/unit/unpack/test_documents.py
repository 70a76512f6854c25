# ruff: noqa: E501 - documents written by hand stand on one line each
"""Documents: text a person reads, scripts and links that act, files that hide inside."""

import base64
import json
import struct
import zlib

import pytest

from scanner.detection.documents import vba
from scanner.detection.documents.msg import unpacked_rtf
from scanner.detection.documents.pdf_filters import lzw
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

SPEC_SAMPLE = bytes.fromhex(
    "012fb00023616161626364658266007061676869 6a01380861 6b6c0030 6d6e6f7006 71027004 10727374 75761077 78797a003c"
)


def opened(data: bytes, name: str = "object.bin") -> Unpacked:
    return unpack(Sample(name, data), Limits())


def texts(found: Unpacked, layer: Layer = Layer.TEXT) -> str:
    return "\n".join(view.data.decode() for view in found.views if view.layer is layer)


def compressed_macro(source: bytes) -> bytes:
    """[MS-OVBA] compression with literals only."""
    body = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\x01" + struct.pack("<H", 0xB000 | (len(body) - 1)) + body


def test_macro_source_of_the_specification_is_undone() -> None:
    assert vba.decompress(SPEC_SAMPLE) == b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"


def test_macro_source_is_found_without_any_directory() -> None:
    source = b'Attribute VB_Name = "M"\r\nSub AutoOpen()\r\nShell "calc"\r\nEnd Sub\r\n'
    found = opened(packers.ole(b"\x77" * 40 + compressed_macro(source)), "a.doc")
    macros = [view for view in found.views if view.reader == "macro"]
    assert [view.data for view in macros] == [source]
    assert "script" in macros[0].lanes


def test_macro_source_is_found_inside_a_docx() -> None:
    source = b'Attribute VB_Name = "M"\r\nSub x()\r\nEnd Sub\r\n'
    found = opened(packers.office(packers.ole(compressed_macro(source))))
    assert source in [view.data for view in found.views]


def test_broken_macro_source_is_a_trouble() -> None:
    with pytest.raises(TroubleError):
        vba.decompress(b"\x02nothing")


def test_the_text_of_a_docx_is_whole_although_runs_divide_it() -> None:
    body = b"<?xml version='1.0'?><w:document xmlns:w='x'><w:p><w:r><w:t>gam</w:t></w:r><w:r><w:t xml:space='preserve'>bling &amp; more</w:t></w:r></w:p></w:document>"
    found = opened(
        write_zip(
            [Member(b"[Content_Types].xml", b"<?xml version='1.0'?><Types/>"), Member(b"word/document.xml", body)]
        )
    )
    assert texts(found) == "gambling & more"
    assert found.gaps == ()


def test_a_remote_template_is_a_link() -> None:
    rels = b"<?xml version='1.0'?><Relationships><Relationship Target='https://evil.example/t.dotm' TargetMode='External'/></Relationships>"
    found = opened(write_zip([Member(b"[Content_Types].xml", b"<x/>"), Member(b"word/_rels/settings.xml.rels", rels)]))
    assert texts(found, Layer.URL) == "https://evil.example/t.dotm"


def test_the_text_of_an_opendocument_is_read() -> None:
    body = b"<?xml version='1.0'?><o><text:p>win <text:span>big</text:span></text:p><text:p>now</text:p></o>"
    found = opened(
        write_zip(
            [Member(b"mimetype", b"application/vnd.oasis.opendocument.text", method=0), Member(b"content.xml", body)]
        )
    )
    assert texts(found) == "win big\nnow"


def test_the_text_of_an_rtf_is_read_with_its_escapes() -> None:
    body = b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}win \\u36172?\\'b2\\'a9\\par next}"
    assert texts(opened(body)) == "win 赌博\nnext"


def test_an_object_of_an_rtf_is_opened() -> None:
    found = opened(packers.rtf(packers.PACKERS["zip"](PAYLOAD)))
    assert any(view.data == PAYLOAD for view in found.views)


def test_a_package_in_an_rtf_gives_the_file_under_its_own_name() -> None:
    native = (
        b"\x02\0evil.vbs\0C:\\evil.vbs\0\0\0\x03\0"
        + struct.pack("<I", 9)
        + b"C:\\t.vbs\0"
        + struct.pack("<I", len(PAYLOAD))
        + PAYLOAD
    )
    kind = b"Package\0"
    raw = b"\x01\x05\0\0\x02\0\0\0" + struct.pack("<I", 8) + kind + bytes(8) + struct.pack("<I", len(native)) + native
    found = opened(packers.rtf(raw))
    assert "evil.vbs" in found.names
    assert any(view.path.endswith("evil.vbs") and view.data == PAYLOAD for view in found.views)


def pdf_page(content: bytes, extra: bytes = b"") -> bytes:
    parts = [
        b"<</Type/Catalog/Pages 2 0 R" + extra + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n" % len(content) + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        bytes(out)
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    )


def test_the_text_of_a_pdf_is_read() -> None:
    found = opened(pdf_page(b"BT /F 12 Tf 20 200 Td (win) Tj ( big) Tj ET"))
    assert "win big" in texts(found)
    assert found.gaps == ()


def test_scripts_and_links_of_a_pdf_are_views() -> None:
    action = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/AA<</O<</S/URI/URI(https://evil.example/)>>>>"
    found = opened(pdf_page(b"", action))
    assert any(view.reader == "pdf-script" and b"app.alert(1)" in view.data for view in found.views)
    assert texts(found, Layer.URL) == "https://evil.example/"


def test_an_attachment_of_a_pdf_is_opened_under_its_name() -> None:
    found = opened(packers.pdf(packers.PACKERS["gzip"](PAYLOAD)))
    assert "payload.php" in found.names
    assert any(view.data == PAYLOAD for view in found.views)


def test_lzw_of_the_pdf_reference_is_undone() -> None:
    coded = bytes.fromhex("800b6050220c0c8501")
    assert b"".join(lzw(coded)) == bytes([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])


def test_compressed_rtf_of_the_specification_is_undone() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_mail_parts_and_words_of_the_head_are_views() -> None:
    found = opened(packers.mail(PAYLOAD), "a.eml")
    assert "Subject: form" in texts(found) or "subject: form" in texts(found)
    assert any(view.path == "payload.php" and view.data == PAYLOAD for view in found.views)
    assert "payload.php" in found.names


def test_an_encoded_subject_is_read() -> None:
    head = "=?utf-8?b?" + base64.b64encode("澳门赌场".encode()).decode() + "?="
    found = opened(packers.mail(b"x").replace(b"Subject: form", b"Subject: " + head.encode()))
    assert "澳门赌场" in texts(found)


def test_a_declared_charset_goes_with_the_part() -> None:
    body = b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=GB2312\r\n\r\n<html>" + "赌".encode(
        "gbk"
    )
    assert [view.charset for view in opened(body).views if view.path == "(body)"] == ["gb2312"]


def test_encrypted_mail_is_partial() -> None:
    body = b"From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=e\r\n\r\n--e\r\n\r\nx\r\n--e--\r\n"
    assert Reason.ENCRYPTED in {gap.reason for gap in opened(body).gaps}


def test_the_cells_of_a_notebook_are_one_text() -> None:
    book = {"cells": [{"source": ["import os\n", "x = 1"]}, {"source": "y = 2"}], "nbformat": 4, "metadata": {}}
    found = opened(json.dumps(book).encode(), "a.ipynb")
    assert [view.data for view in found.views if view.reader == "notebook"] == [b"import os\nx = 1\n\ny = 2"]


def test_a_broken_notebook_is_damaged() -> None:
    found = opened(b'{"cells": [{"source": "x"', "a.ipynb")
    assert [gap.reason for gap in found.gaps] == [Reason.DAMAGED]


def test_an_encrypted_office_document_is_partial() -> None:
    data = packers.ole(b"x" * 5_000)
    name, other = "Payload".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    data = data.replace(name.ljust(64, b"\0") + struct.pack("<H", 16), other.ljust(64, b"\0") + struct.pack("<H", 34))
    assert {gap.reason for gap in opened(data).gaps} == {Reason.ENCRYPTED}


def test_text_of_a_compound_file_is_read_in_both_widths() -> None:
    words = b"\x07\x01plain words here\x02" + "澳门赌场开户送".encode("utf-16-le") + b"\x03"
    data = packers.ole(words).replace(
        "Payload".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 16),
        "WordDocument".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 26),
    )
    found = texts(opened(data))
    assert "plain words here" in found
    assert "澳门赌场开户送" in found


def test_pages_in_attributes_are_opened() -> None:
    inner = packers.page(packers.PACKERS["zip"](PAYLOAD))
    outer = b"<html><iframe srcdoc='" + inner.replace(b"<", b"&lt;").replace(b"'", b"&#39;") + b"'></iframe></html>"
    assert any(view.data == PAYLOAD for view in opened(outer).views)


def test_a_small_data_uri_is_no_member() -> None:
    assert opened(b"<html><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></html>").member_count == 0


def test_an_svg_in_gzip_is_read() -> None:
    found = opened(zlib.compressobj(9, 8, 31).compress(b"") + packers.PACKERS["gzip"](packers.svg(PAYLOAD)), "a.svgz")
    assert any(MARKER in view.data for view in found.views)
