"""Nothing is scanned twice: contents known, objects unchanged, rules that changed; and rescans that account for all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Severity
from scanner.domain.rescans import Rescan, RescanState, Shard
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, TransitionError
from scanner.services.rescanning import LEASE, Step
from scanner.services.sharding import split
from tests.unit.services.house import MemoryHouse


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    return MemoryHouse(book)


OTHER = ("other.test", "3.1.3.7", Severity.HIGH)


def _rescan(house: MemoryHouse, **options: object) -> Rescan:
    house.clock.advance(60)
    rescan = house.rescanning.start("tenant", requester="li", **options)  # type: ignore[arg-type]
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    return house.rescanning.progress(rescan.id).rescan


def _edit_rules(house: MemoryHouse, digest: str) -> None:
    house.rules.book = replace(house.rules.book, digest=digest * 64)


def test_one_content_under_ten_thousand_keys_is_scanned_once(house: MemoryHouse) -> None:
    for n in range(10_000):
        house.contents.put("tenant", f"k{n:05}", b"the same")
    done = _rescan(house)
    assert done.state is RescanState.DONE
    assert len(house.detector.seen) == 1
    assert house.rescanning.statement(done.id).lines == {"scanned:CLEAN": 10_000}
    assert house.store.kept.tallies("") == {"detected": 1, "cached": 9_999}


def test_a_known_content_is_judged_by_its_key_too(house: MemoryHouse) -> None:
    for key in ("good", "badname-1", "badname-2"):
        house.upload(key, b"the same")
    house.work()
    assert house.words() == {"good": "CLEAN", "badname-1": "SUSPECT", "badname-2": "SUSPECT"}
    assert len(house.detector.seen) == 1


def test_what_the_first_key_showed_is_not_the_contents(house: MemoryHouse) -> None:
    house.upload("badname", b"the same")
    house.work()
    house.upload("good", b"the same")
    house.work()
    assert house.words() == {"badname": "SUSPECT", "good": "CLEAN"}
    assert house.detector.seen == ["badname"]


def test_a_passing_trouble_is_not_remembered(house: MemoryHouse) -> None:
    for key in ("a", "b"):
        house.upload(key, b"CRASH")
        house.work()
    assert house.detector.seen == ["a", "b"]
    assert house.store.kept.objects == {}


def test_an_unchanged_bucket_costs_no_read(house: MemoryHouse) -> None:
    for n in range(30):
        house.contents.put("tenant", f"k{n}", b"%d" % n)
    _rescan(house)
    house.contents.troubles = {("tenant", f"k{n}"): Gap(Reason.GONE) for n in range(30)}  # a read would be seen
    again = _rescan(house)
    statement = house.rescanning.statement(again.id)
    assert (statement.cached, statement.lines) == ({"CLEAN": 30}, {})


def test_an_object_that_may_still_change_unseen_is_read_once_more(house: MemoryHouse) -> None:
    house.clock.moment = house.clock.moment.replace(year=2025, month=1, day=1, hour=0, minute=0, second=2)
    house.upload("young", b"x")
    house.work()
    assert house.store.kept.objects == {}


def test_an_object_that_was_young_when_it_was_read_is_not_old_because_its_detection_took_long(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.clock.moment = house.clock.moment.replace(year=2025, month=1, day=1, hour=0, minute=0, second=2)
    house.upload("young", b"x")
    real = house.detector.detect_all
    monkeypatch.setattr(house.detector, "detect_all", lambda samples: (house.clock.advance(30), real(samples))[1])
    house.work()
    assert house.words() == {"young": "CLEAN"}
    assert house.store.kept.objects == {}


def test_the_same_size_and_etag_at_another_time_is_another_object(house: MemoryHouse) -> None:
    house.contents.put("tenant", "k", b"x")
    _rescan(house)
    house.contents.put("tenant", "k", b"x")  # what a colliding pair looks like from outside
    again = _rescan(house)
    assert house.rescanning.statement(again.id).lines == {"scanned:CLEAN": 1}


def test_only_changed_rules_run_on_known_content(house: MemoryHouse) -> None:
    house.contents.put("tenant", "old", b"EVIL OTHER")
    house.contents.put("tenant", "calm", b"fine")
    _rescan(house)
    seen = list(house.detector.seen)
    house.detector.words[b"OTHER"] = OTHER
    _edit_rules(house, "e")
    again = _rescan(house)
    assert house.detector.seen == seen
    assert sorted(house.detector.brought) == ["calm", "old"]
    statement = house.rescanning.statement(again.id)
    assert (statement.lines, statement.cached) == ({"scanned:VIOLATION": 1}, {"CLEAN": 1})
    assert house.store.kept.tallies("") == {"detected": 2, "delta": 2}
    last = house.store.judged[-1]
    assert {finding.rule for finding in last.verdict.findings} == {"malware.test", "other.test"}
    assert last.verdict.coverage.rulebook_digest == "e" * 64


def test_a_rule_that_is_gone_is_judged_away_without_a_read(house: MemoryHouse) -> None:
    house.contents.put("tenant", "k", b"EVIL")
    house.contents.put("tenant", "l", b"fine")
    _rescan(house)
    del house.detector.words[b"EVIL"]
    _edit_rules(house, "e")
    house.contents.troubles = {("tenant", key): Gap(Reason.GONE) for key in "kl"}
    again = _rescan(house)
    assert house.rescanning.statement(again.id).cached == {"CLEAN": 2}
    assert house.words()["k"] == "CLEAN"
    assert [judged.subject.key for judged in house.store.judged if judged.rescan == again.id] == ["k"]


def test_a_policy_that_makes_a_known_finding_a_case_reads_the_bytes_for_evidence(house: MemoryHouse) -> None:
    house.contents.put("tenant", "badname", b"x")
    _rescan(house)
    house.store.case_rows.clear()
    house.store.custody_rows.clear()
    _edit_rules(house, "e")
    again = _rescan(house)
    assert house.rescanning.statement(again.id).lines == {"scanned:SUSPECT": 1}
    assert len(house.store.case_rows) == 1


def test_an_object_without_its_evidence_is_looked_at_again(house: MemoryHouse) -> None:
    house.vault.full = True
    house.contents.put("tenant", "k", b"EVIL")
    _rescan(house)
    assert house.store.kept.objects == {}


WORDS = st.sets(st.sampled_from([b"EVIL", b"ADVERT", b"NEW", b"OTHER"]))
RULES = {
    b"OTHER": OTHER,
    b"EVIL": ("malware.test", "3.1.3.7", Severity.HIGH),
    b"ADVERT": ("ads.test", "3.1.3.5.8", Severity.MEDIUM),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(WORDS, min_size=1, max_size=5), st.lists(st.sets(st.sampled_from(sorted(RULES))), min_size=2, max_size=4)
)
def test_rescans_over_any_rule_changes_say_what_full_rescans_say(
    book: Rulebook, contents: list[set[bytes]], books: list[set[bytes]]
) -> None:
    house, oracle = MemoryHouse(book), MemoryHouse(book)
    for number, words in enumerate(books):
        for each, full in ((house, False), (oracle, True)):
            each.detector.words = {word: RULES[word] for word in words}
            _edit_rules(each, "abcd"[number])
            for n, text in enumerate(contents):
                if number == 0:
                    each.contents.put("tenant", f"k{n}", b" ".join(sorted(text)))
            done = _rescan(each, full=full)
            assert each.rescanning.statement(done.id).is_whole
        assert house.words() == oracle.words()


def test_a_page_whose_lister_died_is_filed_whole(house: MemoryHouse) -> None:
    for n in range(3):
        house.contents.put("tenant", f"k{n}", b"%d" % n)
    rescan = house.rescanning.start("tenant", requester="li")
    shard = house.rescanning.shards.claim(rescan.id, house.clock.now(), house.clock.now() + LEASE)
    assert shard is not None
    assert house.rescanning.list_page(rescan.id) is Step.WAITING
    house.rescanning._listed(house.store.rescan(rescan.id), shard, house.clock.now())  # filed, then it dies
    house.work()
    house.clock.advance(LEASE.total_seconds() + 1)
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    statement = house.rescanning.progress(rescan.id).statement
    assert (statement.listed, statement.lines, statement.is_whole) == (3, {"scanned:CLEAN": 3}, True)
    with pytest.raises(ConflictError, match="another lists this shard"):
        house.rescanning.shards.save(shard)


def test_an_interrupted_page_is_listed_again(house: MemoryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.contents.put("tenant", "k", b"x")
    rescan = house.rescanning.start("tenant", requester="li")
    with monkeypatch.context() as broken:
        broken.setattr(type(house.contents), "page", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            house.rescanning.list_page(rescan.id)
    [shard] = house.rescanning.shards.shards(rescan.id)
    assert shard.careful
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    assert house.rescanning.progress(rescan.id).rescan.state is RescanState.DONE


def test_a_paused_rescan_holds_its_requests_back(house: MemoryHouse) -> None:
    for n in range(5):
        house.contents.put("tenant", f"k{n}", b"%d" % n)
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    house.rescanning.steer(rescan.id, "pause")
    house.work()
    assert house.detector.seen == []
    house.rescanning.steer(rescan.id, "resume")
    list(house.rescanning.run_listing(rescan.id))
    house.scanning.scan_batch(sorted(house.store.rows), "w")
    assert house.rescanning.progress(rescan.id).statement.lines == {"scanned:CLEAN": 5}


def test_a_cancelled_rescan_accounts_for_what_it_dropped(house: MemoryHouse) -> None:
    for n in range(5):
        house.contents.put("tenant", f"k{n}", b"%d" % n)
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    house.rescanning.steer(rescan.id, "cancel")
    statement = house.rescanning.statement(rescan.id)
    assert (statement.of("cancelled"), statement.owed, statement.is_whole) == ({"by-request": 5}, 0, True)
    with pytest.raises(TransitionError, match="cannot resume"):
        house.rescanning.steer(rescan.id, "resume")


def test_a_rate_cap_lets_a_page_wait(house: MemoryHouse) -> None:
    for n in range(2_500):
        house.contents.put("tenant", f"k{n:04}", b"x")
    house.rescanning = replace(house.rescanning, parts=1)
    rescan = house.rescanning.start("tenant", requester="li", rate=100.0)
    assert list(house.rescanning.run_listing(rescan.id)) == [Step.LISTED, Step.WAITING]
    house.clock.advance(9.9)
    assert house.rescanning.list_page(rescan.id) is Step.WAITING
    house.clock.advance(0.1)
    assert house.rescanning.list_page(rescan.id) is Step.LISTED


def test_what_was_not_read_is_told_by_reason(house: MemoryHouse) -> None:
    for key in ("gone", "big", "ok"):
        house.contents.put("tenant", key, b"x" * (2_000 if key == "big" else 1))
    house.contents.troubles["tenant", "gone"] = Gap(Reason.ACCESS_DENIED)
    done = _rescan(house)
    statement = house.rescanning.statement(done.id)
    assert statement.of("skipped") == {"over-size": 1}
    assert statement.of("failed") == {"access-denied": 1}
    assert statement.of("scanned") == {"CLEAN": 1}
    assert statement.is_whole


def test_objects_that_are_gone_are_forgotten(house: MemoryHouse) -> None:
    for key in ("a", "b", "c"):
        house.contents.put("tenant", key, b"x")
    _rescan(house)
    del house.contents.objects["tenant", "b"]
    _rescan(house)
    assert sorted(house.store.kept.objects) == [("tenant", "a"), ("tenant", "c")]


def test_rescans_under_way_are_advanced_without_a_person(house: MemoryHouse) -> None:
    for n in range(3):
        house.contents.put("tenant", f"k{n}", b"x")
    rescan = house.rescanning.start("tenant", requester="schedule")
    assert house.rescanning.advance(5.0) == (1, [])
    house.work()
    house.rescanning.advance(5.0)
    assert house.store.rescan(rescan.id).state is RescanState.DONE


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 6), st.lists(st.text("ab~é中", max_size=4), max_size=30))
def test_shards_part_all_keys_and_miss_none(book: Rulebook, parts: int, stems: list[str]) -> None:
    house = MemoryHouse(book)
    keys = {f"p/{stem}{n:04}" for n in range(1_100 // max(1, len(stems)) + 1) for stem in stems or ["x"]}
    for key in keys:
        house.contents.put("tenant", key, b"")
    bounds = split(house.contents, "tenant", "p/", parts)
    assert bounds == sorted(set(bounds))
    assert len(bounds) < max(parts, 2)
    shards = [Shard("R", n, a, b) for n, (a, b) in enumerate(zip(["", *bounds], [*bounds, ""], strict=True))]
    pages = [house.contents.page("tenant", "p/", shard.cursor, shard.last, 10_000) for shard in shards]
    assert sorted(mark[0] for page in pages for mark in page) == sorted(keys)


def test_old_detections_are_forgotten_beyond_a_bound(house: MemoryHouse) -> None:
    for n in range(10):
        house.upload(f"k{n}", b"%d" % n)
    house.work()
    assert house.store.kept.prune(4) == 6
    assert len(house.store.kept.contents) == 4
    assert timedelta() < LEASE
