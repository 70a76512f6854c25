"""The compiled cache: the same hits, loaded at once, refused by name when it does not fit; and reloading."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords import automata, storing
from scanner.keywords.automata import DaachorseAutomaton, QuickAutomaton, build_automaton, engine_name, load_automaton
from scanner.keywords.matcher import Matcher, digest_of_packs
from scanner.keywords.slots import COLUMNS
from scanner.text.views import plain_view
from tests.unit.keywords.packs import group_pack, sample_pack

TEXT = "住皇冠假日，澳门女吴樂城 白加了 bai jia le 首存 返水 www.a.com 判决"


@pytest.mark.parametrize("engine", ["daachorse", "ahocorasick_rs"])
def test_a_matcher_read_back_gives_the_same_hits(engine: str) -> None:
    pack = sample_pack(("unless: law", "unless: law and not url"))
    built = Matcher.build([pack, group_pack("a: [{t: 赌場, exact: true}, send money]")], engine)
    read = Matcher.load("digest", built.dump("digest"), engine)
    views = [plain_view(TEXT, Layer.TEXT), plain_view("赌場 Send Money", Layer.TEXT)]
    assert built.scan(views)
    assert read.scan(views) == built.scan(views)
    assert read.dump("digest") == built.dump("digest")


def test_a_matcher_read_back_keeps_nothing_of_the_bytes_it_was_read_from() -> None:
    program = Matcher.load("digest", Matcher.build([sample_pack()]).dump("digest")).program
    lookups = [program.anchors.plain, program.anchors.sound, *(rule.for_when.plain for rule in program.rules)]
    kept = [array for one in lookups if one.longest for array in (one.first, one.owners)]
    kept += [getattr(program.slots, name) for name in COLUMNS]
    assert [array.flags.owndata for array in kept] == [True] * len(kept)


@pytest.mark.parametrize("place", [0, 10, 60, -1])
def test_a_damaged_cache_is_refused(place: int) -> None:
    body = bytearray(Matcher.build([sample_pack()]).dump("digest"))
    body[place] ^= 1
    with pytest.raises(RuleError, match=r"cache is damaged — delete it"):
        Matcher.load("digest", bytes(body))
    with pytest.raises(RuleError, match="is damaged"):
        Matcher.load("digest", b"")


def test_a_cache_of_other_packs_or_another_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Matcher.build([sample_pack()]).dump("digest")
    with pytest.raises(RuleError, match="is of other packs"):
        Matcher.load("another", body)
    monkeypatch.setattr(storing, "engine_version", lambda engine: f"{engine} 99")
    with pytest.raises(RuleError, match="is of engine daachorse 0"):
        Matcher.load("digest", body)


def test_the_digest_of_packs_names_their_texts_and_their_order() -> None:
    one, other = sample_pack(), group_pack("a: [首存]")
    assert digest_of_packs([one, other]) == digest_of_packs([one, other])
    assert digest_of_packs([one, other]) != digest_of_packs([other, one])


def test_many_terms_load_at_once() -> None:
    terms = ", ".join(
        f"{chr(0x4E00 + n % 9000)}{chr(0x5E00 + n // 9000)}{chr(0x4F00 + n % 77)}赌" for n in range(25_000)
    )
    body = Matcher.build([group_pack(f"a: [{terms}]")]).dump("digest")
    seconds = []
    for _ in range(5):
        before = time.process_time()
        matcher = Matcher.load("digest", body)
        seconds.append(time.process_time() - before)
    assert min(seconds) < 0.2  # a hundred thousand take 0.02 when nothing else runs: see make bench-keywords
    assert len(matcher.scan([plain_view(f"前{terms[:4]}后", Layer.TEXT)])) == 1


def test_packs_may_be_swapped_while_texts_are_scanned() -> None:
    packs = [group_pack("a: [首存]"), group_pack("a: [返水]")]
    matchers = [Matcher.build([pack]) for pack in packs]
    current = matchers[0]
    stop = threading.Event()
    wrong: list[str] = []

    def scan() -> None:
        while not stop.is_set():
            matcher = current
            expected = "首存" if matcher is matchers[0] else "返水"
            wrong.extend(
                hit.original for hit in matcher.scan([plain_view("首存的返水", Layer.TEXT)]) if hit.original != expected
            )

    threads = [threading.Thread(target=scan) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        current = matchers[number % 2]
        time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_engine_in_force_is_daachorse_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_name() == "daachorse"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "daachorse" else object())
    assert engine_name() == "ahocorasick_rs"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="neither daachorse nor ahocorasick_rs is installed"):
        engine_name()


@given(st.sets(st.text("ab.1", min_size=1, max_size=4), min_size=1, max_size=8), st.text("ab.1", max_size=60))
@settings(deadline=None, max_examples=60)
def test_long_ascii_text_gives_the_same_hits_by_the_quicker_automaton(words: set[str], text: str) -> None:
    pytest.importorskip("hyperscan", reason="hyperscan has no wheel here")
    strings = sorted({*words, "赌"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automata, "QUICK_STRINGS", range(1, 100))
        patch.setattr(automata, "QUICK_FROM", 0)
        quick = build_automaton(strings, "daachorse")
        assert isinstance(quick, QuickAutomaton)
        again = load_automaton(quick.dump(), "daachorse")
        for each in (text, f"{text}赌"):
            plain = sorted(DaachorseAutomaton(strings).find(each), key=lambda hit: (hit[1], hit[0]))
            assert sorted(quick.find(each), key=lambda hit: (hit[1], hit[0])) == plain
            assert again.find(each) == quick.find(each)


def test_short_text_and_few_strings_are_left_to_the_one_for_everything() -> None:
    assert isinstance(build_automaton(["a", "b"]), DaachorseAutomaton)
    many = build_automaton([f"word{number:03}" for number in range(300)])
    if isinstance(many, QuickAutomaton):
        assert many.find("word007") == [(0, 7, 7)]
        assert many.find(" " * 600 + "word007") == [(600, 607, 7)]


def test_an_automaton_over_nothing_finds_nothing() -> None:
    nothing = build_automaton([])
    assert nothing.find("text") == []
    assert load_automaton(nothing.dump(), "daachorse").find("text") == []
    assert isinstance(build_automaton(["a"]), DaachorseAutomaton)
