"""Escapes undone, and where what they became stands."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text import escapes
from scanner.text.escapes import MAX_EDITS, unescape
from scanner.text.folding import BREAK, STAND_IN, without_breaks
from scanner.text.places import DecodedPlaces, NoPlaces

LINE = "澳门赌场开户送彩金，点击进入"


def _undone(text: str) -> str:
    return unescape(text, NoPlaces()).text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#36172;&#x535A;", "赌博"),
        ("&#36172&#x535a", "赌博"),
        ("&amp;&lt;&nbsp;&madeup;", "&<\xa0&madeup;"),
        ("&amp;#36172;", "赌"),  # an escape inside an escape
        (r"\u8d4c\u535A", "赌博"),
        (r"\\u8d4c\\u535a", "\\赌博"),
        (r"\u{8d4c}\u{1f3b0}", "赌🎰"),
        (r"\ud83c\udfb0", "🎰"),
        (r"\xe8\xb5\x8c", "赌"),
        (r"\xb6\xc4", "赌"),  # GBK
        (r"\350\265\214", "赌"),
        (r"\U00008d4c", "赌"),
        (r"content:'\8d4c\535a '", "content:'赌博'"),
        ("%E8%B5%8C%e5%8d%9a", "赌博"),
        ("%B6%C4", "赌"),
        ("%u8d4c%u535a", "赌博"),
        ("100% of 50%", "100% of 50%"),
        ("'赌' + '博'", "'赌博'"),
        ('"赌"."博"', '"赌博"'),
        ("'赌' + \"博\"", "'赌' + \"博\""),
        (f'<i d="{base64.b64encode(LINE.encode()).decode()}">', f'<i d=" {LINE} ">'),
        (f"data:text/html;base64,{base64.b64encode(LINE.encode('gbk')).decode()}", f"data:text/html;base64, {LINE} "),
        ('id="abcdefghijklmnopqrstuvwxyz012345"', 'id="abcdefghijklmnopqrstuvwxyz012345"'),
        (r"\ud800 &#xd800; &#0; &#99999999;", "\ufffd \ufffd \ufffd \ufffd"),
        (r"&#2; &#x02; \u0002 \x02\x02 %02 \002\002 \000002", " ".join(STAND_IN * n for n in (1, 1, 1, 2, 1, 2, 1))),
        (
            f"'{base64.b64encode(b'a text that goes on for a while ' * 4 + BREAK.encode()).decode()}'",
            f"' {'a text that goes on for a while ' * 4}{STAND_IN} '",
        ),
    ],
)
def test_an_escape_is_read_as_what_it_stands_for(written: str, read: str) -> None:
    assert _undone(written) == read


@pytest.mark.parametrize(
    "written", ["&#36172;", r"\u8d4c", "%E8%B5%8C", r"\xe8\xb5\x8c", r"\350\265\214", "&#x8d4c;", r"\u{8d4c}"]
)
def test_what_an_escape_became_stands_at_its_own_escape(written: str) -> None:
    source = f"前{written}{written}后"
    data = source.encode("gb18030")
    text, places, left = unescape(source, DecodedPlaces(data, "gb18030"))
    assert text == "前赌赌后"
    assert left == ""
    for place in (1, 2):
        offset, length = places.span(place, place + 1)
        assert offset is not None
        assert data[offset : offset + length].decode("gb18030") == written


def test_an_escape_at_the_border_of_two_pieces_is_undone_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"{'x' * size}&#36172;\\u535a%E8%B5%8C'a'+'b'" for size in range(12))
    whole = _undone(text)
    for size in (1, 5, 7, 16):
        monkeypatch.setattr(escapes, "_PIECE", size)
        assert _undone(text) == whole


def test_a_flood_of_escapes_is_bounded_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escapes, "MAX_EDITS", 10)
    monkeypatch.setattr(escapes, "_PIECE", 64)
    found = unescape("&#36172;" * 1_000, NoPlaces())
    assert found.left.startswith("more than 10 escapes; those behind character ")
    assert found.text.startswith("赌" * 10)
    assert MAX_EDITS >= 100_000


def test_a_long_run_of_escapes_is_one_edit() -> None:
    text, places, _ = unescape("\\u8d4c" * 900, DecodedPlaces(b"\\u8d4c" * 900, "utf-8"))
    assert text == "赌" * 900
    assert places.span(899, 900) == (899 * 6, 6)


@given(st.text(st.sampled_from("&#x8d4c;\\u%E8B5'\"+. aA1赌\x0002{}="), max_size=60))
def test_any_text_is_unescaped_into_text_whose_every_character_has_its_place(text: str) -> None:
    source = without_breaks(text)
    data = source.encode()
    found = unescape(source, DecodedPlaces(data, "utf-8"))
    assert BREAK not in found.text
    found.text.encode("utf-8")
    offsets = [found.places.span(place, place + 1) for place in range(len(found.text))]
    for offset, length in offsets:
        assert offset is not None
        assert 0 <= offset <= offset + length <= len(data)
    assert [offset for offset, _ in offsets] == sorted(offset or 0 for offset, _ in offsets)
