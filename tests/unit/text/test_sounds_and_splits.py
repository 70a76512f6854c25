"""Hanzi by sound and by parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text.sounds import MAX_READINGS, SILENT, blurred, is_hanzi, sound_forms, sound_table, sound_text, spelling
from scanner.text.splits import MAX_SPLITS, split_forms


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("chi", "ci"), ("shi", "si"), ("nan", "lang"), ("ren", "leng"), ("hui", "fui"), ("ying", "yin")],
)
def test_the_usual_confusions_are_one_syllable(one: str, other: str) -> None:
    assert blurred(one) == blurred(other)


@pytest.mark.parametrize(("one", "other"), [("bai", "pai"), ("dong", "deng"), ("ma", "mo"), ("long", "lou")])
def test_other_syllables_stay_apart(one: str, other: str) -> None:
    assert blurred(one) != blurred(other)


def test_homophones_are_the_same_text_as_sound() -> None:
    assert sound_text("百家乐") == sound_text("白加了")
    assert sound_text("百家乐") != sound_text("百家姓")


@given(st.text(max_size=40))
def test_text_as_sound_keeps_its_length_and_only_hanzi_sound(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    heard = sound_text(text)
    assert len(heard) == len(text)
    for char, sound in zip(text, heard, strict=True):
        is_private = "\ue000" <= char <= "\uf8ff"  # where GBK keeps some hanzi
        assert is_hanzi(char) or sound == SILENT or char == "〇" or is_private


def test_a_term_is_looked_for_by_more_than_one_reading() -> None:
    assert sound_text("银航卡") in sound_forms("银行卡")
    assert len(sound_forms("银行长重乐")) <= MAX_READINGS


def test_a_term_is_spelled_with_a_space_between_syllables() -> None:
    assert spelling("百家乐") == "bai jia le"
    assert spelling("百x") == ""


def test_every_reading_has_a_code() -> None:
    table = sound_table()
    assert all(blurred(way) in table.code_of for ways in table.readings.values() for way in ways)


def test_a_term_is_split_in_some_or_all_of_its_hanzi() -> None:
    forms = split_forms("赌博")
    assert "贝者博" in forms
    assert "贝者十尃" in forms
    assert "赌博" not in forms
    assert len(split_forms("赌博网站平台")) <= MAX_SPLITS + 1
    assert split_forms("abc") == ()
