"""Which encoding bytes are read in, and that a doubtful choice is read twice."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text import encodings
from scanner.text.encodings import codec_of, readings
from scanner.text.folding import BREAK, without_breaks

CHINESE = "澳门娱乐城开户注册就送彩金，欢迎您的到来，请联系我们的客服人员。"
TRADITIONAL = "澳門娛樂城開戶註冊就送彩金，歡迎您的到來，請聯繫我們的客服人員。"


def _codecs(data: bytes, declared: str = "") -> list[str]:
    return [reading.codec for reading in readings(data, declared)[0]]


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (CHINESE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-16"), "utf-16-le"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe\x00\x00" + CHINESE.encode("utf-32-le"), "utf-32-le"),
        ("plain text".encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (TRADITIONAL.encode("big5"), "big5hkscs"),
        (b"plain text", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, first: str) -> None:
    found, notes = readings(data)
    assert found[0].codec == first
    assert any(first in note for note in notes)


def test_a_declared_encoding_that_disagrees_is_read_too() -> None:
    assert _codecs(CHINESE.encode(), "gb2312") == ["utf-8", "gb18030"]
    assert "big5hkscs" in _codecs(CHINESE.encode("gb18030"), "Big5")


def test_the_page_may_declare_its_encoding_too() -> None:
    page = b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gbk">'
    assert _codecs(page + CHINESE.encode()) == ["utf-8", "gb18030"]
    assert _codecs(page + CHINESE.encode("gbk"))[0] == "gb18030"


def test_an_unknown_declared_encoding_is_noted() -> None:
    _, notes = readings(CHINESE.encode(), "x-made-up")
    assert "declared encoding 'x-made-up' is unknown" in notes


def test_codecs_that_are_no_character_sets_are_not_used() -> None:
    assert codec_of("base64") is None
    assert codec_of("rot13") is None
    assert codec_of("unicode_escape") is None
    assert codec_of("utf-7") is None
    assert codec_of("GBK") == "gb18030"


def test_two_encodings_in_one_file_are_both_read() -> None:
    data = "澳门娱乐城开户\n".encode() + "注册就送彩金，欢迎您\n".encode("gb18030") + b"ascii\n"
    texts = [reading.text for reading in readings(data)[0]]
    assert any("澳门娱乐城" in text for text in texts)
    assert any("注册就送彩金" in text for text in texts)


def test_a_mark_that_does_not_fit_hides_nothing() -> None:
    assert _codecs(b"\xff\xfe" + CHINESE.encode())[:2] == ["utf-16-le", "utf-8"]
    assert "gb18030" in _codecs(b"\xef\xbb\xbf" + CHINESE.encode("gb18030"))
    assert _codecs(b"\xff\xfe") == ["utf-16-le"]


def test_a_cut_last_character_does_not_change_the_choice() -> None:
    assert _codecs(CHINESE.encode("gb18030")[:-1])[0] == "gb18030"
    assert "utf-8" in _codecs(CHINESE.encode()[:-1])


@given(st.binary(max_size=200), st.sampled_from(["", "gbk", "utf-8", "latin-1", "utf-16", "nonsense"]))
def test_any_bytes_are_read_without_lone_surrogates_and_without_our_break(data: bytes, declared: str) -> None:
    found, notes = readings(data, declared)
    assert 1 <= len(found) <= 4
    assert notes
    for reading in found:
        reading.text.encode("utf-8")
        assert BREAK not in reading.text


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.sampled_from(["", "gbk", "hz", "utf-16"]))
def test_what_is_utf8_is_read_as_if_every_encoding_had_been_tried(data: bytes, declared: str) -> None:
    if encodings._utf8_text(data) is not None:
        labels, _ = encodings._labels(data, declared)
        assert encodings._wide(data) == ""
        assert encodings._candidates(data, labels) == encodings._beside_utf8(data, labels)
        assert readings(data, declared)[0][0].text == without_breaks(data.decode())


def test_real_lines_are_read_rightly() -> None:
    sample = Path(__file__).resolve().parents[4] / "shared" / "data" / "text_lines.jsonl.gz"
    if not sample.exists():
        pytest.skip("../shared/data is not beside this checkout")
    with gzip.open(sample, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 0, None, 20)]
    texts = [row["text"] for row in rows if row["lang"] == "zh" and not row["text"].startswith("\ufeff")]
    for codec, share in (("gb18030", 0.99), ("utf-16-le", 0.95)):
        wide = [text for text in texts if not text.isascii()]
        right = sum(any(r.text == text for r in readings(text.encode(codec, "ignore"))[0]) for text in wide)
        assert right / len(wide) >= share
