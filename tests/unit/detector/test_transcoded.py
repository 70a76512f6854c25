"""Text whose letters are not ASCII bytes is judged as UTF-8, too: rules over bytes need no modifier for that."""

import io
import zipfile

import pytest

from scanner.detection.detector import Detector, build_detector
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from tests.unit.detector.books import book_of, yara_file

WORD = "marker_of_a_script"
RULE = yara_file(f'rule r {{ strings: $a = "{WORD}" condition: $a }}')
PAGE = f"<html><body><script>{WORD}()</script></body></html>"
ROOT = f"<jsp:root><jsp:scriptlet>{WORD}();</jsp:scriptlet></jsp:root>"
SHIFTED = b"\x1b(B".join(bytes([byte]) for byte in PAGE.encode())


@pytest.fixture(scope="module")
def detector() -> Detector:
    return build_detector(book_of(RULE), Limits(), cage_mode="off")


@pytest.mark.parametrize(
    ("name", "data", "declared"),
    [
        ("a.html", PAGE.encode("utf-16"), ""),
        ("a.html", b"\xfe\xff" + PAGE.encode("utf-16-be"), ""),
        ("a.html", PAGE.encode("utf-16-le"), "text/html"),
        ("a.html", ("汉" * 900 + PAGE).encode("utf-16"), ""),
        ("a.html", PAGE.encode("utf-32"), ""),
        ("a.ps1", f"# {WORD}\r\n".encode("utf-16"), ""),
        ("a.txt", f"words\r\n{WORD}\r\n".encode("utf-16"), ""),
        ("a.html", b"<meta charset=iso-2022-jp>" + SHIFTED, ""),
        ("a.html", SHIFTED, "text/html; charset=iso-2022-jp"),
        ("a.html", SHIFTED, "text/html"),
        ("a.jspx", b"<?xml version='1.0' encoding='cp037'?>" + ROOT.encode("cp037"), ""),
        ("a.jspx", ('<?xml version="1.0" encoding="cp500"?>' + ROOT).encode("cp500"), ""),
        ("a.jsp", b'<%@ page pageEncoding="Cp1026" %>' + ROOT.encode("cp1026"), ""),
        ("a.jsp", b'<%@ page pageEncoding="UTF-16BE" %> ' + ROOT.encode("utf-16-be"), ""),
    ],
)
def test_a_script_in_another_encoding_is_found(detector: Detector, name: str, data: bytes, declared: str) -> None:
    assert WORD.encode() not in data
    found = detector.detect(Sample(name, data, declared))
    assert [finding.rule for finding in found.findings] == ["test.r"]


def test_a_script_in_utf_16_inside_an_archive_is_found(detector: Detector) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.html", PAGE.encode("utf-16"))
    found = detector.detect(Sample("a.zip", held.getvalue()))
    assert [finding.rule for finding in found.findings] == ["test.r"]


def test_text_in_utf_8_has_one_view(detector: Detector) -> None:
    found = detector.detect(Sample("a.txt", "words, 汉字\n".encode()))
    assert [view.reader for view in found.coverage.views] == ["raw"]


def test_an_encoding_that_is_none_is_passed_over(detector: Detector) -> None:
    for label in ("rot13", "idna", "no-such", "base64"):
        data = f"<?xml version='1.0' encoding='{label}'?><a>{WORD}</a>".encode()
        assert [finding.rule for finding in detector.detect(Sample("a.jspx", data)).findings] == ["test.r"]
