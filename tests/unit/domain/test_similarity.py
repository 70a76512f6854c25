"""Sketches and their bands: what is near shares a band, what is not is told apart."""

import random

import pytest

from scanner.domain.similarity import (
    NEAR,
    Kind,
    Similar,
    Sketch,
    bands,
    distance,
    is_near,
    nearest,
    probes,
)


def text(*slots: int) -> Sketch:
    return Sketch(Kind.TEXT, b"".join(slot.to_bytes(2) for slot in slots))


def image(bits: int) -> Sketch:
    return Sketch(Kind.IMAGE, bits.to_bytes(32))


def test_a_sketch_is_stored_as_text_and_read_back() -> None:
    sketch = text(*range(64))
    assert sketch.text.startswith("text:00000001")
    assert Sketch.of(sketch.text) == sketch


@pytest.mark.parametrize("wrong", ["text:00", "image:" + "0" * 62, "sound:00", "text:xy"])
def test_what_is_no_sketch_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Sketch.of(wrong)


def test_the_distance_is_the_share_of_slots_or_bits_that_differ() -> None:
    assert distance(text(*range(64)), text(*range(48), *range(100, 116))) == 25
    assert distance(image(0), image((1 << 64) - 1)) == 25
    assert distance(image(0), Sketch(Kind.BYTES, bytes(128))) == 100


def test_only_what_is_near_is_named_and_the_nearest_first() -> None:
    one = text(*range(64))
    found = {"b": text(*range(60), 900, 901, 902, 903), "a": one, "far": text(*range(1000, 1064))}
    assert nearest(one, found.items(), 9) == [Similar("a", 0), Similar("b", 6)]
    assert nearest(one, found.items(), 1) == [Similar("a", 0)]
    assert not is_near(one, found["far"])


def test_bands_are_sixteen_keys_of_63_bits_and_apart_by_kind() -> None:
    plain = set(bands(text(*range(64))))
    assert len(plain) == 16
    assert all(0 <= key < 1 << 63 for key in plain)
    assert plain.isdisjoint(bands(Sketch(Kind.BYTES, text(*range(64)).body)))


def test_pictures_meet_up_to_thirty_one_bits_of_difference() -> None:
    drawn = random.Random(8)
    for _ in range(300):
        bits = drawn.getrandbits(256)
        changed = bits
        for place in drawn.sample(range(256), 31):
            changed ^= 1 << place
        one, other = image(bits), image(changed)
        assert is_near(one, other)
        assert set(bands(one)) & {*bands(other), *probes(other)}


def test_texts_that_are_near_meet_in_a_band_almost_surely() -> None:
    drawn, met = random.Random(8), 0
    for _ in range(400):
        slots = [drawn.getrandbits(16) for _ in range(64)]
        changed = list(slots)
        for place in drawn.sample(range(64), round(64 * 0.3)):
            changed[place] ^= 1
        one, other = text(*slots), text(*changed)
        met += bool(set(bands(one)) & set(bands(other)))
        assert distance(one, other) <= NEAR[Kind.TEXT]
        assert probes(one) == ()
    assert met >= 390
