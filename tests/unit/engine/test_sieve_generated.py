"""The fast path over rules made at random, over the shipped rules, and over public rules where they are at hand."""

import os
import random
import warnings
from pathlib import Path

import pytest
import yara
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.detect_making import files_for
from scanner.detection.bundle import open_bundle
from scanner.domain.rules import RuleFile
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.samples import read_samples
from scanner.rulebook.sources import read_sources
from tests.unit.detector.books import book_of
from tests.unit.engine.asked import both, differences

RULES = Path(__file__).parents[3] / "rules"
CORPUS = os.environ.get("AUP_CORPUS", "")
FOREIGN = os.environ.get("AUP_FOREIGN_RULES", "")

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))

words = st.text(st.sampled_from("abcxyzABC01 _-."), min_size=3, max_size=12)
atoms = st.sampled_from([".", "[a-f]", "[^a]", r"\d", r"\w", r"\s", "a", "b", "xy", "Z", r"\.", "[A-C0-2_]"])
counts = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{1,3}", "{,2}", "{2,}", "+?", "{0,30}"])
pieces = st.builds(lambda atom, count: atom + count, atoms, counts)
chains = st.lists(pieces, min_size=1, max_size=5).map("".join)
groups = st.builds(lambda one, other, count: f"({one}|{other}){count}", chains, chains, counts)
regexes = st.lists(st.one_of(chains, groups, words.map(lambda w: w.replace(".", r"\."))), min_size=1, max_size=4).map(
    "".join
)
hex_bytes = st.sampled_from(["41", "62", "?3", "4?", "??", "~41", "00", "FF", "[1-3]", "( 41 | 42 43 )"])
hexes = st.lists(hex_bytes, min_size=0, max_size=6).map(lambda inner: "{ " + " ".join(["41", *inner, "7A"]) + " }")
modifiers = st.sampled_from(
    ["", "nocase", "wide", "wide ascii", "fullword", "nocase wide ascii", "xor", "base64", "base64wide"]
)
strings = st.one_of(
    st.builds(lambda word, how: f'"{word}" {how}', words, modifiers),
    st.builds(lambda body, how: f"/{body}/{how}", regexes, st.sampled_from(["", "i", "s", "is"])),
    hexes,
)
leaves = st.sampled_from([
    "$a", "$b", "$c", "#a > 1", "#b == 0", "#c >= 2", "@a[1] < @b[1]", "$a at 0", "$b in (0..30)", "!a[1] > 4",
    "any of them", "all of them", "2 of ($a, $b, $c)", "none of ($c)", "50% of them", "filesize < 60", "filesize > 20",
    "uint16(0) == 0x5A4D", "uint8(0) != 0x41", "for any of ($a, $b) : ( # > 1 )", "true", "false",
    "for any i in (1..#a) : ( @a[i] < 20 )", "for all of them : ( # < 3 )", "#a + #b > 1", "any of ($a, $b) in (0..20)",
    "$b in (@a[1]..@a[1] + 20)", "$c at @b[1]", "#a in (@b..filesize) == 0", "any of ($a, $b) in (@c..@c + 20)",
    "for any i in (1..#a) : ( $b in (@a[i] - 9..@a[i]) )", "for any i in (0..#a) : ( i < 1 or $b at i )",
    "for all i in (1..#b) : ( @b[i] > 3 )", "for 2 i in (1..#c) : ( @c[i] < 50 )",
    "for none i in (1..#a) : ( $b at i )",
    "for any i in (1..#a + 1) : ( i == 1 )", "for any i in (@a[1]..@a[1] + 3) : ( $c at i )",
    "for any i in (@a[1], @b[1], 3) : ( $c at i )", "for any i in (3..#a) : ( i > 0 )",
])  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda one, word, other: f"({one} {word} {other})", inner, st.sampled_from(["and", "or"]), inner),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(strings, strings, strings, conditions, st.integers(0, 1 << 30))
def test_rules_made_at_random_are_judged_alike(one: str, two: str, three: str, condition: str, seed: int) -> None:
    source = (
        f"rule it {{ strings: $a = {one} $b = {two} $c = {three} condition: ({condition}) and (#a >= 0 or $b or $c) }}"
    )
    try:
        yara.compile(source=source, includes=False)
    except yara.Error:
        return  # not every chain of parts is a string that YARA takes
    fast, plain = both(source)
    dice = random.Random(seed)
    assert differences(fast, plain, [*files_for(source, dice, 12), b"", b"MZ", dice.randbytes(40)]) == []


def test_a_rule_that_yara_gives_up_on_is_no_difference_where_the_sieve_knows_better() -> None:
    source = "rule it { strings: $a = { 41 7A } $c = /.(.|.?)*/ condition: $a and (#a >= 0 or $c) }"
    fast, plain = both(source)
    assert plain.scan(b"MZ", frozenset({"text"}), 20).unfinished == ("t0.it",)
    assert differences(fast, plain, [b"", b"MZ", b"MZ Az"]) == []


def test_the_shipped_rules_are_judged_alike_over_their_samples_and_their_own_strings() -> None:
    book = load_rulebook(RULES)
    fast, plain = open_bundle(book, 1_000).engine, open_bundle(book, 1_000, sieve=False).engine
    samples, _ = read_samples(read_sources(RULES))
    dice = random.Random(1)
    made = [data for file in book.yara for data in files_for(file.text, dice, 2)]
    files = [sample.data for sample in samples if len(sample.data) < 200_000]
    assert samples
    assert differences(fast, plain, [*files[:150], *made]) == []


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS, reason="AUP_CORPUS names no corpus")
def test_the_shipped_rules_are_judged_alike_over_the_corpus() -> None:
    book = load_rulebook(RULES)
    fast, plain = open_bundle(book, 1_000).engine, open_bundle(book, 1_000, sieve=False).engine
    paths = sorted(path for path in Path(CORPUS).rglob("*") if path.is_file() and path.stat().st_size < 300_000)
    some = random.Random(2).sample(paths, min(3_000, len(paths)))
    assert differences(fast, plain, [path.read_bytes() for path in some]) == []


@pytest.mark.slow
@pytest.mark.skipif(not FOREIGN, reason="AUP_FOREIGN_RULES names no folder of public rules")
def test_public_rules_are_judged_alike_over_their_own_strings() -> None:
    paths = sorted(path for path in Path(FOREIGN).rglob("*.yar*") if path.is_file())
    dice = random.Random(3)
    files = [file for path in dice.sample(paths, min(120, len(paths))) if (file := _foreign(path)) is not None]
    book = book_of(*files)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fast, plain = open_bundle(book, 1_000).engine, open_bundle(book, 1_000, sieve=False).engine
    made = [data for file in files for data in files_for(file.text, dice, 2)]
    assert files
    assert differences(fast, plain, made) == []


def _foreign(path: Path) -> RuleFile | None:
    """A public file as a rule file, if YARA takes it alone; used here only, never copied."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        compiled = yara.compile(source=text, includes=False)
    except yara.Error:
        return None
    namespace = str(path).replace("/", "_").replace(".", "_")
    names = {rule.identifier: f"{namespace}.{rule.identifier}" for rule in compiled if not rule.is_private}
    return RuleFile(str(path), namespace, text, names) if names else None
