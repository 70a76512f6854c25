"""What a measure moved to quarantine: it is found there, given back, and deleted there by two people, whatever dies."""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.adapters.memory import MemoryContents
from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import AmbiguousError, ChangedError, ConflictError, EnforcementError, GoneError
from scanner.ports import Fetched, Unread
from scanner.services.casework import new_action
from scanner.services.whereabouts import Whereabouts
from tests.unit.services.house import MemoryHouse
from tests.unit.services.test_courses import Town

AWAY = "aup-quarantine"


class Killed(BaseException):
    """The worker is gone."""


class Moving:
    """A surface that moves what it suspends to a bucket of ours, as `s3_quarantine` does."""

    def __init__(self, contents: MemoryContents) -> None:
        self.contents, self.made = contents, 0

    def lies(self, place: Subject) -> bool:
        data = self.contents.objects.get((place.bucket, place.key))
        return data is not None and hashlib.md5(data).hexdigest() == place.etag

    def plan(self, subject: Subject) -> str:
        if not self.lies(subject):
            raise GoneError("is not there", where=subject.url)
        self.made += 1
        return json.dumps({"token": f"{subject.bucket}/{self.made}", "seen": "served"})

    def suspend(self, subject: Subject, plan: str) -> None:
        kept = (AWAY, json.loads(plan)["token"])
        if kept not in self.contents.objects:
            if not self.lies(subject):
                raise ChangedError("is gone, or another one", where=subject.url)
            self.contents.objects[kept] = self.contents.objects[subject.bucket, subject.key]
        if self.lies(subject):
            del self.contents.objects[subject.bucket, subject.key]

    def restore(self, subject: Subject, plan: str) -> None:
        kept, place = (AWAY, json.loads(plan)["token"]), (subject.bucket, subject.key)
        if self.lies(subject):
            return
        if place in self.contents.objects or kept not in self.contents.objects:
            raise ConflictError("not as we left it", where=subject.url)
        self.contents.objects[place] = self.contents.objects[kept]

    def before(self, plan: str) -> str:
        return str(json.loads(plan)["seen"])

    def observe(self, subject: Subject) -> str:
        return "served" if self.lies(subject) else "gone"

    def moved(self, subject: Subject, plan: str) -> Subject | None:
        place = replace(subject, bucket=AWAY, key=json.loads(plan)["token"])
        return place if self.lies(place) else None


def moving(house: MemoryHouse) -> Moving:
    """The house on a store where objects can only be moved away."""
    surface = Moving(house.contents)
    whereabouts = Whereabouts(surface.moved, house.store.actions_of)
    house.guarding = replace(house.guarding, whereabouts=whereabouts)
    carrying = replace(house.enforcing.carrying, guarding=house.guarding, surface=surface)
    house.enforcing = replace(house.enforcing, surface=surface, carrying=carrying)
    return surface


@pytest.fixture
def town(book: Rulebook) -> Town:
    made = Town(book)
    surface = moving(made.house)
    made.deleting = replace(made.deleting, guarding=made.house.guarding)
    made.watching = replace(made.watching, guarding=made.house.guarding, surface=surface)
    return made


def approved(town: Town) -> Action:
    """A deletion by two people whose cool-off is over."""
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen it too")
    town.house.clock.advance(timedelta(days=8).total_seconds())
    return action


def lying(town: Town) -> list[tuple[str, str]]:
    return sorted(town.house.contents.objects)


def stored(town: Town, action: Action) -> Action:
    return town.house.store.action(action.id)


def carried(town: Town, times: int = 3) -> None:
    for _ in range(times):
        town.house.enforcing.carry_out()
        town.house.clock.advance(3_600)


def test_what_is_in_quarantine_is_deleted_by_two_people_after_the_cool_off(town: Town) -> None:
    action = approved(town)
    assert lying(town) == [(AWAY, "tenant/1")]
    town.house.enforcing.carry_out()
    assert (lying(town), stored(town, action).state, town.course().stage) == ([], ActionState.DONE, Stage.DELETED)


def test_before_the_cool_off_is_over_quarantine_keeps_it(town: Town) -> None:
    case = town.proposed()
    town.deleting.approve(case, "wang", "seen it too")
    carried(town)
    assert lying(town) == [(AWAY, "tenant/1")]


def test_other_bytes_in_quarantine_are_never_deleted(town: Town) -> None:
    action = approved(town)
    town.house.contents.objects[AWAY, "tenant/1"] = b"another's"
    town.house.enforcing.carry_out()
    assert (lying(town), stored(town, action).state) == ([(AWAY, "tenant/1")], ActionState.REFUSED)
    assert "G1 the judged version is gone" in stored(town, action).outcome


def test_bytes_of_the_same_etag_and_another_hash_are_not_deleted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    action = approved(town)
    really = MemoryContents.read

    def read(self: MemoryContents, asked: list[Subject], limit: int) -> list[Fetched | Unread]:
        colliding = [Fetched(one, one, b"collides") for one in asked if one.bucket == AWAY]
        return [*colliding] or list(really(self, asked, limit))

    monkeypatch.setattr(MemoryContents, "read", read)
    town.house.enforcing.carry_out()
    done = stored(town, action)
    assert (lying(town), done.state) == ([(AWAY, "tenant/1")], ActionState.REFUSED)
    assert done.outcome == "G1 other bytes lie there now"


def test_a_store_that_was_not_shown_to_delete_exactly_keeps_what_is_in_quarantine(town: Town) -> None:
    action = approved(town)
    town.house.remover.able = False
    town.house.enforcing.carry_out()
    assert (len(lying(town)), "G1 the store was not shown" in stored(town, action).outcome) == (1, True)


def test_what_the_owner_put_there_meanwhile_is_left_alone(town: Town) -> None:
    action = approved(town)
    town.house.contents.put("tenant", "a", b"mended")
    town.house.enforcing.carry_out()
    assert (lying(town), stored(town, action).state) == ([("tenant", "a")], ActionState.DONE)
    assert town.house.contents.objects["tenant", "a"] == b"mended"


def test_the_same_bytes_put_there_again_are_deleted_with_what_is_in_quarantine(town: Town) -> None:
    action = approved(town)
    town.house.contents.put("tenant", "a", b"EVIL")
    town.house.enforcing.carry_out()
    assert (lying(town), stored(town, action).state) == ([], ActionState.DONE)


def test_quarantine_that_cannot_be_read_puts_the_deletion_off(town: Town) -> None:
    action = approved(town)
    town.house.contents.troubles[AWAY, "tenant/1"] = Gap(Reason.ACCESS_DENIED)
    town.house.enforcing.carry_out()
    assert (len(lying(town)), stored(town, action).state) == (1, ActionState.PENDING)
    del town.house.contents.troubles[AWAY, "tenant/1"]
    carried(town)
    assert stored(town, action).state is ActionState.DONE


@pytest.mark.parametrize("hit", [False, True])
def test_a_lost_answer_is_read_back_in_quarantine(town: Town, hit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    action, asked = approved(town), list[Subject]()
    really = type(town.house.remover).remove

    def remove(self: object, place: Subject) -> None:
        asked.append(place)
        if len(asked) == 1:
            if hit:
                really(self, place)  # type: ignore[arg-type]
            raise AmbiguousError("no answer", where=place.url)
        really(self, place)  # type: ignore[arg-type]

    monkeypatch.setattr(type(town.house.remover), "remove", remove)
    town.house.enforcing.carry_out()
    assert stored(town, action).state is ActionState.UNKNOWN
    carried(town)
    assert (lying(town), stored(town, action).state, len(asked)) == ([], ActionState.DONE, 1 if hit else 2)


def test_a_deletion_that_took_hold_in_quarantine_cannot_be_withdrawn_and_one_that_did_not_can(town: Town) -> None:
    action = approved(town)
    town.house.remover.faults.append(EnforcementError("answered 503"))
    town.house.enforcing.carry_out()
    assert town.course().stage is Stage.DELETING
    kept = town.house.contents.objects.pop((AWAY, "tenant/1"))
    with pytest.raises(ConflictError, match="is gone already"):
        town.deleting.withdraw(action.case, "li", "a mistake")
    town.house.contents.objects[AWAY, "tenant/1"] = kept
    town.deleting.withdraw(action.case, "li", "a mistake")
    carried(town)
    assert (len(lying(town)), town.course().stage) == (1, Stage.NOTICED_FINAL)


@pytest.mark.parametrize("point", range(12))
@pytest.mark.parametrize("kind", ["suspend", "delete"])
def test_a_worker_that_dies_anywhere_loses_no_object_and_leaves_no_act_half_done(
    town: Town, kind: str, point: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after each commit and each call to the store: the next worker ends what this one began."""
    if kind == "delete":
        approved(town)
    else:
        town.house.upload("a", b"EVIL")
        ring = town.house.doorbell.rings[-1]
        town.house.scanning.scan_batch(ring[1], "w")
    met = list[str]()

    def dying(kind: type, name: str) -> None:
        really: Callable[..., object] = getattr(kind, name)

        def call(self: object, *given: object) -> object:
            _die(met, point)
            answer = really(self, *given)
            _die(met, point)
            return answer

        monkeypatch.setattr(kind, name, call)

    dying(type(town.house.kept), "commit")
    dying(type(town.house.remover), "remove")
    dying(Moving, "suspend")
    for _ in range(4):
        with contextlib.suppress(Killed):
            town.house.enforcing.carry_out()
        town.house.clock.advance(3_600)
    [action] = [one for one in town.house.store.action_rows.values() if one.measure.value == kind]
    assert action.state is ActionState.DONE, action.outcome
    wanted = ([], Stage.DELETED) if kind == "delete" else ([AWAY], Stage.SUSPENDED)
    assert ([bucket for bucket, _ in lying(town)], town.course().stage) == wanted


def _die(met: list[str], point: int) -> None:
    met.append("")
    if len(met) - 1 == point:
        raise Killed


def second(town: Town, first: Action) -> Action:
    """A person's suspension of the same version for another case."""
    case = replace(town.house.store.case(first.case), id="C2", rule="new.test", revision=1)
    action = new_action(case, Measure.SUSPEND, "li", town.house.clock.now())
    town.house.kept.commit(Change(cases=(case,), actions=(action,)))
    return action


def found_clean(town: Town, case: str) -> None:
    held = town.house.reviewing.claim(case, "li")
    town.house.reviewing.decide(case, "li", held.tokens, Outcome.CLEAN, "licensed")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_two_cases_hold_in_quarantine_is_given_back_with_the_last(town: Town, order: tuple[int, int]) -> None:
    first = town.suspended()
    action = second(town, first)
    carried(town)
    assert (stored(town, action).state, town.course().grounds) == (ActionState.DONE, (first.case, "C2"))
    cases = (first.case, "C2")
    found_clean(town, cases[order[0]])
    carried(town)
    assert (lying(town), town.course().grounds) == ([(AWAY, "tenant/1")], (cases[order[1]],))
    found_clean(town, cases[order[1]])
    carried(town)
    assert (("tenant", "a") in lying(town), town.course().stage) == (True, Stage.ACTIVE)
    assert all(one.state is ActionState.DONE for one in town.house.store.action_rows.values())


def test_two_cases_found_clean_at_once_give_it_back(town: Town) -> None:
    first = town.suspended()
    second(town, first)
    carried(town)
    found_clean(town, first.case)
    found_clean(town, "C2")
    carried(town, 6)
    assert (("tenant", "a") in lying(town), town.course().stage) == (True, Stage.ACTIVE)
    assert all(one.state is ActionState.DONE for one in town.house.store.action_rows.values())


def test_what_cannot_be_given_back_for_the_owners_new_object_is_kept_for_a_person(town: Town) -> None:
    action = town.suspended()
    town.house.contents.put("tenant", "a", b"mended")
    held = town.house.reviewing.claim(action.case, "li")
    town.house.reviewing.decide(action.case, "li", held.tokens, Outcome.CLEAN, "licensed")
    carried(town)
    [restore] = [one for one in town.house.store.action_rows.values() if one.measure is Measure.RESTORE]
    assert (restore.state, town.course().stage) == (ActionState.REFUSED, Stage.REINSTATING)
    del town.house.contents.objects["tenant", "a"]
    town.house.enforcing.replay(restore.id, "li")
    carried(town)
    assert (stored(town, restore).state, town.course().stage) == (ActionState.DONE, Stage.ACTIVE)
    assert town.house.contents.objects["tenant", "a"] == b"EVIL"


def test_copies_of_earlier_rounds_are_deleted_with_the_last(town: Town) -> None:
    action = approved(town)
    earlier = replace(
        town.suspension(), id="A0", inverse=json.dumps({"token": "tenant/0", "seen": "served"}), revision=1
    )
    town.house.store.action_rows["A0"] = earlier
    town.house.contents.objects[AWAY, "tenant/0"] = b"EVIL"
    town.house.enforcing.carry_out()
    assert (lying(town), stored(town, action).state) == ([], ActionState.DONE)
