"""Sketches of text and bytes: near what is alike, far from what is not, and cheap."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.similarity import Kind, Sketch, distance
from scanner.text import sketches
from scanner.text.sketches import sketch_bytes, sketch_of, sketch_text

DRAWN = random.Random(3)
WORDS = ["".join(DRAWN.choice("abcdefghijklmnopqrst") for _ in range(DRAWN.randint(3, 9))) for _ in range(2_000)]
HANZI = [chr(point) for point in range(0x4E00, 0x5800)]


def prose(words: int) -> str:
    return " ".join(DRAWN.choice(WORDS) for _ in range(words))


def made(sketch: Sketch | None) -> Sketch:
    assert sketch is not None
    return sketch


def jaccard(one: str, other: str) -> float:
    """The plain oracle: the share of twelve-byte pieces in common."""
    sets = [
        {t[n : n + 12] for n in range(len(t) - 11)}
        for t in (one.replace(" ", "").encode(), other.replace(" ", "").encode())
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_the_estimate_is_the_share_of_pieces_in_common() -> None:
    for words in (12, 60, 400, 3_000):
        for share in (0.02, 0.05, 0.1):
            errors = []
            for _ in range(12):
                one = prose(words)
                other = " ".join(DRAWN.choice(WORDS) if DRAWN.random() < share else word for word in one.split())
                alike = 1 - distance(made(sketch_text(one)), made(sketch_text(other))) / 100
                errors.append(alike - jaccard(one, other))
            assert abs(sum(errors) / len(errors)) < 0.09, (words, share)


def test_unrelated_texts_are_far_apart() -> None:
    assert distance(made(sketch_text(prose(500))), made(sketch_text(prose(500)))) >= 95
    zh = ["".join(DRAWN.choice(HANZI) for _ in range(400)) for _ in range(2)]
    assert distance(made(sketch_text(zh[0])), made(sketch_text(zh[1]))) >= 95


def test_case_spaces_marks_and_width_change_nothing() -> None:
    text = prose(50)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in text)
    assert sketch_text(text) == sketch_text(text.upper().replace(" ", " -- ")) == sketch_text(wide)


def test_the_markup_round_the_same_words_changes_nothing() -> None:
    text = prose(80)
    page = f"<html><head><style>p{{color:red}}</style></head><body class='x'><p>{text}</p></body></html>"
    assert distance(made(sketch_of(page.encode())), made(sketch_of(text.encode()))) <= 5


def test_a_page_without_words_is_sketched_by_its_source() -> None:
    page = "<script>" + prose(60) + "</script>"
    assert made(sketch_of(page.encode())).kind is Kind.TEXT


def test_a_patched_binary_is_near_its_original_wherever_it_moved() -> None:
    original = DRAWN.randbytes(60_000)
    patched = b"\x7fNEW" + original[:30_000] + DRAWN.randbytes(500) + original[30_000:]
    sketch = made(sketch_of(original))
    assert sketch.kind is Kind.BYTES
    assert distance(sketch, made(sketch_of(patched))) <= 10
    assert distance(sketch, made(sketch_of(DRAWN.randbytes(60_000)))) >= 95


def test_what_is_too_short_has_no_sketch() -> None:
    assert sketch_text("short") is None
    assert sketch_bytes(b"\x00" * 39) is None
    assert sketch_of(b"") is None


@given(st.binary(min_size=40, max_size=3_000))
def test_any_bytes_have_one_sketch_and_the_same_each_time(data: bytes) -> None:
    sketch = made(sketch_bytes(data))
    assert sketch == sketch_bytes(bytes(data))
    assert len(sketch.body) == 128


def test_long_contents_are_read_in_part_and_the_same_thing_over_and_over_ends() -> None:
    long = bytes(4 * sketches.MOST_BYTES)
    begun = time.process_time()
    assert sketch_bytes(long) == sketch_bytes(long[: sketches.MOST_BYTES])
    assert time.process_time() - begun < 2.0


def test_ten_kilobytes_of_text_take_about_a_tenth_of_a_millisecond() -> None:
    text = prose(10_000)[:10_000]
    spent = []
    for _ in range(60):
        begun = time.process_time_ns()
        sketch_text(text)
        spent.append(time.process_time_ns() - begun)
    assert sorted(spent)[6] < 400_000  # 95 µs on a quiet core
