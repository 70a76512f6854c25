"""The fast path says what the plain path says: construct by construct, over files made of the rules' own strings."""

import random

import pytest

from benchmarks.detect_making import files_for
from tests.unit.engine.asked import ALL_LANES, SECONDS, both, differences, rules_of

CONSTRUCTS = {
    "plain": 'strings: $a = "marker-of-evil" condition: $a',
    "nocase": 'strings: $a = "MarkerOfEvil" nocase condition: $a',
    "wide": 'strings: $a = "marker of evil" wide condition: $a',
    "wide and ascii": 'strings: $a = "marker of evil" wide ascii nocase condition: $a',
    "fullword": 'strings: $a = "marker" fullword condition: $a',
    "xor": 'strings: $a = "marker of evil" xor condition: $a',
    "xor with a range": 'strings: $a = "marker of evil" xor(0x10-0x3f) wide ascii condition: $a',
    "base64": 'strings: $a = "marker of evil" base64 condition: $a',
    "base64wide": 'strings: $a = "marker of evil" base64wide condition: $a',
    "base64 of wide": 'strings: $a = "marker of evil" wide base64 condition: $a',
    "both base64": 'strings: $a = "marker of evil" base64 base64wide condition: $a',
    "own base64": (
        'strings: $a = "marker of evil" base64("!@#$%^&*(){}[].,|ABCDEFGHIJ\\x09LMNOPQRSTUVWXYZabcdefghijklmnopqrstu") '
        "condition: $a"
    ),
    "escapes": r'strings: $a = "a\x00b\\c\"d\te" condition: $a',
    "hanzi": 'strings: $a = "百家乐开户" condition: $a',
    "hex": "strings: $a = { 4D 5A ?? 9? ?0 [2-4] ( 41 42 | 43 ~44 ?? ) // remark\n 7F } condition: $a",
    "hex jump without end": "strings: $a = { 11 22 33 44 [4-] 55 66 77 88 } condition: $a",
    "hex with rare bytes beside jumps": "strings: $a = { E8 ?? ?? ?? ?? 83 C4 0C [0-8] 85 C0 } condition: $a",
    "regex": r"strings: $a = /eval\s{0,4}\(\s*base64_decode\s*\(/ condition: $a",
    "regex nocase": r"strings: $a = /(select|insert)[ \t]+[a-z_]{1,12} from/i condition: $a",
    "regex with classes": r"strings: $a = /[^\w>:$]eval[ \t]{0,8}\([ \t@\"'\\.?>]{0,12}\$_(GET|POST)\[/ condition: $a",
    "regex with open braces": r"strings: $a = /\$\{?_(GET|POST)\}?[\[{]/ condition: $a",
    "regex with a least bound only": r"strings: $a = /x[a-f]{3,}y{,5}z{2}/ condition: $a",
    "regex wide": r"strings: $a = /mar(k|c)er-[0-9]{1,3}/ wide ascii condition: $a",
    "regex with anchors": r"strings: $a = /^GIF8[79]a.{0,64}<\?php/s condition: $a",
    "regex with word borders": r"strings: $a = /\bsystem\b[ ]?\(/ condition: $a",
    "regex with dots": r"strings: $a = /begin.{2,40}end/ $b = /begin.{2,40}end!/s condition: any of them",
    "regex fullword": r"strings: $a = /abc[0-9]/ fullword condition: $a",
    "all of them": 'strings: $a = "first one" $b = "second one" $c = "third one" condition: all of them',
    "two of them": 'strings: $a1 = "first one" $a2 = "second one" $b = "third one" condition: 2 of them',
    "some of a set": 'strings: $a1 = "first one" $a2 = "second one" $b = "third" condition: any of ($a*) and $b',
    "percent": 'strings: $a = "first one" $b = "second one" $c = "third one" condition: 50% of them',
    "none of": 'strings: $a = "first one" $b = "second one" condition: none of ($b) and $a',
    "none at all": 'strings: $a = "first one" condition: none of them',
    "of at": 'strings: $a = "GIF89a" $b = "PK" condition: any of them at 0',
    "of in": 'strings: $a = "first one" $b = "second" condition: any of them in (0..20)',
    "not": 'strings: $a = "first one" $b = "second one" condition: $a and not $b',
    "only not": 'strings: $a = "first one" condition: not $a',
    "counts": 'strings: $a = "first one" $b = "second" condition: #a > 1 or #b == 2 or 2 < #a',
    "no counts": 'strings: $a = "first one" $b = "second" condition: #a == 0 and $b',
    "fewer": 'strings: $a = "first one" $b = "second" condition: #a < 2 and $b',
    "count in": 'strings: $a = "first one" condition: #a in (0..40) >= 1',
    "places": 'strings: $a = "first one" $b = "second" condition: @a[1] < @b[1]',
    "lengths": "strings: $a = /fir.{1,9}st/ condition: !a[1] > 7",
    "at": 'strings: $a = "first one" condition: $a at 6 or $a at filesize - 9',
    "in": 'strings: $a = "first one" condition: $a in (0..filesize \\ 2)',
    "for of": 'strings: $a = "first one" $b = "second" condition: for any of them : ( # > 1 )',
    "for all of": 'strings: $a = "first one" $b = "second" condition: for all of ($a, $b) : ( @ < 100 )',
    "for two of": 'strings: $a = "first" $b = "second" $c = "third" condition: for 2 of them : ( $ in (0..200) )',
    "for in": 'strings: $a = "first one" $b = "second" condition: for any i in (1..#a) : ( $b in (@a[i]..@a[i] + 50) )',
    "for all in": 'strings: $a = "first one" $b = "second" condition: for all i in (1..#a) : ( @a[i] < 400 and $b )',
    "for in list": 'strings: $a = "first one" condition: for any i in (0, 6, 12) : ( $a at i )',
    "for from nought": 'strings: $a = "first one" $b = "second" condition: for any i in (0..#a) : ( i == 0 and $b )',
    "for none in": 'strings: $a = "first one" $b = "second" condition: for none i in (1..#a) : ( @a[i] < 40 ) and $b',
    "for to a sum": 'strings: $a = "first one" $b = "second" condition: for any i in (1..#a + 1) : ( i == 1 and $b )',
    "for between places": 'strings: $a = "first" $b = "second" condition: for any i in (@a..@a + 2) : ( i > 0 and $b )',
    "for in words": 'strings: $a = "first one" condition: for any s in ("first", "one") : ( s == "one" and $a )',
    "in a place that may not be": 'strings: $a = "first one" $b = "second" condition: $b in (@a[1]..@a[1] + 90)',
    "not in a place": 'strings: $a = "first one" $b = "second" condition: not $b in (@a[1]..@a[1] + 90)',
    "at a place that may not be": 'strings: $a = "first one" $b = "first" condition: $b at @a[1]',
    "nested for": (
        'strings: $a = "first" $b = "second" condition: '
        "for any of ($a) : ( for any i in (1..#) : ( $b in (@[i]..@[i] + 90) ) )"
    ),
    "filesize": 'strings: $a = "first one" condition: filesize < 200 and $a',
    "filesize only": "condition: filesize > 100 and filesize < 150",
    "size in units": 'strings: $a = "first one" condition: filesize < 1KB and $a',
    "head": 'strings: $a = "first one" condition: uint16(0) == 0x5A4D and $a',
    "head only": "condition: uint32be(0) == 0x7F454C46",
    "head unlike": 'strings: $a = "first one" condition: uint16(0) != 0x5A4D and $a',
    "head beyond the end": "condition: uint32(4000) == 0 or uint16(0) == 0x4B50",
    "head with sums": "condition: uint16(0) & 0xFF == 0x4D or uint8(0) + 1 == 0x80",
    "negative": "condition: int8(0) == -1",
    "or with a constant": 'strings: $a = "first one" condition: $a or false',
    "brackets": 'strings: $a = "first" $b = "second" $c = "third" condition: ($a or $b) and ($c or (#a > 2 and $b))',
    "arithmetic": 'strings: $a = "first one" $b = "second" condition: #a + #b > 2',
    "private string": 'strings: $a = "first one" private condition: $a',
    "anonymous": 'strings: $ = "first one" $ = "second one" condition: all of them',
    "text operators": 'strings: $a = "first one" condition: $a and "abc" contains "b"',
    "defined": 'strings: $a = "first one" condition: defined @a[2] or $a',
    "undefined": 'strings: $a = "first one" condition: not defined @a[1]',
    "shadowed name": 'strings: $a = "first one" condition: for any maker in (1..3) : ( maker == 2 ) and $a',
}


def rule(name: str, body: str) -> str:
    return f"rule {name} {{ {body} }}"


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_is_judged_as_yara_judges_it(name: str) -> None:
    source = rule("it", CONSTRUCTS[name])
    fast, plain = both(source)
    dice = random.Random(name)
    files = [*files_for(source, dice, 60), b"", b"x", b"MZ", b"\x7fELF", b"PK\0\0" + b"\0" * 5000, dice.randbytes(120)]
    assert differences(fast, plain, files) == []
    if files_for(source, dice, 1) and "not" not in name and "fewer" not in name:
        assert any(plain.scan(data, ALL_LANES, SECONDS).hits for data in files), (
            "no file matches: the test proves nothing"
        )


def test_rules_that_need_others_bring_them_along() -> None:
    source = """
    private rule base { strings: $a = "hidden base" condition: $a }
    rule middle { strings: $b = "the middle" condition: base and $b }
    rule top { condition: middle and filesize < 500 }
    rule some_of { condition: any of (middle, top) }
    rule by_name { condition: 1 of (mid*) }
    rule neither { strings: $c = "the middle" condition: $c and not base }
    """
    fast, plain = both(source)
    files = [b"hidden base then the middle", b"the middle", b"hidden base", b"hidden base the middle" + b" " * 500]
    assert differences(fast, plain, files) == []
    assert rules_of(plain.scan(files[0], ALL_LANES, SECONDS)) == ["by_name", "middle", "some_of", "top"]


def test_a_global_rule_rules_its_file_and_no_other() -> None:
    ruled = """
    rule before { strings: $a = "first one" condition: $a }
    global rule small { condition: filesize < 100 }
    rule after { strings: $a = "first one" condition: $a }
    """
    fast, plain = both(ruled, rule("free", 'strings: $a = "first one" condition: $a'))
    files = [b"first one", b"first one" + b" " * 200]
    assert differences(fast, plain, files) == []
    assert rules_of(fast.scan(files[1], ALL_LANES, SECONDS)) == ["free"]


def test_modules_are_brought_along_only_where_they_are_used() -> None:
    source = """
    import "math"
    import "pe"
    rule dense { strings: $a = "first one" condition: $a and math.entropy(0, filesize) > 2.0 }
    rule program { condition: pe.is_pe and pe.number_of_sections > 0 }
    rule plain { strings: $a = "first one" condition: $a }
    """
    fast, plain = both(source)
    texts = {next(iter(piece.names)): piece.text for piece in fast.pieces}
    assert '"pe"' not in texts["dense"]
    assert "import" not in texts["plain"]
    assert differences(fast, plain, [b"first one", b"MZ" + b"\0" * 300, b"nothing"]) == []


def test_a_file_that_is_read_otherwise_than_yara_reads_it_stays_whole() -> None:
    source = (
        'rule odd { strings: $a = /[]a]x+marker/ condition: $a }\nrule even { strings: $b = "first one" condition: $b }'
    )
    fast, plain = both(source)
    assert differences(fast, plain, [b"first one", b"axxmarker", b"]xmarker", b"none"]) == []


def test_a_string_looked_for_beside_another_is_not_asked_of_text_without_that_other() -> None:
    loop = 'strings: $a = "xlicense" $b = "second" condition: for any i in (1..#a) : ( $b in (@a[i]..@a[i] + 50) )'
    place = 'strings: $a = "xlicense" $b = "second" condition: $b in (@a..@a + 50) or $b at @a[2]'
    fast, plain = both(rule("loop", loop), rule("place", place))
    assert rules_of(plain.scan(b"xlicense second", ALL_LANES, SECONDS)) == ["loop", "place"]
    assert len(fast.possible(b"xlicense second", ALL_LANES)) == 2
    assert fast.possible(b"second", ALL_LANES) == []


def test_harmless_text_reaches_no_rule() -> None:
    fast, _ = both(*(rule("it", CONSTRUCTS[name]) for name in ("plain", "regex", "hex", "all of them", "hanzi")))
    assert fast.possible(b"<?php echo 'The quick brown fox'; first one ?>" * 50, ALL_LANES) == []
    assert fast.always(ALL_LANES) == frozenset()


def test_what_modules_say_of_other_files_is_no_reason_to_ask_and_loses_nothing() -> None:
    source = """
    import "pe"
    import "elf"
    rule field { condition: pe.number_of_sections == 0 }
    rule call { condition: pe.exports("x") or pe.imphash() == "d41d8cd98f00b204e9800998ecf8427e" }
    rule loop { condition: for any i in (0..pe.number_of_signatures - 1) : ( pe.signatures[i].subject contains "x" ) }
    rule no_program { condition: pe.is_pe == 0 }
    rule not_program { condition: not pe.is_pe }
    rule constant { condition: pe.MACHINE_AMD64 == 0x8664 }
    rule other { condition: elf.type == elf.ET_EXEC }
    rule mixed { strings: $a = "first one" condition: $a or pe.number_of_sections > 0 }
    rule undefined { condition: not defined pe.timestamp }
    """
    fast, plain = both(source)
    program = b"MZ" + b"\0" * 58 + b"\x40\0\0\0" + b"PE\0\0\x64\x86\0\0" + b"\0" * 400
    binary = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\x3e\0\x01" + b"\0" * 200
    files = [b"", b"M", b"first one", program, binary, b"MZ", b"\x7fELF", program[:80], b"ZM" + program[2:]]
    assert differences(fast, plain, files) == []
    asked = {next(iter(fast.pieces[number].names)) for number in fast.always(ALL_LANES)}
    assert asked == {"no_program", "not_program", "constant", "undefined"}


def test_lanes_are_kept_on_both_paths() -> None:
    source = rule("it", CONSTRUCTS["plain"])
    fast, plain = both(source, lanes={"t0.it": "script"})
    data = b"here is the marker-of-evil"
    for engine in (fast, plain):
        assert rules_of(engine.scan(data, frozenset({"script", "text"}), SECONDS)) == ["it"]
        assert engine.scan(data, frozenset({"image"}), SECONDS).hits == ()


def test_more_rules_than_are_asked_one_by_one_are_asked_together() -> None:
    sources = [rule(f"it{number}", 'strings: $a = "marker-of-evil" condition: $a') for number in range(30)]
    fast, plain = both(*sources)
    data = b"marker-of-evil"
    assert len(fast.possible(data, ALL_LANES)) == 30
    assert fast.scan(data, ALL_LANES, SECONDS) == plain.scan(data, ALL_LANES, SECONDS)
    assert len(fast.scan(data, ALL_LANES, SECONDS).hits) == 30
