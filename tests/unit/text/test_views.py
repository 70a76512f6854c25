"""The views of a content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.findings import Layer
from scanner.text.folding import BREAK, STAND_IN
from scanner.text.views import name_view, plain_view, text_views

PAGE = """<html><head><title>首&#39029;</title><meta charset=utf-8>
<script>var a = '\\u8d4c' + '\\u535a';</script></head>
<body><p>澳门<b>娱</b>乐城</p><img alt="送彩金"><a href="/%E8%B5%8C">x</a></body></html>"""


def test_a_page_is_seen_as_source_and_as_text() -> None:
    views, notes = text_views(PAGE.encode(), "page")
    source, text = views
    assert (source.layer, text.layer) == (Layer.SOURCE, Layer.TEXT)
    assert "'赌博'" in source.text
    assert "/赌" in source.text
    assert "澳门娱乐城" in text.text
    assert "首页" in text.text
    assert "送彩金" in text.text
    assert "赌博" not in text.text
    assert notes == ("encoding utf-8 by strict trial",)


def test_plain_text_is_one_view_that_serves_source_and_text() -> None:
    (view,), _ = text_views("澳门娱乐城".encode(), "text")
    assert view.layer is Layer.TEXT
    assert view.layers == {Layer.TEXT, Layer.SOURCE}


def test_a_script_without_tags_is_one_view_of_source() -> None:
    (view,), _ = text_views(b"x = 1", "script")
    assert (view.layer, view.layers) == (Layer.SOURCE, {Layer.TEXT, Layer.SOURCE})


def test_a_family_without_text_gives_no_view_and_says_so() -> None:
    assert text_views(b"\x7fELF", "native") == ((), ("no text view of family native",))


def test_every_encoding_in_question_is_a_view() -> None:
    views, notes = text_views("澳门娱乐城".encode("gbk"), "text", "big5")
    assert {view.encoding for view in views} >= {"gb18030", "big5hkscs"}
    assert any("big5hkscs" in note for note in notes)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le", "big5hkscs"])
def test_words_of_a_page_stand_at_their_own_bytes(codec: str) -> None:
    page = PAGE.replace("娱", "娛").replace("乐", "樂").replace("门", "門").replace("页", "頁")
    data = page.replace("utf-8", codec).encode(codec, "xmlcharrefreplace")
    views, _ = text_views(data, "page", codec)
    text = next(view for view in views if view.layer is Layer.TEXT and "樂城" in view.text)
    for word in ("澳門", "樂城", "送彩金"):
        at = text.text.index(word)
        offset, length = text.span(at, at + len(word))
        assert offset is not None
        assert data[offset : offset + length].decode(codec) == word
    at = text.text.index("澳門娛樂城")
    offset, length = text.span(at, at + 5)
    assert offset is not None
    assert data[offset : offset + length].decode(codec) == "澳門<b>娛</b>樂城"


def test_a_name_is_seen_with_its_escapes_undone_and_has_no_place() -> None:
    view = name_view("img/%E8%B5%8C%E5%8D%9A.jpg", Layer.MEMBER)
    assert (view.text, view.layer) == ("img/赌博.jpg", Layer.MEMBER)
    assert view.span(0, 3) == (None, 0)


def test_a_text_with_lone_surrogates_is_seen_without_them() -> None:
    view = plain_view(f"赌\ud800博{BREAK}", Layer.TEXT)
    assert view.text == f"赌?博{STAND_IN}"
    assert view.folded.text == "赌博"


@pytest.mark.parametrize(
    "content",
    [
        "casi{}no",
        "<p>casi{}no",
        "赌casi{}no",
        "casi&#2;no",
        "<p>casi&#x2;no",
        "'casi\\x02no'",
        "'casi\\x02\\x6eo'",
        "'casi\\u0002no'",
        "casi%02no",
        "casi%02%6Eo",
        "'casi\\002\\156o'",
        "'casi\\000002no'",
    ],
)
def test_a_content_cannot_part_a_word_with_a_break_of_its_own(content: str) -> None:
    written = content.replace("{}", BREAK)
    views, _ = text_views(written.encode(), "page")
    seen = (*views, plain_view(written, Layer.TEXT), name_view(written))
    assert all("casino" in view.folded.text for view in seen)


def test_a_word_is_not_seen_across_a_block() -> None:
    views, _ = text_views(b"<div>ca</div><div>sino</div>", "page")
    assert views[1].text.isascii()
    assert f"ca{BREAK}sino" in views[1].folded.text


def test_escapes_that_were_left_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.text.escapes.MAX_EDITS", 5)
    views, notes = text_views(b"&#36172;" * 100, "text")
    assert views[0].left.startswith("more than 5 escapes")
    assert views[0].left in notes


@given(st.binary(max_size=150), st.sampled_from(["text", "page", "script", "unknown"]))
def test_any_bytes_have_views_whose_places_lie_inside_them(data: bytes, family: str) -> None:
    views, notes = text_views(data, family)
    assert views
    assert notes
    for view in views:
        for place in range(len(view.text)):
            offset, length = view.span(place, place + 1)
            assert offset is not None
            assert 0 <= offset <= offset + length <= len(data)
        assert view.folded.source_span(0, len(view.folded.text))[1] <= len(view.text)
