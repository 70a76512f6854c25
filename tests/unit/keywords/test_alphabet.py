"""The alphabet: one character for one, the same for text and terms."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.keywords import alphabet
from scanner.keywords.alphabet import OTHER, alphabet_of
from scanner.text.folding import fold_text

FOLDED = st.text(max_size=30).map(fold_text)


@given(st.lists(FOLDED, max_size=5), FOLDED)
def test_a_text_is_written_character_by_character(strings: list[str], text: str) -> None:
    letters = alphabet_of(strings)
    written = letters.write(text)
    known = set("".join(strings))
    assert len(written) == len(text)
    for char, code in zip(text, written, strict=True):
        assert (code == char) if char.isascii() else (code != chr(OTHER)) == (char in known)


@given(st.lists(FOLDED, min_size=1, max_size=5))
def test_different_characters_stay_different(strings: list[str]) -> None:
    chars = sorted(set("".join(strings)))
    written = [alphabet_of(strings).write(char) for char in chars]
    assert len(set(written)) == len(chars)


@given(st.lists(FOLDED, max_size=3), FOLDED)
def test_writing_in_pieces_changes_nothing(strings: list[str], text: str) -> None:
    letters = alphabet_of(strings)
    whole, size = letters.write(text), alphabet.PIECE
    try:
        alphabet.PIECE = 3
        assert letters.write(text) == whole
    finally:
        alphabet.PIECE = size


def test_codes_leave_the_surrogates_out() -> None:
    letters = alphabet_of(
        [chr(point) for point in range(0x100, 0xD800)] + [chr(point) for point in range(0x20000, 0x20400)]
    )
    written = letters.write("\U00020001" + chr(0xD7FF) + "a")
    written.encode("utf-8")
    assert len(set(written)) == 3
