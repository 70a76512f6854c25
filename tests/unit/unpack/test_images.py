"""Pictures: codes become text in the QR layer, hostile pictures are remarks, too large ones are not opened."""

import io

import pytest

from scanner.detection import images
from scanner.detection.cage.cage import Cage
from scanner.detection.sniff import TEXTS, needs_parser, not_judged_of, sniff
from scanner.detection.unpack.unpacking import unpack
from scanner.domain.content import Sample
from scanner.domain.findings import Layer
from scanner.domain.limits import Limits
from tests.evasion.bombs import wide_picture

zxingcpp = pytest.importorskip("zxingcpp", reason="the extra [image] is not installed")
image = pytest.importorskip("PIL.Image")
numpy = pytest.importorskip("numpy")
URL = "https://bet.example/win"


def picture(form: str) -> bytes:
    code = zxingcpp.create_barcode(URL, zxingcpp.BarcodeFormat.QRCode)
    drawn = image.fromarray(numpy.array(zxingcpp.write_barcode_to_image(code, scale=5))).convert("RGB")
    ground, out = image.new("RGB", (500, 400), (200, 210, 220)), io.BytesIO()
    ground.paste(drawn, (120, 90))
    ground.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_code_in_a_picture_is_text(form: str) -> None:
    found = unpack(Sample(f"a.{form.lower()}", picture(form)), Limits())
    assert [(view.layer, view.data) for view in found.views[1:]] == [(Layer.QR, URL.encode())]
    assert (found.gaps, found.not_judged) == ((), (TEXTS,))


def test_pictures_are_opened_behind_the_walls() -> None:
    cage = Cage(Limits())
    found = cage.unpack(Sample("a.png", picture("PNG")))
    cage.close()
    assert [view.data for view in found.views[1:]] == [URL.encode()]


def test_a_picture_needs_a_parser_only_where_one_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture("PNG")
    assert needs_parser(sniff(data), data)
    monkeypatch.setattr("scanner.detection.sniff.worth_opening", lambda data, media: False)
    monkeypatch.setattr("scanner.detection.sniff.reads_codes", lambda: False)
    assert not needs_parser(sniff(data), data)
    assert not_judged_of("image") == ("pixels",)


def test_pixels_of_a_format_that_is_not_opened_are_named_as_not_judged() -> None:
    drawing = b"8BPS" + bytes(400)
    assert sniff(drawing).family == "image"
    assert unpack(Sample("a.psd", drawing), Limits()).not_judged == ("pixels",)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(400), b"\xff\xd8\xff\xe0" + bytes(400), wide_picture()])
def test_a_broken_or_huge_picture_is_a_remark_and_no_gap(data: bytes) -> None:
    found = unpack(Sample("a.png", data), Limits())
    assert found.gaps == ()
    assert "picture not looked into" in found.notes[0]


def test_the_same_picture_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture("GIF")
    images.codes(data)
    monkeypatch.setattr(images, "opened", lambda data: pytest.fail("opened again"))
    assert images.codes(data) == (URL,)


def test_the_perceptual_hash_bears_a_change_of_format() -> None:
    pytest.importorskip("pdqhash")
    one, other = images.perceptual_hash(picture("PNG")), images.perceptual_hash(picture("JPEG"))
    assert one is not None
    assert other is not None
    assert (int(one[0], 16) ^ int(other[0], 16)).bit_count() <= 31


def test_what_is_no_picture_has_no_hash() -> None:
    assert images.perceptual_hash(b"words" * 99) is None
