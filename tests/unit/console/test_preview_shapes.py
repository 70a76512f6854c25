"""Evidence larger than what is shown of it: its letters stay whole, and the rest is told of."""

import pytest

from console.preview_shapes import HEX_BYTES, PAGE_BYTES, TEXT_BYTES, hex_view, page_view, text_view

WORD = "赌博广告"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("shift", range(4))
def test_a_large_text_is_cut_between_letters_and_says_so(codec: str, shift: int) -> None:
    content = "x" * shift + WORD * TEXT_BYTES
    data = content.encode(codec)
    shown = text_view(data, 0, 0)
    plain = shown.removeprefix("<pre>" + "x" * shift)
    assert plain.startswith(WORD * 100)
    assert f"… {len(data) - TEXT_BYTES} B …" in shown[-60:]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("shift", range(4))
def test_a_hit_far_inside_stands_between_whole_letters(codec: str, shift: int) -> None:
    line = f"{WORD * 20}\n"
    before = "x" * shift + line * 9_000
    data = f"{before}<b>here</b>{line * 9_000}".encode(codec)
    at = len(before.encode(codec))
    shown = text_view(data, at, 11)
    head, rest = shown.split('<mark id="hit">&lt;b&gt;here&lt;/b&gt;</mark>')
    assert head.endswith(line * 100)
    assert rest.startswith(line * 100)
    assert head.startswith("<pre>… ")
    assert rest.rstrip("</pre>").endswith(" B …")
    assert "�" not in head[200:] + rest[:-200]


def test_a_large_page_keeps_its_letters_and_says_what_is_left_out() -> None:
    data = ("<p>" + WORD * PAGE_BYTES).encode()
    shown = page_view(data)
    assert shown.startswith(f"<p>{WORD * 100}")
    assert f"… {len(data) - PAGE_BYTES} B …" in shown[-60:]


def test_hex_says_what_is_left_out_behind() -> None:
    data = bytes(HEX_BYTES + 100)
    assert "… 100 B …" in hex_view(data, 0)[-40:]
    assert hex_view(data, 64).startswith("<pre>00000040")
    assert "…" not in hex_view(data[:HEX_BYTES], 0)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_text_of_two_byte_letters_is_read(codec: str) -> None:
    data = ("\ufeff" + WORD * 10).encode(codec)
    assert WORD * 10 in text_view(data, 0, 0)
    assert f"{WORD}<mark" in text_view(data, 10, 4)


def test_a_small_text_is_shown_whole() -> None:
    assert text_view(WORD.encode(), 0, 0) == f"<pre>{WORD}</pre>"
    assert text_view(b"a\xff\xff\xffz", 0, 0) == "<pre>aÿÿÿz</pre>"
    assert text_view(b"caf\xe9", 0, 0) == "<pre>café</pre>"


def test_a_place_behind_the_end_shows_the_beginning() -> None:
    assert text_view(b"abc", 2**40, 5) == "<pre>abc</pre>"
    assert text_view(b"\x80" * (TEXT_BYTES + 9), TEXT_BYTES + 8, 1).startswith("<pre>… ")
