"""What the coverage tells of a content beside its gaps: declared limits, and readers that disagree."""

import time

import pytest

from scanner.detection.clock import NoClock
from scanner.detection.detector import Detector, build_detector
from scanner.detection.judging import KEPT_NOTES
from scanner.detection.sniff import not_judged_of
from scanner.detection.unpack.views import Unpacked
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach
from scanner.domain.limits import Limits
from tests.evasion.zips import lies
from tests.unit.detector.books import book_of, yara_file

MP3 = b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 200
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08free"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return build_detector(book_of(yara_file('rule marker { strings: $a = "EVIL" condition: $a }')), Limits())


@pytest.mark.parametrize(
    ("name", "data", "family"), [("a.mp3", MP3, "audio"), ("a.mp4", MP4, "video"), ("a.txt", b"words", "text")]
)
def test_what_is_not_opened_names_what_nothing_judges_of_it(
    name: str, data: bytes, family: str, detector: Detector
) -> None:
    detection = detector.detect(Sample(name, data))
    assert detection.content.family == family
    assert detection.coverage.not_judged == not_judged_of(family)
    assert detection.coverage.reach is Reach.FULL


@pytest.mark.parametrize("lie", ["names differ", "two entries share a member"])
def test_readers_that_disagree_are_told_on_the_coverage(lie: str, detector: Detector) -> None:
    notes = detector.detect(Sample("a.zip", lies()[lie])).coverage.notes
    assert any(note.startswith("disagreement: ") for note in notes)


def test_a_flood_of_remarks_does_not_drown_a_disagreement(detector: Detector) -> None:
    remarks = (*(f"remark {number}" for number in range(2 * KEPT_NOTES)), "disagreement: two names for one member")
    judging = detector.judging(time.monotonic() + 5, NoClock())
    notes = judging.coverage(Sample("a.zip", b""), Unpacked((), notes=remarks), detector.stamp).notes
    assert len(notes) == KEPT_NOTES
    assert notes[:2] == ("disagreement: two names for one member", "remark 0")
