"""Quick ways of the text floor, each held against the plain one that it stands for."""

import codecs
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.text import encodings, escapes, folding, markup
from scanner.text.edits import Edit
from scanner.text.folding import without_breaks
from scanner.text.places import DecodedPlaces
from scanner.text.plain import plain_text
from scanner.text.quoted import _JOINED, _JOINT, codec_of_bytes, quoted
from scanner.text.raw import raw_spans, raw_spans_among

GBK = "的人的人".encode("gb18030")
MIXED = st.text(st.sampled_from("的人赌\u3400\u9fff\ua000aZ 1\n\U0001f600\ufffd\u00e9"), max_size=60)


def plain_share(text: str) -> float:
    hanzi = [char for char in text[:20_000] if "\u3400" <= char <= "\u9fff"]
    return sum(char in encodings._FREQUENT for char in hanzi) / len(hanzi) if hanzi else 0.0


@settings(deadline=None)
@given(MIXED)
def test_the_share_of_frequent_hanzi_is_the_plain_count(text: str) -> None:
    assert encodings._frequent_share(text) == plain_share(text)


def plain_offset(data: bytes, codec: str, skip: int, char: int) -> int:
    """The most bytes that decode to no more than so many characters, tried one by one."""
    best = skip
    for end in range(skip, len(data) + 1):
        decoder = codecs.getincrementaldecoder(codec)("replace")
        decoded = len(decoder.decode(data[skip:end], final=end == len(data)))
        if decoded < char or (decoded == char and not decoder.getstate()[0]):
            best = end
    return best


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_characters_bytes_are_found_as_by_trying_every_length(data: st.DataObject) -> None:
    raw = data.draw(
        st.one_of(
            MIXED.map(str.encode),
            MIXED.map(lambda text: text.encode("gb18030", "replace")),
            MIXED.map(lambda text: text.encode("utf-16-le")),
            st.lists(st.sampled_from([b"\x88\x62", b"\x88\xa3", b"a?", b"\xa4\xa4", b"\x88"]), max_size=9).map(
                b"".join
            ),
            st.binary(max_size=40),
            st.text("ab'<", max_size=40).map(str.encode),
        )
    )
    codec = data.draw(st.sampled_from(["utf-8", "cp1252", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"]))
    skip = data.draw(st.sampled_from([0, 3])) if len(raw) >= 3 else 0
    char = data.draw(st.integers(0, len(raw[skip:].decode(codec, "replace"))))
    assert DecodedPlaces(raw, codec, skip).span(char, char)[0] == plain_offset(raw, codec, skip, char)


@pytest.mark.parametrize("data", [b"", b"ab", "一二".encode(), b"\xe4\xb8\x80\xe4", b"abcd", GBK])
def test_utf_8_without_zero_bytes_is_never_taken_for_utf_16(data: bytes) -> None:
    assert encodings._wide(data) == ""


QUOTED = st.lists(
    st.sampled_from([*"\"'`+. \t\n\x0b\x1f(,=<a/", "QUJD" * 6, "'.'", '"+"', "aHR0cHM6Ly9leGFtcGxlLmNvbS9h", "ab"]),
    max_size=14,
).map("".join)


def test_every_blank_may_stand_at_a_joint() -> None:
    assert [chr(code) for code in _JOINT.nonzero()[0]] == [
        char for char in map(chr, range(0x10000)) if char in "+." or re.fullmatch(r"\s", char)
    ]


@settings(max_examples=200, deadline=None)
@given(QUOTED.map(lambda text: text.replace("a", "\u3000")) | QUOTED)
def test_joints_are_those_that_the_plain_expression_finds(text: str) -> None:
    quotes = [place for place, char in enumerate(text) if char in "\"'`"]
    expected = [
        match.span()
        for place, after in pairwise(quotes)
        if 1 < after - place <= 43 and text[place + 1] in " \t\r\n+." and (match := _JOINED.match(text, place))
    ]
    found = [(edit.start, edit.end) for edit in quoted(text) if not edit.becomes]
    assert sorted(found) == expected


@settings(max_examples=200, deadline=None)
@given(QUOTED)
def test_quoted_ascii_is_read_as_it_is_beside_a_character_that_is_none(text: str) -> None:
    beside = [edit for edit in quoted(text + "\n的") if edit.start < len(text)]
    assert sorted(quoted(text + "\n")) == sorted(beside)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=6), st.integers(1, 4))
def test_a_run_of_escapes_is_spread_over_its_characters(raw: bytes, width: int) -> None:
    edits = list(escapes._spread((5, 5 + width * len(raw)), raw))
    assert "".join(edit.becomes for edit in edits) == without_breaks(raw.decode(codec_of_bytes(raw)))
    assert edits[0].start == 5
    assert edits[-1].end == 5 + width * len(raw)
    assert all(edit.end == after.start for edit, after in pairwise(edits))
    if raw.isascii() and len(raw) > 1:
        assert edits == [Edit(5, 5 + width * len(raw), without_breaks(raw.decode()), width)]


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_patterns_see_of_ascii_what_the_table_says(text: str) -> None:
    wide = folding.fold_table().wide
    values = [int(wide[ord(char)]) for char in text]
    shown = [place for place, value in enumerate(values) if not value & folding.INVISIBLE]
    soft, places = folding.soft_fold(text)
    assert soft == "".join(chr(values[place] & ((1 << 21) - 1)) for place in shown)
    assert (list(range(len(text))) if places is None else places.tolist()) == shown


@settings(deadline=None)
@given(st.text(st.sampled_from("a①㍿ﬃ\u200b的*\U0001d7d8\n"), max_size=30), st.data())
def test_what_patterns_see_keeps_the_place_of_each_folded_character(text: str, data: st.DataObject) -> None:
    folded = folding.fold(text)
    low = data.draw(st.integers(0, len(folded.text)))
    high = data.draw(st.integers(low, len(folded.text)))
    if low == high:
        return
    plain = plain_text(folded, low, high)
    begin = int(folded.index[low]) if low else 0
    places = folding.soft_fold(text[begin:])[1]
    kept = folded.index[low:high] - begin
    if places is not None:
        kept = np.searchsorted(places, kept) + np.arange(len(kept)) - np.searchsorted(kept, kept)
    assert plain.kept.tolist() == kept.tolist()


@settings(deadline=None)
@given(st.text(st.sampled_from("aZ-的\u200b①㍿\U0001d7d8\ud800\0"), max_size=30))
def test_each_folded_character_stands_where_it_folds_from(text: str) -> None:
    folded = folding.fold(text)
    grown = [(place, char) for place, one in enumerate(text) for char in folding.fold_text(one)]
    assert folded.index.tolist() == [place for place, _ in grown]
    assert folded.text == "".join(char for _, char in grown)
    touching = [folded.touch(place) for place in range(len(grown) - 1)]
    assert touching == [grown[n + 1][0] == grown[n][0] + 1 for n in range(len(grown) - 1)]


def plain_fold(text: str) -> tuple[str, list[int]]:
    """Character by character, with the place of each."""
    table, folded, places = folding.fold_table(), "", list[int]()
    for place, char in enumerate(text):
        value = int(table.wide[ord(char)])
        becomes = table.expansions[ord(char)] if value == folding.EXPANDED else chr(value) if value < 1 << 21 else ""
        folded += becomes
        places += [place] * len(becomes)
    return folded, places


@given(st.text(st.characters(max_codepoint=0x17F), max_size=60))
def test_latin_text_folds_character_by_character(text: str) -> None:
    found = folding.fold(without_breaks(text))
    assert (found.text, found.index.tolist()) == plain_fold(without_breaks(text))


def plain_name(page: str, start: int) -> int:
    """The first eight letters and digits behind < or </, lower case, as one number."""
    name, begin = "", start + 2 if page[start + 1 : start + 2] == "/" else start + 1
    for char in page[begin : begin + 8]:
        if not (char.isascii() and char.isalnum()):
            break
        name += char.lower()
    return int.from_bytes(name.encode().ljust(8, b"\0"), "little")


@given(st.text(st.sampled_from("<>/!-=\"' aZ09@[`{{\x10\x19\x02éß赌\u0141\U0001f600"), min_size=1, max_size=60))
def test_a_tags_name_is_what_stands_behind_its_bracket(page: str) -> None:
    page += ">"  # every tag has an end
    source = markup._source(page)
    starts = source.where("<")
    assert markup._names(source.codes, starts).tolist() == [plain_name(page, start) for start in starts.tolist()]


@given(st.text(st.sampled_from("<>/=\"' \u3000ablt-titlevue赌\u0141\U0001f600"), max_size=60), st.integers(1, 6))
def test_the_value_of_an_attribute_is_what_the_plain_expressions_find(page: str, longest: int) -> None:
    page = page + " alt=" + page
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_ATTRIBUTE_CHARS", longest)
        patch.setattr(markup, "_VALUE", re.compile(markup._VALUE.pattern.replace("4096", str(longest))))
        for sign in (place for place, char in enumerate(page) if char == "=" and place > 3):
            end = sign - 1 - (page[sign - 1] == " ")
            assert markup._is_shown(page, end) == bool(markup._SHOWN_NAME.search(page, max(0, end - 11), end + 1))
            found = markup._VALUE.match(page, sign)
            span = found.span(found.lastindex) if found and found.lastindex else (0, 0)
            assert markup._value(page, sign) == span


PAGES = st.lists(
    st.sampled_from(
        [
            *(
                "<!--",
                "-->",
                "--!>",
                "<!-->",
                "<script>",
                "<SCRIPT src='>'",
                "</script>",
                "</script x>",
                "<style/",
                "a",
            ),
            *(
                "</\u017fcript>",
                "</scr\u0130pt>",
                "</STYLE>",
                "<s",
                "<st",
                "<sc",
                "<!",
                "<p>",
                "<",
                ">",
                '"',
                "'",
                " ",
                "赌",
            ),
        ]
    ),
    max_size=24,
).map("".join)
_FLAGGED = {
    name: re.compile(rf"</{name}(?=[\s/>])[^>]{{0,4096}}>", re.I) for name in ("script", "style")
}  # as plain as can be


def plain_raw(text: str) -> list[tuple[int, int]]:
    """Comments, scripts and styles, one after the other."""
    spans = []
    begin = re.compile(r"<(?:!--|(script|style)(?=[\s/>]))", re.I | re.A)
    found = begin.search(text)
    while found:
        name = found[1]
        ending = _FLAGGED[name.lower()] if name else re.compile(r"-->|--!>")
        closing = re.compile(r"-?>").match(text, found.end()) if not name else None
        closing = closing or ending.search(text, found.end())
        spans.append((found.start(), closing.end() if closing else len(text)))
        found = begin.search(text, spans[-1][1])
    return spans


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_scripts_and_comments_are_found_among_the_tags_as_in_the_whole_text(page: str) -> None:
    assert raw_spans(page) == plain_raw(page)
    at = [place for place, char in enumerate(page) if char == "<"]
    assert raw_spans_among(page, at) == plain_raw(page)
    if page:
        one, other = markup._strip(page, 0, None), markup._strip(page, 0, plain_raw(page))
        assert one[0] == other[0]
        assert one[1].index().tolist() == other[1].index().tolist()


SPANS = st.dictionaries(st.integers(0, 30), st.integers(1, 12), max_size=8)


@given(SPANS, SPANS.filter(bool))
def test_tags_and_scripts_are_merged_by_place_and_the_longer_one_is_kept(
    tags: dict[int, int], raw: dict[int, int]
) -> None:
    spans = [np.array([(at, at + size) for at, size in sorted(some.items())], np.int64) for some in (tags, raw)]
    starts, ends = spans[0].reshape(-1, 2).T.copy()
    merged = {at: at + max(tags.get(at, 0), raw.get(at, 0)) for at in sorted({*tags, *raw})}
    assert [*zip(*(part.tolist() for part in markup._with(starts, ends, spans[1])), strict=True)] == [*merged.items()]
