"""Text inside binary data: its runs are read, and nothing is made of what lies between."""

import random

from hypothesis import given
from hypothesis import strategies as st

from scanner.text.folding import BREAK
from scanner.text.strings import LEAST_RUN, is_binary_data, runs_only
from scanner.text.views import text_views

DICE = random.Random(7)
NOISE = DICE.randbytes(20_000)


def test_a_text_in_binary_data_is_read_and_its_place_is_right() -> None:
    said = "澳门娱乐城在线开户".encode("gb18030")
    data = NOISE + b"\0\1" + said + b"\0\2" + NOISE
    views, notes = text_views(data, "unknown")
    assert any("binary data" in note for note in notes)
    view = next(view for view in views if "澳门娱乐城在线开户" in view.text)
    at = view.text.index("澳门娱乐城")
    offset, length = view.span(at, at + 5)
    assert offset is not None
    assert data[offset : offset + length].decode("gb18030") == "澳门娱乐城"


def test_two_strings_of_a_catalogue_are_no_one_text() -> None:
    data = bytes(range(32)) * 8 + "开户送彩金".encode() + b"\0" + "菜单里的按钮".encode() + b"\0" + bytes(range(32)) * 8
    views, _ = text_views(data, "unknown")
    assert all(
        BREAK in view.text[view.text.index("开户送彩金") : view.text.index("菜单里的按钮")] for view in views[:1]
    )


def test_a_few_kinds_of_control_characters_strewn_into_text_make_no_binary_data() -> None:
    laced = "\x01".join("澳门娱乐城在线开户").encode() * 50
    assert not is_binary_data(laced)
    assert not is_binary_data(b"ordinary text, nothing else\n" * 100)
    assert not is_binary_data("plain UTF-16 text".encode("utf-16-le") * 100)
    assert is_binary_data(NOISE)
    assert not is_binary_data(b"")


def test_a_picture_declared_a_page_is_read_as_one_and_another_is_not() -> None:
    data = b"GIF89a" + NOISE + "<html><body>澳门娱乐城".encode()
    assert text_views(data, "image", lanes=frozenset({"image"})) == ((), ("no text view of family image",))
    views, _ = text_views(data, "image", lanes=frozenset({"image", "page"}))
    assert any("澳门娱乐城" in view.text for view in views)
    assert text_views(data, "archive", lanes=frozenset({"archive", "page"}))[0] == ()


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b"a run of text")), max_size=12).map(b"".join))
def test_what_is_kept_is_as_it_was_and_every_long_run_is_kept(data: bytes) -> None:
    kept = runs_only(data)
    assert len(kept) == len(data)
    assert all(now in (0, was) for now, was in zip(kept, data, strict=True))
    assert kept.count(b"a run of text") == data.count(b"a run of text")
    assert all(len(run) >= LEAST_RUN for run in kept.split(b"\0") if run)
