"""Words in pictures: read with the extra [ocr], judged by keyword rules, bounded by a number of pictures."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.detection import image_text
from scanner.detection.cage.cage import Cage
from scanner.detection.sniff import TEXTS
from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer
from scanner.domain.limits import Limits

pytest.importorskip("rapidocr", reason="the extra [ocr] is not installed")
pytest.importorskip("onnxruntime", reason="the extra [ocr] is not installed")
image = pytest.importorskip("PIL.Image")
draw = pytest.importorskip("PIL.ImageDraw")
font = pytest.importorskip("PIL.ImageFont")
LIMITS = replace(Limits(), picture_texts=2)
LINE = "Online casino bonus 888"


def picture(text: str = LINE, number: int = 0) -> bytes:
    drawn, out = image.new("RGB", (640, 160), (240, 230, 200 + number)), io.BytesIO()
    draw.Draw(drawn).text((30, 50), text, font=font.load_default(36), fill=(150, 0, 0))
    drawn.save(out, "PNG")
    return out.getvalue()


def archive(*pictures: bytes) -> Sample:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writer:
        for number, data in enumerate(pictures):
            writer.writestr(f"{number}.png", data)
    return Sample("a.zip", out.getvalue())


def test_words_in_a_picture_are_a_view_of_their_own_behind_the_walls() -> None:
    cage = Cage(LIMITS)
    found = cage.unpack(Sample("a.png", picture()))
    cage.close()
    assert [(v.layer, v.path) for v in found.views[1:]] == [(Layer.IMAGE_TEXT, "(words)")]
    assert b"casino" in found.views[1].data.lower()
    assert (found.gaps, found.not_judged) == ((), ())


def test_chinese_words_are_read() -> None:
    faces = sorted(Path("/usr/share/fonts").rglob("*CJK*Regular*"))
    if not faces:
        pytest.skip("no font with hanzi here (Debian: fonts-noto-cjk)")
    drawn, out = image.new("L", (640, 160), 255), io.BytesIO()
    draw.Draw(drawn).text((30, 50), "注册送彩金 微信日结", font=font.truetype(str(faces[0]), 36), fill=0)
    drawn.save(out, "JPEG")
    assert "彩金" in "".join(image_text.words(out.getvalue()))


def test_only_so_many_pictures_are_read_and_the_rest_is_named_as_not_judged() -> None:
    found = unpack(archive(*(picture(number=n) for n in range(3))), LIMITS)
    assert [v.path for v in found.views if v.layer is Layer.IMAGE_TEXT] == ["0.png!(words)", "1.png!(words)"]
    assert found.not_judged == (TEXTS,)


def test_without_asking_no_words_are_read_and_the_verdict_says_so() -> None:
    found = unpack(Sample("a.png", picture()), Limits())
    assert (len(found.views), found.not_judged) == (1, (TEXTS,))


def test_a_picture_without_strokes_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_text, "_words", lambda data: pytest.fail("read"))
    found = unpack(Sample("a.png", picture(text="")), LIMITS)
    assert (len(found.views), found.gaps) == (1, ())
    assert "words not read" in found.notes[0]


def test_the_same_picture_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(number=9)
    first = image_text.words(data)
    monkeypatch.setattr(image_text, "_words", lambda data: pytest.fail("read again"))
    assert image_text.words(data) == first


def test_a_broken_picture_is_a_gap_where_words_were_asked_for() -> None:
    found = unpack(Sample("a.png", b"\x89PNG\r\n\x1a\n" + bytes(400)), LIMITS)
    assert [gap.reason for gap in found.gaps] == [Reason.DAMAGED]
