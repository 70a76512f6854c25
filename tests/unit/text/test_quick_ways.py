"""Quick ways of the text floor, each held against the plain one that it stands for."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.text import encodings
from scanner.text.places import DecodedPlaces

GBK = "的人的人".encode("gb18030")
MIXED = st.text(st.sampled_from("的人赌\u3400\u9fff\ua000aZ 1\n\U0001f600\ufffd\u00e9"), max_size=60)


def plain_share(text: str) -> float:
    hanzi = [char for char in text[:20_000] if "\u3400" <= char <= "\u9fff"]
    return sum(char in encodings._FREQUENT for char in hanzi) / len(hanzi) if hanzi else 0.0


@given(MIXED)
def test_the_share_of_frequent_hanzi_is_the_plain_count(text: str) -> None:
    assert encodings._frequent_share(text) == plain_share(text)


def plain_offset(data: bytes, codec: str, skip: int, char: int) -> int:
    """The most bytes that decode to no more than so many characters, tried one by one."""
    best = skip
    for end in range(skip, len(data) + 1):
        decoder = codecs.getincrementaldecoder(codec)("replace")
        decoded = len(decoder.decode(data[skip:end], final=end == len(data)))
        if decoded < char or (decoded == char and not decoder.getstate()[0]):
            best = end
    return best


@settings(max_examples=200)
@given(st.data())
def test_a_characters_bytes_are_found_as_by_trying_every_length(data: st.DataObject) -> None:
    raw = data.draw(
        st.one_of(MIXED.map(str.encode), st.binary(max_size=40), st.text("ab'<", max_size=40).map(str.encode))
    )
    codec = data.draw(st.sampled_from(["utf-8", "cp1252", "gb18030"]))
    skip = data.draw(st.sampled_from([0, 3])) if len(raw) >= 3 else 0
    char = data.draw(st.integers(0, len(raw[skip:].decode(codec, "replace"))))
    assert DecodedPlaces(raw, codec, skip).span(char, char)[0] == plain_offset(raw, codec, skip, char)


@pytest.mark.parametrize("data", [b"", b"ab", "一二".encode(), b"\xe4\xb8\x80\xe4", b"abcd", GBK])
def test_utf_8_without_zero_bytes_is_never_taken_for_utf_16(data: bytes) -> None:
    assert encodings._wide(data) == ""
