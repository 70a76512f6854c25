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
