"""What is left of a page when its tags are taken out."""

import html
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scanner.text import markup
from scanner.text.folding import BREAK, fold_text
from scanner.text.markup import looks_like_markup, markup_text
from scanner.text.places import DecodedPlaces, NoPlaces


def _shown(page: str) -> str:
    return markup_text(page, NoPlaces())[0].replace(BREAK, "|")


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("赌<b>博</b>网", "赌博网"),
        ("<p>赌博</p><p>网站</p>", "|赌博|网站|"),
        ("赌博<br>网站<br/>平台", "赌博|网站|平台"),
        ("<div><div><ul><li>赌博</li></ul></div></div>尾巴", "|赌博|尾巴"),
        ("<P CLASS=x>赌博</P>", "|赌博|"),
        ("赌<!-- <b> > -->博", "赌博"),
        ("赌<!-->博", "赌博"),
        ("赌<!--->博", "赌博"),
        ("赌<!-- x --!>博", "赌博"),
        ("赌<script>if (a<b) { x('</p>') }</script >博", "赌博"),
        ("赌<style>p > a { }</style>博", "赌博"),
        ("<script>never ends 赌博", ""),
        ("a < b > c <d", "a < b > c <d"),
        ("a <b never ends", "a <b never ends"),
        ('赌<a href="x>y">博</a>', "赌博"),
        ("赌<a href='x>y' b>博</a>", "赌博"),
        ('赌<a x=5">博</a>', "赌博"),
        ("<p>赌</p><p>博</p><p>网</p><p>站点</p>", "|赌博网|站点|"),  # one character a block
        ("<spanner>赌</spanner>博彩", "|赌|博彩"),
        ("赌<img alt=博彩 src=x>网", "赌网|博彩"),
        ("<INPUT VALUE = '赌博' title=\"网站\"><a name=z>x", "|x|赌博|网站"),
        ('<meta name=d content="赌场">x', "x|赌场"),
        ('<p data-altx="1" xtitle="2" alt="">x', "|x"),
        ("<?php echo '赌博'; ?>", "<?php echo '赌博'; ?>"),
        ("😀<b>😀</b>赌", "😀😀赌"),
        ("", ""),
    ],
)
def test_tags_are_taken_out_and_blocks_are_parted(page: str, shown: str) -> None:
    assert _shown(page) == shown


@given(st.text(st.sampled_from("<>/!-=\"' abpdivscriptyle赌博\n"), max_size=80))
def test_every_character_shown_stands_where_it_was_taken_from(page: str) -> None:
    data = page.encode()
    text, places = markup_text(page, DecodedPlaces(data, "utf-8"))
    for number, char in enumerate(text):
        offset, length = places.span(number, number + 1)
        assert offset is not None
        if char != BREAK:
            assert data[offset : offset + length].decode() == char


@given(st.text(st.sampled_from("<>/!-=\"' abpdivscriptyle赌博\n"), max_size=120), st.integers(5, 40))
def test_taking_tags_out_in_pieces_loses_no_text(page: str, size: int) -> None:
    whole = Counter(markup_text(page, NoPlaces())[0].replace(BREAK, ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "PIECE", size)
        assert not whole - Counter(markup_text(page, NoPlaces())[0])


@pytest.mark.parametrize("piece", ["<div>", "<p title=x>", '<a b="', "<!-- ", "<script ", "< ", "<a '", "</script <"])
def test_hostile_nesting_takes_linear_time(piece: str) -> None:
    page = piece * (400_000 // len(piece))
    assert isinstance(markup_text(page, NoPlaces())[0], str)


def test_markup_is_told_from_text() -> None:
    assert looks_like_markup("<p>")
    assert looks_like_markup("x <!-- y")
    assert not looks_like_markup("a < b and c > d")


def test_ordinary_pages_show_what_a_browsers_parser_shows() -> None:
    corpus = os.environ.get("AUP_CORPUS")
    pages = sorted(Path(corpus).rglob("*.html"))[:200:4] if corpus else []
    if not pages:
        pytest.skip("AUP_CORPUS names no folder with pages")
    same = 0
    for file in pages:
        page = file.read_bytes()[:100_000].decode("utf-8", "replace").replace(BREAK, "")
        tree = LexborHTMLParser(page)
        tree.strip_tags(["script", "style"])
        expected = fold_text(tree.root.text(deep=True, separator="") if tree.root else "")
        shown = fold_text(_entities_undone(page))
        same += expected[:2_000] in shown or shown.startswith(expected[:2_000])
    assert same / len(pages) >= 0.8


def _entities_undone(page: str) -> str:
    return html.unescape(markup_text(page, NoPlaces())[0].replace(BREAK, ""))
