"""Courses through the services: suspended, noticed, appealed, reinstated; and, by two people, deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import CaseState
from scanner.domain.enforcement.appeals import Ground
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Delivery, Notice
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import AmbiguousError, EnforcementError, TransitionError
from scanner.ports_enforcement import Post
from scanner.services.appealing import Appealing
from scanner.services.custody import Custodian
from scanner.services.deleting import Deleting
from scanner.services.noticing import Noticing
from scanner.services.watching import Watching
from tests.unit.services.house import MemoryHouse, PlainSealer


class Letters:
    """A postman that remembers, or refuses while `down`."""

    def __init__(self) -> None:
        self.down, self.posts = False, list[Post]()

    def deliver(self, post: Post) -> str:
        if self.down:
            raise EnforcementError("no answer", where=post.id)
        self.posts.append(post)
        return "taken"


class Town:
    """A house with everything that people's rights need."""

    def __init__(self, book: Rulebook) -> None:
        self.house = h = MemoryHouse(book)
        self.letters = Letters()
        self.noticing = Noticing(
            h.kept, h.kept, h.store, h.kept, h.rules, self.letters, h.clock, "https://appeal.test/{id}"
        )
        self.appealing = Appealing(h.guarding, h.kept, h.store, h.store, h.kept, h.doorbell, h.clock)
        self.deleting = Deleting(h.guarding, h.store, h.store, h.kept, h.clock)
        self.watching = Watching(h.guarding, h.surface, h.store, h.store, h.kept, h.clock)
        self.custodian = Custodian(h.store, h.kept, h.vault, h.clock, PlainSealer())

    def suspended(self) -> Action:
        """One violating upload, suspended."""
        self.house.upload("a", b"EVIL")
        self.house.work()
        return self.suspension()

    def suspension(self) -> Action:
        return next(a for a in self.house.store.action_rows.values() if a.measure is Measure.SUSPEND)

    def course(self) -> Course:
        action = self.suspension()
        return self.house.guarding.course(action.subject, action.sha256)

    def noticed(self) -> Notice:
        """The same with its notice delivered."""
        self.suspended()
        self.noticing.write()
        return self.noticing.send()[0]

    def proposed(self) -> str:
        """The same, seen by two people and proposed by one; the case."""
        case = self.noticed().case
        for person in ("li", "wang"):
            self.custodian.view(case, person, "to decide")
        self.deleting.propose(case, "li", "malware")
        return case

    def seen(self) -> str:
        return self.house.surface.observe(self.suspension().subject)


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def test_a_suspension_leads_its_course_to_suspended(town: Town) -> None:
    assert town.suspended().state is ActionState.DONE
    assert (town.course().stage, town.course().shown) == (Stage.SUSPENDED, "served")
    assert town.course().ends_at is not None


def test_a_notice_is_written_once_and_begins_the_cool_off(town: Town) -> None:
    notice = town.noticed()
    assert notice.state is Delivery.SENT
    assert town.noticing.write() == []
    assert town.course().stage is Stage.NOTICED
    assert "https://appeal.test/" in town.letters.posts[0].text
    assert b"EVIL" not in town.letters.posts[0].document


def test_a_notice_says_what_was_found_in_each_language(town: Town) -> None:
    book = town.house.rules.book
    rule = replace(book.rules["malware.test"], description="a test file", description_zh="测试文件")
    town.house.rules.book = replace(book, rules={**book.rules, rule.id: rule})
    notice = town.noticed()
    assert "malware.test: a test file." in notice.facts_en
    assert "malware.test：测试文件。" in notice.facts_zh


def test_a_notice_over_a_report_names_no_rule_that_found_it(town: Town) -> None:
    town.suspended()
    rows = town.house.store.case_rows
    [case] = rows.values()
    rows[case.id] = replace(case, source="report", rule="report.phishing")
    [notice] = town.noticing.write()
    assert "was reported to us, and a person confirmed it. Kind of report: report.phishing." in notice.facts_en
    assert "举报类别：report.phishing。" in notice.facts_zh


def test_a_receiver_that_is_down_keeps_the_course_from_its_cool_off(town: Town) -> None:
    town.suspended()
    town.letters.down = True
    town.noticing.write()
    assert [one.state for one in town.noticing.send()] == [Delivery.PENDING]
    assert town.course().stage is Stage.SUSPENDED
    town.letters.down = False
    town.house.clock.advance(60)
    assert [one.state for one in town.noticing.send()] == [Delivery.SENT]


def test_a_notice_that_gave_up_is_brought_back_by_a_person(town: Town) -> None:
    town.suspended()
    town.letters.down = True
    [notice] = town.noticing.write()
    while notice.state is Delivery.PENDING:
        town.house.clock.advance(90_000)
        [notice] = town.noticing.send()
    assert (notice.state, town.noticing.send()) == (Delivery.DEAD, [])
    town.letters.down = False
    assert town.noticing.replay(notice.id, "li").attempts == 0
    assert [one.state for one in town.noticing.send()] == [Delivery.SENT]
    assert town.course().stage is Stage.NOTICED
    with pytest.raises(TransitionError, match="notice is SENT"):
        town.noticing.replay(notice.id, "li")


def test_a_granted_appeal_reinstates_and_charges_the_rule(town: Town) -> None:
    appeal = town.appealing.file(town.noticed().id, Ground.MISCLASSIFIED, "a test file")
    done = town.appealing.judge(appeal.id, "wang", granted=True, reason="it is one")
    town.house.enforcing.carry_out()
    assert (done.charged, town.seen(), town.course().stage) == ("malware.test", "served", Stage.ACTIVE)
    assert town.house.store.case(appeal.case).state is CaseState.DECIDED_CLEAN


def test_a_denied_appeal_leaves_it_suspended(town: Town) -> None:
    appeal = town.appealing.file(town.noticed().id, Ground.FIXED, "mended")
    town.appealing.judge(appeal.id, "wang", granted=False, reason="it is not")
    assert (town.seen(), town.course().stage) == ("refused", Stage.NOTICED_FINAL)


def test_whoever_proposed_the_deletion_does_not_judge_the_appeal(town: Town) -> None:
    case = town.proposed()
    appeal = town.appealing.file(town.house.kept.notices_of(town.course().id)[0].id, Ground.OTHER, "no")
    with pytest.raises(TransitionError):
        town.deleting.approve(case, "wang", "seen")
    assert town.appealing.judge(appeal.id, "zhao", granted=False, reason="it is malware").judge == "zhao"


def test_a_deletion_needs_two_people_and_the_whole_cool_off(town: Town) -> None:
    case = town.proposed()
    with pytest.raises(TransitionError, match="G6 the approver is the proposer"):
        town.deleting.approve(case, "li", "me too")
    action = town.deleting.approve(case, "wang", "seen")
    assert town.house.enforcing.carry_out() == []
    town.house.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    [done] = town.house.enforcing.carry_out()
    assert (done.id, done.state, town.course().stage) == (action.id, ActionState.DONE, Stage.DELETED)
    assert town.house.contents.objects == {}


def test_a_person_who_never_opened_the_evidence_cannot_approve(town: Town) -> None:
    case = town.noticed().case
    town.custodian.view(case, "li", "to decide")
    town.deleting.propose(case, "li", "malware")
    with pytest.raises(TransitionError, match="wang did not open the evidence"):
        town.deleting.approve(case, "wang", "trust me")


def due(town: Town) -> None:
    """A deletion approved and due."""
    town.deleting.approve(town.proposed(), "wang", "seen")
    town.house.clock.advance(timedelta(days=8).total_seconds())


def overwritten(town: Town) -> None:
    town.house.contents.put("tenant", "a", b"mended")


def tainted(town: Town) -> None:
    town.house.vault.bundles = dict.fromkeys(town.house.vault.bundles, b"x")


def unproven(town: Town) -> None:
    town.house.remover.able = False


@pytest.mark.parametrize(
    ("spoil", "guard"),
    [(overwritten, "G1"), (tainted, "G2 the evidence is TAINTED"), (unproven, "G1 the store was not")],
)
def test_a_due_deletion_is_refused_when_something_changed(
    town: Town, spoil: Callable[[Town], None], guard: str
) -> None:
    due(town)
    spoil(town)
    before = dict(town.house.contents.objects)
    [done] = town.house.enforcing.carry_out()
    assert done.state is ActionState.REFUSED
    assert guard in done.outcome
    assert town.house.contents.objects == before


def test_a_lost_answer_to_a_delete_is_unknown_until_read_back(town: Town) -> None:
    due(town)
    town.house.remover.faults.append(AmbiguousError("no answer"))
    [first] = town.house.enforcing.carry_out()
    assert first.state is ActionState.UNKNOWN
    town.house.clock.advance(60)
    [second] = town.house.enforcing.carry_out()
    assert (second.state, town.course().stage) == (ActionState.DONE, Stage.DELETED)


def test_a_withdrawn_proposal_calls_its_deletion_off(town: Town) -> None:
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen")
    assert town.deleting.withdraw(case, "li", "not sure").stage is Stage.NOTICED_FINAL
    assert town.house.store.action(action.id).state is ActionState.REFUSED


def test_drift_is_mended_and_told(town: Town) -> None:
    town.suspended()
    town.house.surface.suspended.clear()
    town.house.clock.advance(7_200)
    assert town.watching.look_again() == {"mended": 1}
    assert (town.seen(), town.course().stage) == ("refused", Stage.SUSPENDED)
    assert town.watching.look_again() == {}


def test_a_restriction_ends_by_itself_unless_a_person_renews_it(town: Town) -> None:
    town.suspended()
    town.noticing.renew(town.course().id, "li", "still harmful", 200)
    town.house.clock.advance(timedelta(days=100).total_seconds())
    assert town.watching.lapse() == []
    town.house.clock.advance(timedelta(days=101).total_seconds())
    assert len(town.watching.lapse()) == 1
    town.house.enforcing.carry_out()
    assert (town.seen(), town.course().stage) == ("served", Stage.ACTIVE)


def test_the_owner_of_a_renewed_restriction_is_told_its_new_end_and_may_appeal_anew(town: Town) -> None:
    first = town.noticed()
    town.house.clock.advance(timedelta(days=89).total_seconds())
    course = town.noticing.renew(town.course().id, "li", "still harmful", 200)
    [told] = town.noticing.send()
    assert (told.ends_at, told.applied_at, told.state) == (course.ends_at, first.applied_at, Delivery.SENT)
    assert town.house.kept.notices_of(course.id) == [told, first]
    assert f"{course.ends_at:%Y-%m-%d}" in town.letters.posts[-1].text
    assert (town.course().stage, town.noticing.write()) == (Stage.NOTICED, [])
    town.house.clock.advance(timedelta(days=150).total_seconds())  # more than the appeal window after the first notice
    assert town.appealing.file(told.id, Ground.FIXED, "mended").case == first.case


def test_a_notice_that_is_still_to_be_sent_says_the_new_end_itself(town: Town) -> None:
    town.suspended()
    town.noticing.write()
    course = town.noticing.renew(town.course().id, "li", "still harmful", 200)
    assert [one.ends_at for one in town.noticing.send()] == [course.ends_at]
    assert len(town.house.kept.notices_of(course.id)) == 1


def test_a_flood_over_many_customers_goes_to_people(town: Town) -> None:

    town.suspended()
    action = town.suspension()
    for number in range(30):
        subject = replace(action.subject, key=f"k{number}", account=f"account-{number}")
        flooded = Course(f"K{number}", subject, action.sha256, rule="malware.test", filed_at=town.house.clock.now())
        from scanner.domain.changes import Change

        town.house.kept.commit(Change(courses=(flooded,)))
    town.house.upload("b", b"EVIL again")
    town.house.work()
    refused = [a for a in town.house.store.action_rows.values() if a.subject.key == "b"]
    assert [a.state for a in refused] == [ActionState.REFUSED]
    assert "G8 the flood breaker is open" in refused[0].outcome
    assert len(town.house.store.case_rows) == 2


def test_a_dry_run_writes_nothing_anywhere(town: Town) -> None:

    town.house.upload("a", b"EVIL")
    [ring] = town.house.doorbell.rings
    town.house.scanning.scan_batch(ring[1], "w")
    log, plans = len(town.house.store.log), dict(town.house.surface.suspended)
    [would] = replace(town.house.enforcing, dry_run=True).carry_out()
    assert would.state is ActionState.PENDING
    assert (len(town.house.store.log), town.house.surface.suspended) == (log, plans)
