"""Reading YARA text without an engine."""

import yara
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.rulebook.explaining import split
from scanner.rulebook.yarafile import alone, needs
from scanner.rulebook.yaratext import read_yara

TRICKY = r"""
/* rule commented { condition: true } */
import "math"
include "other.yar"   // not a rule: }

private rule a_1 : tag1 tag2 {
    meta:
        text = "a \"quoted\" } brace"
        number = 12
        flag = true
    strings:
        $plain = "}// not a comment" nocase wide
        $hex = { 4D 5A [2-4] ( 90 | 91 ) ?? }  // comment }
        $regex = /eval\(.{0,20}\}\/\/"/is
        $escaped = "tab\there\x41\\"
    condition:
        any of them and filesize < 10KB and not (#plain > 3)
}
global rule b { condition: a_1 and math.entropy(0, filesize) > 7.0 }
rule c { strings: $a = "x" condition: for any i in (1..#a) : ( @a[i] < 100 and true ) }
"""


def test_comments_strings_and_regexes_hide_no_brace() -> None:
    source = read_yara(TRICKY)
    assert [rule.name for rule in source.rules] == ["a_1", "b", "c"]
    assert [(rule.private, rule.is_global) for rule in source.rules] == [(True, False), (False, True), (False, False)]
    assert source.imports[0][0] == "math"
    assert source.includes[0][0] == "other.yar"
    assert source.rules[0].text_of(TRICKY).startswith("private rule a_1")
    assert source.rules[0].text_of(TRICKY).endswith("}")


def test_meta_values_keep_their_kind_and_place() -> None:
    meta = {each.key: each for each in read_yara(TRICKY).rules[0].meta}
    assert meta["text"].value == 'a "quoted" } brace'
    assert meta["number"].value == 12
    assert meta["flag"].value is True
    assert (meta["number"].place.line, meta["number"].place.column) == (9, 18)


def test_strings_are_read_with_their_kind_modifiers_and_bytes() -> None:
    plain, hexed, regex, escaped = read_yara(TRICKY).rules[0].strings
    assert (plain.kind, plain.literal, plain.modifiers) == ("text", b"}// not a comment", ("nocase", "wide"))
    assert (hexed.kind, regex.kind) == ("hex", "regex")
    assert regex.body == r'/eval\(.{0,20}\}\/\/"/is'
    assert escaped.literal == b"tab\there\x41\\"


def test_a_rule_alone_compiles_with_what_it_builds_on() -> None:
    text = TRICKY.replace('include "other.yar"', "")
    source = read_yara(text)
    second = source.by_name["b"]
    assert [rule.name for rule in needs(source, second)] == ["a_1", "b"]
    yara.compile(source=alone(text, source, [second]))


def test_a_condition_is_split_at_its_outermost_words() -> None:
    assert split("$a and ($b or $c) and not $d") == ("and", ["$a", "($b or $c)", "not $d"])
    assert split("($a and $b) or $c") == ("or", ["($a and $b)", "$c"])
    assert split("(($a))") == ("", [])
    assert split("not ($a or $b)") == ("not", ["($a or $b)"])
    assert split("for any i in (1..#a) : ( @a[i] < 100 and true )")[0] == ""


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    source = read_yara(text)
    assert all(0 <= rule.start < rule.end <= len(text) for rule in source.rules)


_NAMES = st.text("abcdefgh_", min_size=1, max_size=8).map(lambda name: "r_" + name)
_LITERALS = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), min_size=1, max_size=12
)


@given(st.dictionaries(_NAMES, _LITERALS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_the_engine_compiles_is_read_the_same(rules: dict[str, str]) -> None:
    text = "\n".join(f'rule {name} {{ strings: $a = "{body}" condition: $a }}' for name, body in rules.items())
    compiled = [rule.identifier for rule in yara.compile(source=text)]
    source = read_yara(text)
    assert [rule.name for rule in source.rules] == compiled
    assert [rule.strings[0].literal for rule in source.rules] == [body.encode() for body in rules.values()]
