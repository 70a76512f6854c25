"""Detection of one content, whole."""

import gzip
import io
import zipfile
from collections.abc import Iterator

import pytest

from scanner.detection.detector import Detector, build_detector
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach
from scanner.domain.limits import Limits
from tests.unit.detector.books import book_of, yara_file

MARKER = b"EVIL-MARKER-0001"
RULES = """
rule marker { strings: $m = "EVIL-MARKER-0001" condition: $m }
rule script_only { strings: $m = "EVIL-SCRIPT-0002" condition: $m }
"""


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    book = book_of(yara_file(RULES), lanes={"test.script_only": "script"})
    built = build_detector(book, Limits())
    yield built
    built.close()


def zipped(**members: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return body.getvalue()


def test_a_marker_is_found_where_it_stands(detector: Detector) -> None:
    data = b"harmless words " + MARKER + b" and more"
    found = detector.detect(Sample("note.txt", data)).findings
    assert {f.rule for f in found} == {"test.marker"}
    offset = found[0].offset
    assert offset is not None
    assert data[offset : offset + found[0].length] == MARKER
    assert "harmless words EVIL-MARKER-0001" in found[0].excerpt


def test_a_clean_text_is_read_to_its_end(detector: Detector) -> None:
    detection = detector.detect(Sample("note.txt", b"nothing here"))
    assert detection.findings == ()
    assert detection.coverage.reach is Reach.FULL
    assert detection.coverage.view_count == 1
    assert detection.coverage.bytes_read == 12


def test_a_member_of_an_archive_in_an_archive_is_found_at_its_path(detector: Detector) -> None:
    data = zipped(**{"inner.zip": zipped(**{"deep.txt": MARKER})})
    paths = {f.path for f in detector.detect(Sample("outer.zip", data)).findings}
    assert "inner.zip!deep.txt" in paths


def test_a_content_encoding_is_undone(detector: Detector) -> None:
    found = detector.detect(Sample("page.html", gzip.compress(MARKER), "text/html", "gzip")).findings
    assert {f.rule for f in found} == {"test.marker"}


def test_a_rule_of_a_lane_is_asked_only_of_its_lane(detector: Detector) -> None:
    data = b"EVIL-SCRIPT-0002"
    assert [f.rule for f in detector.detect(Sample("a.php", b"<?php " + data)).findings] == ["test.script_only"]
    assert detector.detect(Sample("a.mp3", b"ID3\x03" + data)).findings == ()
