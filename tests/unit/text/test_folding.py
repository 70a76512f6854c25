"""Folding: what becomes what, what is dropped, and where each folded character stands."""

import importlib.util
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.text import folding
from scanner.text.folding import BREAK, dropped_between, fold, fold_text, soft_fold
from scanner.text.plain import plain_text

ROOT = Path(__file__).resolve().parents[3]
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("賭場開戶", "赌场开户"),
        ("ＡＢＣ１２３", "abc123"),
        ("①②⑩⑳❿⓫", "121020" + "1011"),
        ("㈠㊁⒊⑷", "一二34"),
        ("𝓑𝔢𝕥𝟛", "bet3"),
        ("🅰🅑🆎🇨", "abc"),
        ("ВЕТ вет βετ", "betbetbet"),
        ("É è ñ ø ł", "eenol"),
        ("e\u0301", "e"),
        ("ﬁ ㎏ Ⅷ", "fikgviii"),
        ("赌\u200b\u200d\ufeff博", "赌博"),
        ("赌\u202e博\u2066", "赌博"),
        ("赌★☆·~～！，。博", "赌博"),
        ("赌🔥博", "赌博"),
        ("赌丨博丶彩", "赌博彩"),
        ("赌 \t\r\n　博", "赌博"),
        ("1️⃣2️⃣", "12"),
        ("٣४", "34"),
        ("赌\ue000博", "赌博"),
        ("\U000fe000赌", "赌"),
        ("ﾊﾝｶｸ", "ハンカク"),
        ("K\u2126", "kω"),
    ],
)
def test_all_writings_of_a_character_become_one(written: str, folded: str) -> None:
    assert fold_text(written) == folded


def test_the_break_between_blocks_stays() -> None:
    assert fold_text(f"赌{BREAK}博") == f"赌{BREAK}博"


def test_lone_surrogates_are_dropped_like_marks() -> None:
    assert fold_text("赌\ud800博\udfff") == "赌博"
    assert fold("赌\ud800博").index.tolist() == [0, 2]


def test_an_empty_text_folds_to_nothing() -> None:
    assert fold("").index.tolist() == []
    assert fold("").source_span(0, 0) == (0, 0)


@given(ANY_TEXT)
def test_folding_is_the_same_character_by_character(text: str) -> None:
    parts = [fold_text(char) for char in text]
    folded = fold(text)
    assert folded.text == "".join(parts)
    assert folded.index.tolist() == [place for place, part in enumerate(parts) for _ in part]


@given(ANY_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@given(ANY_TEXT, st.integers(1, 5))
def test_folding_in_pieces_changes_nothing(text: str, size: int) -> None:
    whole = fold(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "_PIECE", size)
        again = fold(text)
        assert again.text == whole.text
        assert again.index.tolist() == whole.index.tolist()


@given(ANY_TEXT)
def test_every_folded_span_has_its_span_in_the_source(text: str) -> None:
    folded = fold(text)
    for place in range(len(folded.text)):
        first, last = folded.source_span(place, place + 1)
        assert last == first + 1
        assert folded.text[place] in fold_text(text[first:last])


@given(ANY_TEXT)
def test_dropped_characters_are_counted_alike_in_short_and_long_gaps(text: str) -> None:
    one_by_one = sum(dropped_between(text, place, place + 1) for place in range(len(text)))
    padded = text + "\u200b" * 20
    assert dropped_between(text, 0, len(text)) == one_by_one
    assert dropped_between(padded, 0, len(padded)) == one_by_one


def test_a_million_dropped_characters_in_a_row_are_one_gap() -> None:
    text = "赌" + "\u200b" * 1_000_000 + "博"
    folded = fold(text)
    assert folded.text == "赌博"
    assert folded.source_span(0, 2) == (0, len(text))
    assert dropped_between(text, 1, len(text) - 1) == 0


@settings(deadline=None)
@given(ANY_TEXT)
def test_plain_text_keeps_the_places_of_folded_characters(text: str) -> None:
    folded = fold(text)
    plain = plain_text(folded, 0, len(folded.text))
    assert plain.data == soft_fold(text)[0].encode()
    for place in range(len(folded.text)):
        begin, end = plain.starts[place : place + 2].tolist()
        assert plain.data[begin:].decode().startswith(folded.text[place])
        assert plain.folded_span(begin, end) == (place, place + 1)
        assert plain.byte_span(place, place + 1)[1] == end


def test_patterns_see_marks_in_plain_form() -> None:
    assert soft_fold("ＨＴＴＰ：／／ａ．ｃｏｍ　①\u200b②")[0] == "http://a.com 12"


def test_no_character_of_the_table_folds_to_one_that_folds_further() -> None:
    table = folding.fold_table()
    values = np.unique(table.wide[table.wide < folding.EXPANDED])
    assert (table.wide[values] == values).all()


def test_the_stored_tables_are_what_their_sources_give() -> None:
    source = os.environ.get("AUP_FOLD_SOURCES")
    script = ROOT / "scripts" / "fold_table.py"
    spec = importlib.util.spec_from_file_location("fold_table", script)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    if not source:
        pytest.skip("AUP_FOLD_SOURCES names no folder with unpacked opencc, pypinyin and chaizi wheels")
    folders = [Path(source) / name for name in ("opencc", "pypinyin", "chaizi")]
    for name, make in generator.tables(*folders).items():
        stored = (ROOT / "scanner" / "text" / name).read_bytes()
        assert zlib.decompress(make()) == zlib.decompress(stored), name


def test_the_unicode_half_of_the_table_is_what_this_python_gives() -> None:
    spec = importlib.util.spec_from_file_location("fold_table", ROOT / "scripts" / "fold_table.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    table = folding.fold_table()
    for point, value, expansion in generator.fold_values({}, range(0x10000)):
        is_hanzi = 0x2E80 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or point >= 0x20000
        becomes_hanzi = 0x2E80 <= value <= 0x9FFF
        if not is_hanzi and not becomes_hanzi and not expansion:
            assert int(table.wide[point]) == value, hex(point)


def test_a_character_that_is_written_out_and_cut_in_two_has_a_place() -> None:
    plain = plain_text(fold("漢½x"), 0, 2)  # 漢, 1 | 2, x
    assert plain.soft == "汉12"
    assert plain.starts.tolist() == [0, 3, 5]
    assert plain.byte_span(1, 2) == (3, 5)
