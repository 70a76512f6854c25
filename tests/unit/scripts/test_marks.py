"""One pass for all words says what looking for each of them says, and so do the questions that are built on it."""

import re
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection import sniff, tells, veils
from scanner.detection.magics import EMBEDDED
from scanner.detection.marks import MOST_KEPT, Marks, looked_up, marks_of, plainly
from scanner.detection.scripts import plain
from scanner.detection.scripts.calling import VARIABLE_CALL
from scanner.detection.signatures import present
from scanner.detection.tells import (
    CALLBACK_WORDS,
    CALLED,
    FILED,
    JOINTS,
    LIVE,
    PAGE_TAGS,
    REQUEST,
    RUN_WORDS,
    TELLS,
    WORDS,
)

pytest.importorskip("hyperscan")
PIECES = (
    *(*WORDS, *(magic for magic, _ in EMBEDDED), b"<?xml", b"<?XML ", b"$f", b"$f(", b"->$f(", b"new $f(", b"'a'.'b'"),
    *(
        b"\0",
        b" ",
        b"(",
        b")",
        b"EVAL(",
        b"Assert/**/(",
        b"language = 'PHP",
        b"language",
        b"x" * 40,
        b"\xff",
        b"'",
        b'"',
    ),
    *(
        b"&#100;ata",
        b"\\x64ata:",
        b"d\\61ta\\3A",
        b"base64",
        b"\xff\xfe",
        b"&colon;",
        b"x" * 40,
        b'"',
        b"DATA:text/html,",
        b"d&#x61;ta:",
        b"<",
        b"?",
        b"$a[b](",
        b"$a{'x'} (",
        b"_$",
        b"\n",
    ),
)
BODIES = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
_LIVE = re.compile(rb"<(?:\?(?:php|=|\s)|%|script|html|jsp:|svg)", re.I)
_PAGE_TAG = re.compile(rb"<(?:script|html|svg)", re.I)
_PHP = re.compile(rb"<\?(?!xml)|language\s{0,4}=\s{0,4}[\"']?php")


def coded(data: bytes) -> bool:
    """`has_coded_parts`, every word looked for by itself."""
    low = data.lower()
    if b"\0" in low[: sniff.HEAD] or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        low = low[: sniff.MOST_WIDE].replace(b"\0", b"")
    if b"data:" in low and (sniff._DATA_URI.search(low) is not None or b"base64" in low):
        return True
    if any(word in low for word in FILED) or re.search(veils.ESCAPED_PATTERN, low) is not None:
        return True
    hinted = b";base64," in low or (b"&" in low and veils.VEIL_HINT.search(low) is not None)
    return hinted and veils.VEILED.search(low) is not None


def hides(low: bytes) -> bool:
    """`_tell`, every expression asked of everything."""
    if plain._beside(low, RUN_WORDS, plain._RUN, 0, 360):
        return len(low) < plain.TINY or any(word in low for word in TELLS)
    if len(low) < plain.SMALL and any(word in low for word in REQUEST) and any(word in low for word in CALLBACK_WORDS):
        return True
    if plain._beside(low, JOINTS, plain._SHORT_JOINT, 5, 10) or plain._beside(
        low, CALLED, plain._EXPRESSION_CALL, 2, 2
    ):
        return True
    starts = map(re.Match.start, VARIABLE_CALL.finditer(low))
    calls = any(plain._NO_CALL.search(low, max(0, at - 6), at) is None for at in starts)
    return calls and any(word in low for word in TELLS)


@settings(max_examples=500, deadline=None)
@given(BODIES)
def test_one_pass_says_what_each_search_says(data: bytes) -> None:
    fast, slow = looked_up(data), plainly(data)
    assert fast.signatures == slow.signatures == present(data)
    assert [word for word in WORDS if fast.has(word)] == [word for word in WORDS if word in data.lower()]
    assert fast.some(WORDS) == slow.some(WORDS)
    assert fast.any(LIVE) == slow.any(LIVE) == (_LIVE.search(data) is not None)
    assert fast.any(PAGE_TAGS) == slow.any(PAGE_TAGS) == (_PAGE_TAG.search(data) is not None)


@pytest.mark.parametrize("look", [looked_up, plainly])
@settings(max_examples=500, deadline=None)
@given(data=BODIES)
def test_the_quick_gates_say_what_the_plain_ones_say(look: Callable[[bytes], Marks], data: bytes) -> None:
    marks = look(data)
    assert sniff._has_coded_parts(marks) == coded(data)
    assert plain._is_php(marks) == (_PHP.search(data.lower()) is not None)
    assert (plain._tell(marks) is not None) == hides(data.lower())


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([b"$", b"{", b"a", b"}", b" ", b"[", b"]", b"(", b"/*", b"*/", b"\n", b"->", b"9"])))
def test_two_engines_find_the_same_calls_of_variables(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    found = [match.span() for match in plain._MAY_CALL.finditer(data)]
    assert found == [match.span() for match in VARIABLE_CALL.finditer(data)]


def test_without_hyperscan_each_word_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hyperscan", raising=False)
    marks = looked_up(b"<?PHP Eval(")
    assert marks._seen is None
    assert marks.some((b"<?php", b"eval", b"assert")) == [b"<?php", b"eval"]


def test_the_same_bytes_are_looked_through_once_and_large_ones_are_not_held() -> None:
    data = b"<?php one();"
    assert marks_of(data) is marks_of(data)
    large = b"x" * (MOST_KEPT + 1)
    assert marks_of(large) is not marks_of(large)


def test_a_word_that_is_not_in_the_table_is_refused_and_not_told_absent() -> None:
    with pytest.raises(KeyError):
        marks_of(b"anything").has(b"anything")


def test_every_list_of_words_is_in_the_table() -> None:
    lists = [value for name, value in vars(tells).items() if name.isupper() and isinstance(value, tuple)]
    assert {word for words in lists for word in words} == set(WORDS)
