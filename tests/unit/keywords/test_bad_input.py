"""Hostile text and hostile packs: bounded time and memory, a clear message, never a silent skip."""

import resource
import time

import pytest

from scanner.domain.findings import Layer
from scanner.keywords import scanning, whole
from scanner.keywords.matcher import Matcher
from scanner.text.views import TextView, plain_view, text_views
from tests.unit.keywords.packs import group_pack, sample_pack

MATCHER = Matcher.build([sample_pack()])
FILLER = "今天天气很好我们去公园散步吧，"


def _scan_seconds(data: bytes, family: str = "text") -> tuple[int, float]:
    before = time.process_time()
    views, _ = text_views(data, family)
    found = MATCHER.look(views)
    assert found.unread == ()
    return len(found.hits), time.process_time() - before


def test_a_long_line_is_read_to_its_end() -> None:
    text = FILLER * 300_000 + "澳门娱乐城首存就送"  # 13 MB without a line break
    hits, seconds = _scan_seconds(text.encode())
    assert hits == 1
    assert seconds < 10


@pytest.mark.slow
def test_a_hundred_megabytes_on_one_line_are_read_in_bounded_time_and_memory() -> None:
    text = (FILLER * (100_000_000 // len(FILLER.encode())) + "澳门娱乐城首存就送").encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hits, seconds = _scan_seconds(text)
    assert hits == 1
    assert seconds < 40
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_200_000  # KiB


def test_a_million_dropped_characters_in_a_row_part_nothing_if_they_are_invisible() -> None:
    hidden = "澳门娱" + "\u200b" * 1_000_000 + "乐城首存就送"
    assert _scan_seconds(hidden.encode())[0] == 1
    assert _scan_seconds(hidden.replace("\u200b", "*").encode())[0] == 0


def test_a_lone_surrogate_in_a_text_hides_nothing() -> None:
    assert len(MATCHER.scan([plain_view("娱\ud800乐城首存", Layer.TEXT)])) == 1
    assert len(MATCHER.scan([TextView(Layer.TEXT, "娱\ud800乐城\udfff首存")])) == 1


def test_broken_bytes_hide_nothing_beside_them() -> None:
    data = b"\xff\xfe\xfd" + "澳门娱乐城".encode() + b"\xe5\xa8" + "首存就送".encode() + b"\xe5"
    views, _ = text_views(data, "text")
    assert len(MATCHER.scan(views)) >= 1


def test_words_in_two_encodings_of_one_file_are_both_found() -> None:
    data = "澳门娱乐城首存就送\n".encode() + b"-" * 20 + "\n真人荷官，返水\n".encode("gb18030")
    views, _ = text_views(data, "text")
    assert {hit.folded for hit in MATCHER.scan(views)} == {"娱乐城", "真人荷官"}


def test_a_flood_of_anchors_without_the_rest_is_no_hit_and_no_gap() -> None:
    assert _scan_seconds(("娱乐城" * 400_000).encode())[0] == 0


def test_a_flood_that_is_not_judged_to_its_end_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "MAX_LOOKED", 100)
    pack = group_pack("a: [首存]\n    b: [返水]", "seq(a, b, 1)")
    found = Matcher.build([pack]).look([plain_view("首存的的的返水" * 20_000 + "首存返水", Layer.TEXT)])
    assert found.hits == ()
    assert found.unread == ("rule small.one not judged to the end of view text: more than 300,000 words",)


def test_a_flood_over_the_whole_view_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "MAX_LOOKED", 100)
    pack = group_pack("a: [首存]\n    b: [返水]", "a and b", window=0)
    found = Matcher.build([pack]).look([plain_view("首存的的的" * 20_000 + "返水", Layer.TEXT)])
    assert found.unread == ("rule small.one not judged to the end of view text: more than 300,000 words",)


def test_escapes_that_were_left_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.text.escapes.MAX_EDITS", 5)
    found = MATCHER.look([plain_view("&#36172;" * 100, Layer.TEXT)])
    assert found.unread[0].startswith("view text: more than 5 escapes")


def test_a_catastrophic_pattern_runs_in_linear_time() -> None:
    pack = group_pack("a: [首存]", "a and bait", extra="patterns: {bait: '(?:(?:a+)+)+b'}\n")
    before = time.process_time()
    assert Matcher.build([pack]).scan([plain_view("首存" + "a" * 190, Layer.TEXT)]) == ()
    assert Matcher.build([pack]).scan([plain_view("首存 " + "a" * 1_000_000, Layer.TEXT)]) == ()
    assert time.process_time() - before < 5
