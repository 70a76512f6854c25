"""Known objects under changed rules: settled by a look at their bytes, and never without one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Severity
from scanner.domain.rescans import Statement
from scanner.domain.rules import Rulebook
from scanner.ports import Fetched, Unread
from scanner.services import reads, renewing
from tests.unit.services.house import MemoryHouse

OTHER = ("other.test", "3.1.3.7", Severity.HIGH)


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    """One calm object that was scanned, and rules of which one is new since."""
    made = MemoryHouse(book)
    made.contents.put("tenant", "k", b"fine")
    _rescan(made)
    made.detector.words[b"OTHER"] = OTHER
    made.rules.book = replace(made.rules.book, digest="e" * 64)
    return made


def _rescan(house: MemoryHouse) -> Statement:
    house.clock.advance(60)
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    return house.rescanning.progress(rescan.id).statement


def test_what_changed_rules_cannot_match_needs_no_request(house: MemoryHouse) -> None:
    before = len(house.store.rows)
    assert _rescan(house).cached == {"CLEAN": 1}
    assert len(house.store.rows) == before
    assert [row.edition for row in house.store.kept.objects.values()] == [house.knowing.edition().id]


def test_a_calm_content_keeps_its_document_and_is_told_under_the_rules_in_force(house: MemoryHouse) -> None:
    _rescan(house)
    [known] = house.store.kept.contents.values()
    assert (known.edition, known.detection.coverage.rulebook_digest) == (house.knowing.edition().id, "d" * 64)
    house.knowing._recent.clear()
    house.contents.put("tenant", "copy", b"fine")
    assert _rescan(house).lines == {"scanned:CLEAN": 1}
    assert house.store.judged[-1].verdict.coverage.rulebook_digest == "e" * 64
    assert house.detector.seen == ["k"]  # the copy was known


def test_copies_of_a_calm_content_need_no_request(house: MemoryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.contents.put("tenant", "copy", b"fine")
    house.detector.words.pop(b"OTHER")
    _rescan(house)
    house.detector.words[b"OTHER"] = OTHER
    monkeypatch.setattr("scanner.services.rescanning.PAGE", 1)
    assert _rescan(house).cached == {"CLEAN": 2}


def test_after_a_calm_renewal_other_policies_need_no_bytes(house: MemoryHouse) -> None:
    _rescan(house)
    house.contents.troubles = {("tenant", "k"): Gap(Reason.GONE)}
    house.rules.book = replace(house.rules.book, digest="f" * 64)
    assert _rescan(house).cached == {"CLEAN": 1}


def test_a_calm_content_under_a_key_with_a_finding_is_judged_by_its_key(house: MemoryHouse) -> None:
    house.contents.put("tenant", "badname", b"fine")
    assert _rescan(house).lines == {"scanned:SUSPECT": 1}
    house.detector.words[b"MORE"] = OTHER
    assert _rescan(house).cached == {"CLEAN": 1}  # the calm one; the other's verdict needs its case and is scanned
    assert house.words() == {"k": "CLEAN", "badname": "SUSPECT"}


def test_rules_that_change_while_calm_contents_are_looked_at_settle_nothing(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = type(house.detector).calm_all

    def late(self: object, samples: object, difference: object) -> object:
        house.detector.words[b"fine"] = OTHER
        return look(self, samples, difference)  # type: ignore[arg-type]

    monkeypatch.setattr(type(house.detector), "calm_all", late)
    assert _rescan(house).cached == {}


def test_what_is_larger_is_owed_a_scan(house: MemoryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "SMALL", 3)
    assert _rescan(house).lines == {"scanned:CLEAN": 1}


def test_what_does_not_come_is_owed_a_scan(house: MemoryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = lambda subjects, limit: iter([Unread(each, Gap(Reason.DAMAGED)) for each in subjects])  # noqa: E731
    monkeypatch.setattr(type(house.contents), "read", lambda self, subjects, limit: lost(subjects, limit))
    statement = _rescan(house)
    assert statement.cached == {}
    assert statement.is_whole


@pytest.mark.parametrize("what", ["bytes", "time", "type"])
def test_an_object_that_is_another_by_now_is_owed_a_scan(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    read = type(house.contents).read

    def other(self: object, subjects: object, limit: int) -> object:
        for each in read(self, subjects, limit):  # type: ignore[arg-type]
            assert isinstance(each, Fetched)
            if what == "bytes":
                yield replace(each, data=b"evil", sha256="")
            elif what == "time":
                yield replace(each, subject=replace(each.subject, modified="2020-01-01T00:00:00+00:00"))
            else:
                yield replace(each, media_type="text/html")

    monkeypatch.setattr(type(house.contents), "read", other)
    assert _rescan(house).cached == {}


def test_a_page_that_takes_long_is_broken_off(house: MemoryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("l", "m"):
        house.contents.put("tenant", name, name.encode())
    house.detector.words.pop(b"OTHER")
    _rescan(house)
    house.detector.words[b"OTHER"] = OTHER
    monkeypatch.setattr(reads, "GROUP_READS", 1)
    monkeypatch.setattr(renewing, "SPAN", timedelta(seconds=-1))
    statement = _rescan(house)
    assert (statement.cached, statement.lines) == ({"CLEAN": 1}, {"scanned:CLEAN": 2})
