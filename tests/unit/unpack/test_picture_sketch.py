"""Sketches of pictures: near across formats and sizes, made in the cage, and bytes where no picture can be opened."""

import io

import numpy
import pytest

from scanner.detection.picture_sketch import Sketching
from scanner.domain.limits import Limits
from scanner.domain.similarity import NEAR, Kind, Sketch, distance
from tests.evasion.bombs import wide_picture

pytest.importorskip("pdqhash", reason="the extra [image] is not installed")
image = pytest.importorskip("PIL.Image")
SKETCHING = Sketching(Limits(), "off")


def picture(form: str = "PNG", seed: int = 0, width: int = 320) -> bytes:
    """Soft blots, another picture for each seed."""
    blots, out = numpy.random.default_rng(seed).integers(0, 255, (9, 12), numpy.uint8), io.BytesIO()
    image.fromarray(blots).resize((width, width * 3 // 4), image.Resampling.BICUBIC).convert("RGB").save(out, form)
    return out.getvalue()


def made(sketch: Sketch | None) -> Sketch:
    assert sketch is not None
    return sketch


@pytest.mark.parametrize("mode", ["off", "auto"])
def test_a_picture_in_another_format_and_size_is_near(mode: str) -> None:
    one = made(Sketching(Limits(), mode).sketch(picture()))
    assert one.kind is Kind.IMAGE
    assert distance(one, made(SKETCHING.sketch(picture("JPEG", width=500)))) <= NEAR[Kind.IMAGE]
    assert distance(one, made(SKETCHING.sketch(picture(seed=3)))) >= 25


def test_a_picture_that_cannot_be_opened_is_sketched_as_bytes() -> None:
    assert made(SKETCHING.sketch(picture()[:200])).kind is not Kind.IMAGE
    assert made(SKETCHING.sketch(wide_picture())).kind is not Kind.IMAGE


def test_a_picture_of_one_colour_says_nothing_as_a_picture() -> None:
    out = io.BytesIO()
    image.new("RGB", (300, 300), (9, 9, 9)).save(out, "PNG")
    assert made(SKETCHING.sketch(out.getvalue())).kind is not Kind.IMAGE


def test_what_is_no_picture_is_sketched_by_its_words() -> None:
    assert made(SKETCHING.sketch(b"A letter about nothing in particular, and long enough for it.")).kind is Kind.TEXT
    assert SKETCHING.sketch(b"short") is None
