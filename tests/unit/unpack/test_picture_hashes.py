"""Pictures on an operator's list of perceptual hashes: found through containers, and never clean unread."""

import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from scanner.detection import images
from scanner.detection.bundle import open_bundle
from scanner.detection.detector import Detector
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach, Reason
from scanner.domain.limits import Limits
from scanner.domain.rules import HashEntry, RuleKind
from scanner.errors import SettingsError
from tests.evasion.bombs import wide_picture
from tests.unit.detector.books import book_of, rule_of, yara_file

pytest.importorskip("pdqhash", reason="the extra [image] is not installed")
image = pytest.importorskip("PIL.Image")
draw = pytest.importorskip("PIL.ImageDraw")
YARA = 'rule shape { meta: id = "test.shape" strings: $a = "NEVER-THERE" condition: $a }'


def picture(form: str = "PNG", seed: int = 0) -> bytes:
    ground, out = image.effect_mandelbrot((320, 240), (-2 + seed / 7, -1.5, 1, 1.5), 60).convert("RGB"), io.BytesIO()
    ground.save(out, form)
    return out.getvalue()


def detector(*entries: HashEntry, cage: str = "off") -> Detector:
    rules = [rule_of("lists.deny", RuleKind.HASH), rule_of("lists.allow", RuleKind.HASH)]
    book = book_of(yara_file(YARA), more=rules, hashes=entries)
    return Detector(book, Limits(), open_bundle(book, 1_000), cage, today=lambda: date(2026, 6, 1))


def entry(data: bytes, rule: str = "lists.deny", *, allow: bool = False) -> HashEntry:
    found = images.perceptual_hash(data)
    assert found is not None
    assert found[1] >= 50
    return HashEntry("pdq", found[0], rule, allow, 31)


@pytest.mark.parametrize("cage", ["off", "auto"])
def test_a_listed_picture_in_another_format_is_found_inside_an_archive(cage: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("holiday/a.jpg", picture("JPEG"))
    keeper = detector(entry(picture("PNG")), cage=cage)
    (finding,) = keeper.detect(Sample("a.zip", archive.getvalue())).findings
    keeper.close()
    assert (finding.rule, finding.path) == ("lists.deny", "holiday/a.jpg")
    assert "of 256 bits differ" in finding.detail


def test_another_picture_is_not_found() -> None:
    assert detector(entry(picture())).detect(Sample("b.png", picture(seed=3))).findings == ()


def test_an_allowed_picture_is_told_and_hides_nothing() -> None:
    listed = detector(entry(picture()), entry(picture(), "lists.allow", allow=True))
    detection = listed.detect(Sample("a.gif", picture("GIF")))
    assert [finding.rule for finding in detection.findings] == ["lists.deny"]
    assert any(note.startswith("allowed by lists.allow: pdq") for note in detection.coverage.notes)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(400), Reason.DAMAGED),
        (wide_picture(), Reason.OVER_SIZE),
        (b"\xff\xd8\xff\xe0" + bytes(images.MOST_BYTES), Reason.OVER_SIZE),
        (b"8BPS" + bytes(400), Reason.UNSUPPORTED_FORMAT),
        (b"\0\0\0\x1cftypavif" + bytes(400), Reason.UNSUPPORTED_FORMAT),
    ],
    ids=["broken", "wide", "large", "drawing", "avif"],
)
def test_a_picture_that_cannot_be_compared_is_not_clean_while_a_list_is_in_force(data: bytes, reason: Reason) -> None:
    coverage = detector(entry(picture())).detect(Sample("a.png", data)).coverage
    assert (coverage.reach, [gap.reason for gap in coverage.gaps]) == (Reach.PARTIAL, [reason])
    assert detector().detect(Sample("a.png", data)).coverage.reach is Reach.FULL


def test_a_picture_of_another_format_inside_an_archive_is_a_gap_at_its_place() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("in/a.psd", b"8BPS" + bytes(400))
    (gap,) = detector(entry(picture())).detect(Sample("a.zip", archive.getvalue())).coverage.gaps
    assert (gap.reason, gap.path) == (Reason.UNSUPPORTED_FORMAT, "in/a.psd")


def test_verdicts_made_without_comparing_do_not_stand_once_a_list_is_in_force() -> None:
    assert detector().stamp.limits_digest != detector(entry(picture())).stamp.limits_digest


def test_a_list_that_cannot_be_applied_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = entry(picture())
    monkeypatch.setattr(images, "hashes_pictures", lambda: False)
    with pytest.raises(SettingsError, match=r"lists.deny.*install aup-scanner\[image\]"):
        detector(listed)


def test_asking_for_texts_without_the_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.detection.image_text.reads_words", lambda: False)
    book = book_of(yara_file(YARA))
    with pytest.raises(SettingsError, match=r"picture_texts = 4.*install aup-scanner\[ocr\]"):
        Detector(book, replace(Limits(), picture_texts=4), open_bundle(book, 1_000))
