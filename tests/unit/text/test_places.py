"""Characters and their bytes."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text import places
from scanner.text.edits import Edit, EditedText
from scanner.text.places import DecodedPlaces, NoPlaces

CODECS = ["utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be", "cp1252", "shift_jis"]


@given(st.text(max_size=50), st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"]), st.integers(3, 9))
def test_each_character_has_its_own_bytes(text: str, codec: str, step: int) -> None:
    data = text.encode(codec, "replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "_STEP", step)  # half a character at the border of a step
        where = DecodedPlaces(data, codec)
        for number, char in enumerate(data.decode(codec)):
            offset, length = where.span(number, number + 1)
            assert offset is not None
            assert data[offset : offset + length].decode(codec) == char


@given(st.binary(max_size=60), st.sampled_from(CODECS), st.integers(3, 9))
def test_spans_of_broken_bytes_follow_each_other_and_end_with_the_bytes(data: bytes, codec: str, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "_STEP", step)
        where = DecodedPlaces(data, codec)
        length = len(data.decode(codec, "replace"))
        offsets = [where.span(number, number)[0] for number in range(length + 1)]
        assert all(isinstance(offset, int) for offset in offsets)
        assert offsets == sorted(offsets, key=lambda offset: offset or 0)
        assert offsets[0] == 0
        assert where.span(0, length) == (0, len(data)) or length == 0


@given(st.binary(max_size=80), st.sampled_from(CODECS), st.integers(1, 7))
def test_decoding_piece_by_piece_is_decoding_at_once(data: bytes, codec: str, size: int) -> None:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    parts = [decoder.decode(data[place : place + size]) for place in range(0, len(data), size)]
    assert "".join((*parts, decoder.decode(b"", True))) == data.decode(codec, "replace")


def test_a_mark_in_front_is_counted() -> None:
    assert DecodedPlaces(b"\xef\xbb\xbfab", "utf-8", 3).span(1, 2) == (4, 1)


def test_a_name_has_no_place() -> None:
    assert NoPlaces().span(0, 3) == (None, 0)


def test_edited_text_leads_back_to_what_it_was_made_from() -> None:
    source = "a&#36172;b%E5%8D%9A%E5%BD%A9c"
    edited = EditedText(source)
    edited.add([Edit(1, 9, "赌"), Edit(10, 28, "博彩", 9), Edit(12, 13, "left out")])
    text, where = edited.finished(DecodedPlaces(source.encode(), "utf-8"))
    assert text == "a赌b博彩c"
    assert [where.span(place, place + 1) for place in range(6)] == [(0, 1), (1, 8), (9, 1), (10, 9), (19, 9), (28, 1)]
    assert where.span(1, 5) == (1, 27)


def test_a_text_of_which_nothing_is_left_stands_for_the_whole() -> None:
    edited = EditedText("abc")
    edited.add([Edit(0, 3, "")])
    text, where = edited.finished(DecodedPlaces(b"abc", "utf-8"))
    assert text == ""
    assert where.span(0, 1) == (0, 3)
