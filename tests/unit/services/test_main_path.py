"""From upload to verdict, case, suspension and decision, over in-memory twins."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.adapters.memory import MemoryContents
from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.content import Subject, UploadEvent
from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Severity
from scanner.domain.requests import MAX_ATTEMPTS, Lane
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, HookError
from scanner.ports import Fetched, Unread
from tests.unit.services.house import MemoryHouse


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    return MemoryHouse(book)


def test_a_clean_upload_gets_a_verdict_with_coverage_and_no_case(house: MemoryHouse) -> None:
    house.upload("a.txt", b"hello")
    house.work()
    assert house.words() == {"a.txt": "CLEAN"}
    assert house.store.case_rows == {}
    assert house.store.counts() == {"done:CLEAN": 1}


def test_a_violating_upload_is_suspended_with_sealed_evidence(house: MemoryHouse) -> None:
    house.upload("a.php", b"xx EVIL")
    house.work()
    house.work()
    [case] = house.store.case_rows.values()
    [action] = house.store.action_rows.values()
    assert (case.state, case.clause, case.rule) == (CaseState.QUEUED, "3.1.3.7", "malware.test")
    assert (action.state, action.measure, action.proposer) == (ActionState.DONE, Measure.SUSPEND, "machine")
    assert house.surface.observe(case.subject) == "refused"
    custody = house.store.custody(case.evidence)
    assert house.vault.get(custody.ref).endswith(b"xx EVIL")
    verbs = [entry.body for entry in house.store.log]
    assert sum(b"evidence-sealed" in body for body in verbs) == 1


def test_a_doubtful_upload_waits_for_a_reviewer_and_nothing_is_applied(house: MemoryHouse) -> None:
    house.upload("ad.html", b"ADVERT")
    house.work()
    [case] = house.store.case_rows.values()
    assert (case.state, house.store.action_rows, house.surface.suspended) == (CaseState.QUEUED, {}, {})


def test_a_nursery_hit_is_recorded_and_judges_nothing(house: MemoryHouse) -> None:
    house.upload("n", b"NEW")
    house.work()
    assert house.words() == {"n": "CLEAN"}
    assert len(house.store.judged[0].verdict.findings) == 1


def test_an_encrypted_upload_is_partial_and_opens_no_case(house: MemoryHouse) -> None:
    house.upload("z", b"LOCKED")
    house.work()
    assert house.words() == {"z": "PARTIAL"}
    assert house.store.case_rows == {}


def test_a_gap_that_the_policy_sends_to_review_opens_a_case(house: MemoryHouse) -> None:
    house.upload("z", b"CRASH")
    house.work()
    [case] = house.store.case_rows.values()
    assert case.summary == "not read: parser-crashed"


def test_a_duplicated_event_is_one_request_and_one_case(house: MemoryHouse) -> None:
    first = house.upload("a", b"EVIL", "01")
    assert house.upload("a", b"EVIL", "01").requests == first.requests
    house.work()
    assert (len(house.store.judged), len(house.store.case_rows)) == (1, 1)


def test_the_same_version_under_two_requests_is_one_case(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL", "01")
    house.upload("a", b"EVIL", "02")
    [first, second] = house.work()
    assert (first.cases, second.cases, len(house.store.judged)) == (1, 0, 2)


def test_two_requests_for_one_version_in_one_batch_both_end(house: MemoryHouse) -> None:
    ids = [*house.upload("a", b"EVIL", "01").requests, *house.upload("a", b"EVIL", "02").requests]
    report = house.scanning.scan_batch(ids, "w")
    assert (len(report.judged), report.cases, house.detector.seen) == (2, 1, ["a"])


def test_an_object_replaced_before_the_read_is_not_judged_and_the_new_one_is(house: MemoryHouse) -> None:
    house.upload("a", b"harmless")
    house.contents.put("tenant", "a", b"EVIL")
    house.work()
    assert house.words() == {"a": "FAILED"}
    house.work()
    assert house.words() == {"a": "VIOLATION"}


@pytest.mark.parametrize("reason", [Reason.ACCESS_DENIED, Reason.GONE])
def test_an_object_that_cannot_be_had_is_a_verdict_with_its_reason(house: MemoryHouse, reason: Reason) -> None:
    house.upload("a", b"x")
    house.contents.troubles["tenant", "a"] = Gap(reason)
    house.work()
    assert house.words() == {"a": "FAILED"}
    assert house.store.judged[0].verdict.coverage.reasons == (reason,)


def test_an_object_over_the_limit_is_unscannable(house: MemoryHouse) -> None:
    house.upload("a", b"x" * 1_001)
    house.work()
    assert house.words() == {"a": "UNSCANNABLE"}


def test_a_key_that_the_store_spells_as_the_event_did_is_found(house: MemoryHouse) -> None:
    house.contents.put("tenant", "a+b", b"EVIL")
    house.intake.accept([UploadEvent("tenant", "a b", "", "", 4, "1", raw_key="a+b")])
    house.work()
    house.work()
    assert house.words() == {"a b": "FAILED", "a+b": "VIOLATION"}


def test_a_content_that_kills_three_workers_is_unscannable(house: MemoryHouse) -> None:
    ids = house.upload("poison", b"x").requests
    for _ in range(MAX_ATTEMPTS):
        house.store.claim(ids, "dies", house.clock.now(), house.clock.now() + timedelta(seconds=1))
        house.clock.advance(2)
    [report] = house.work()
    assert report.judged[0].verdict.word == "UNSCANNABLE"
    assert report.judged[0].verdict.coverage.reasons == (Reason.PARSER_CRASHED,)


def test_lost_rings_lose_nothing(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    house.doorbell.rings.clear()
    house.clock.advance(60)
    swept = house.reconciling.sweep()
    house.work()
    assert (swept.requests[Lane.UPLOADS], house.words()) == (1, {"a": "VIOLATION"})


def test_an_unknown_bucket_is_refused_and_nothing_is_filed(house: MemoryHouse) -> None:
    with pytest.raises(HookError, match="s3://other/b: unknown bucket 'other'"):
        house.intake.accept([UploadEvent("tenant", "a"), UploadEvent("other", "b")])
    assert house.store.rows == {}


def test_a_removal_is_passed_over_by_name(house: MemoryHouse) -> None:
    accepted = house.intake.accept([UploadEvent("tenant", "a", kind="removed")])
    assert (accepted.requests, accepted.passed_over) == ((), {"removed": 1})


def test_two_uploads_without_sequencer_are_two_requests(house: MemoryHouse) -> None:
    first = house.upload("a", b"same")
    house.clock.advance(1)
    assert house.upload("a", b"same").requests != first.requests


def test_a_full_vault_opens_the_case_and_holds_the_action_until_there_is_room(house: MemoryHouse) -> None:
    house.vault.full = True
    house.upload("a", b"EVIL")
    house.work()
    house.work()
    [action] = house.store.action_rows.values()
    assert (action.state, house.surface.suspended) == (ActionState.PENDING, {})
    assert "no space left" in action.outcome
    house.vault.full = False
    house.clock.advance(60)
    house.work()
    [action] = house.store.action_rows.values()
    assert (action.state, house.store.custody(action.evidence).state) == (ActionState.DONE, "VERIFIED")


def test_an_action_on_an_object_that_is_gone_is_refused_by_its_guard(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    [ring] = house.doorbell.rings
    house.scanning.scan_batch(ring[1], "w")
    del house.contents.objects["tenant", "a"]
    [action] = house.enforcing.carry_out()
    assert (action.state, action.outcome) == (ActionState.REFUSED, "G1 the judged version is gone")


def test_broken_evidence_blocks_the_action(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    [ring] = house.doorbell.rings
    house.scanning.scan_batch(ring[1], "w")
    house.vault.bundles = dict.fromkeys(house.vault.bundles, b"other bytes")
    [action] = house.enforcing.carry_out()
    assert (action.state, house.surface.suspended) == (ActionState.REFUSED, {})
    assert action.outcome.startswith("G2")


def test_a_protected_account_always_goes_to_a_person(book: Rulebook) -> None:
    house = MemoryHouse(book, protected=frozenset({"account-1"}))
    house.upload("a", b"EVIL")
    house.work()
    assert (len(house.store.case_rows), house.store.action_rows) == (1, {})


def test_a_suspension_that_the_world_does_not_show_is_looked_at_again(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    [ring] = house.doorbell.rings
    house.scanning.scan_batch(ring[1], "w")
    place = ("tenant", "a")
    house.surface.suspended = _Deaf(place)
    [action] = house.enforcing.carry_out()
    assert (action.state, action.outcome) == (ActionState.UNVERIFIED, "still served from outside")
    house.surface.suspended = {place: action.inverse}
    house.clock.advance(60)
    [action] = house.enforcing.carry_out()
    assert action.state is ActionState.DONE


class _Deaf(dict[tuple[str, str], str]):
    """A world that takes a measure and does not show it."""

    def __init__(self, place: tuple[str, str]) -> None:
        super().__init__()
        self.place = place

    def __setitem__(self, place: tuple[str, str], plan: str) -> None:
        assert place == self.place


def decided(house: MemoryHouse, outcome: Outcome) -> None:
    [case] = house.store.case_rows.values()
    held = house.reviewing.claim(case.id, "li")
    house.reviewing.decide(case.id, "li", held.tokens, outcome, "checked")
    house.work()


def test_a_reviewer_suspends_what_waited(house: MemoryHouse) -> None:
    house.upload("ad", b"ADVERT")
    house.work()
    decided(house, Outcome.VIOLATING)
    [action] = house.store.action_rows.values()
    assert (action.state, action.proposer) == (ActionState.DONE, "li")


def test_a_reviewer_who_finds_it_clean_has_the_suspension_undone(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    house.work()
    house.work()
    decided(house, Outcome.CLEAN)
    states = {action.measure: action.state for action in house.store.action_rows.values()}
    assert states == {Measure.SUSPEND: ActionState.DONE, Measure.RESTORE: ActionState.DONE}
    assert house.surface.suspended == {}


def test_a_suspension_not_yet_begun_is_called_off(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    [ring] = house.doorbell.rings
    house.scanning.scan_batch(ring[1], "w")
    decided(house, Outcome.CLEAN)
    [action] = house.store.action_rows.values()
    assert (action.state, action.outcome, house.surface.suspended) == (ActionState.REFUSED, "called off by li", {})


def test_an_escalated_case_stays_open_and_nothing_is_filed(house: MemoryHouse) -> None:
    house.upload("ad", b"ADVERT")
    house.work()
    decided(house, Outcome.ESCALATE)
    [case] = house.store.case_rows.values()
    assert (case.state, case.is_open, house.store.action_rows) == (CaseState.ESCALATED, True, {})


def test_a_restore_on_a_world_that_moved_on_goes_to_a_person(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    house.work()
    house.work()
    house.surface.suspended = dict.fromkeys(house.surface.suspended, "somebody else's")
    decided(house, Outcome.CLEAN)
    restore = next(a for a in house.store.action_rows.values() if a.measure is Measure.RESTORE)
    assert (restore.state, restore.outcome[:3]) == (ActionState.REFUSED, "G13")


def test_a_late_decision_is_refused(house: MemoryHouse) -> None:
    house.upload("ad", b"ADVERT")
    house.work()
    [case] = house.store.case_rows.values()
    late = house.reviewing.claim(case.id, "li")
    house.clock.advance(16 * 60)
    house.reviewing.claim(case.id, "wang")
    with pytest.raises(ConflictError, match="held by wang"):
        house.reviewing.decide(case.id, "li", late.tokens, Outcome.CLEAN, "late")


def test_a_case_given_back_is_free(house: MemoryHouse) -> None:
    house.upload("ad", b"ADVERT")
    house.work()
    [case] = house.store.case_rows.values()
    held = house.reviewing.claim(case.id, "li")
    assert house.reviewing.release(case.id, "li", held.tokens).state is CaseState.QUEUED


def test_a_rescan_scans_what_changed_and_counts_the_rest(house: MemoryHouse) -> None:
    for n in range(5):
        house.upload(f"k{n}", b"fine")
    house.work()
    house.contents.put("tenant", "k1", b"EVIL")
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    standing = house.rescanning.progress(rescan.id)
    assert (standing.rescan.listed, standing.rescan.cached, standing.rescan.state) == (5, 4, "done")
    assert standing.statement.cached == {"CLEAN": 4}
    assert standing.statement.lines == {"scanned:VIOLATION": 1}
    assert standing.statement.is_whole


def test_a_new_rulebook_makes_every_object_owed_again(house: MemoryHouse) -> None:
    house.upload("a", b"fine, and OTHER")
    house.work()
    house.rules.book = replace(house.rules.book, digest="e" * 64)
    house.detector.words[b"OTHER"] = ("other.test", "3.1.3.7", Severity.HIGH)
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    assert house.rescanning.statement(rescan.id).owed == 1


def test_a_paused_rescan_goes_on_where_it_stopped(house: MemoryHouse) -> None:
    for n in range(1_500):
        house.contents.put("tenant", f"k{n:04}", b"fine")
    rescan = house.rescanning.start("tenant", requester="li")
    house.rescanning.list_page(rescan.id)
    house.rescanning.steer(rescan.id, "pause")
    assert house.rescanning.list_page(rescan.id) == "over"
    house.rescanning.steer(rescan.id, "resume")
    list(house.rescanning.run_listing(rescan.id))
    row = house.rescanning.progress(rescan.id).rescan
    assert (row.listed, row.requested, len(house.store.rows)) == (1_500, 1_500, 1_500)


def test_the_subject_of_a_case_names_the_version_that_was_read(house: MemoryHouse) -> None:
    house.intake.accept([UploadEvent("tenant", "late", sequencer="1")])
    put = house.contents.put("tenant", "late", b"EVIL")
    house.work()
    [case] = house.store.case_rows.values()
    assert replace(case.subject, modified="") == Subject("tenant", "late", "", put.etag, 4, "account-1")


def test_a_dead_action_is_replayed_by_hand(house: MemoryHouse) -> None:
    house.upload("a", b"EVIL")
    [ring] = house.doorbell.rings
    house.scanning.scan_batch(ring[1], "w")
    [action] = house.store.action_rows.values()
    house.store.action_rows[action.id] = replace(action, state=ActionState.DEAD, attempts=40)
    house.enforcing.replay(action.id, "ops")
    house.work()
    assert house.store.action(action.id).state is ActionState.DONE


def test_a_poison_burns_nobody_elses_attempts(house: MemoryHouse) -> None:
    """A worker that dies of one object of a batch: the others are scanned at their second try."""
    ids = [house.upload(key, key.encode()).requests[0] for key in ("a", "poison", "b")]
    now = house.clock.now()
    house.store.claim(ids, "dies", now, now + timedelta(seconds=1))
    house.clock.advance(2)
    house.scanning = replace(house.scanning, contents=_Deadly(house.contents))
    for _ in range(MAX_ATTEMPTS):
        for number in ids:
            with contextlib.suppress(MemoryError):
                house.scanning.scan_batch([number], "w")
        house.clock.advance(200)
    assert house.words() == {"a": "CLEAN", "b": "CLEAN", "poison": "UNSCANNABLE"}
    assert house.detector.seen == ["a", "b"]


class _Deadly:
    """A store whose object `poison` kills whoever reads it."""

    def __init__(self, contents: MemoryContents) -> None:
        self.contents = contents

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        if any(subject.key == "poison" for subject in subjects):
            raise MemoryError("the worker dies")
        return self.contents.read(subjects, limit)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        return self.contents.listing(bucket, prefix, after)

    def missing(self, bucket: str) -> bool:
        return self.contents.missing(bucket)
