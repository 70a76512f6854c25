"""Retention, crypto-shredding and checkpoints."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.vault import DirectoryVault
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import CaseState
from scanner.domain.changes import Change
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import TaintedError, VaultError
from scanner.services.checkpointing import Checkpointing
from scanner.services.retaining import Retaining
from scanner.wire.checkpoints import read_checkpoint, sign_checkpoint, verify_log
from scanner.wire.seal import Keys, load_or_create_keys
from tests.unit.enforcement.test_appeals_orders import ORDER
from tests.unit.services.house import MemoryHouse


class Shredder:
    """Remembers whose key was destroyed."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    def destroy(self, case: str) -> bool:
        self.cases.append(case)
        return True

    def sign(self, message: bytes) -> bytes:
        return message


class Lock:
    """Remembers what was held and prolonged; breaks on demand."""

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []
        self.broken = False

    def hold(self, ref: str, *, on: bool) -> bool:
        if self.broken:
            raise VaultError("no answer", where=ref)
        self.done.append(("hold", on))
        return True

    def extend(self, ref: str, until: datetime) -> bool:
        self.done.append(("extend", until.date()))
        return True


class Keeper:
    """A house with one suspended upload, and its retention."""

    def __init__(self, book: Rulebook, payload: bytes = b"EVIL") -> None:
        self.house, self.shredder = MemoryHouse(book), Shredder()
        h = self.house
        h.upload("a", payload)
        h.work()
        self.lock = Lock()
        self.retaining = Retaining(h.guarding, h.kept, h.store, h.kept, h.rules, self.shredder, self.lock, h.clock)

    def later(self, days: int) -> dict[str, int]:
        self.house.clock.advance(timedelta(days=days).total_seconds())
        return self.retaining.review()

    def reinstate(self) -> None:
        case = next(iter(self.house.store.case_rows))
        from scanner.domain.cases import Outcome

        held = self.house.reviewing.claim(case, "li")
        self.house.reviewing.decide(case, "li", held.tokens, Outcome.CLEAN, "harmless")
        self.house.enforcing.carry_out()

    def state(self) -> str:
        return next(iter(self.house.store.custody_rows.values())).state


@pytest.fixture
def keeper(book: Rulebook) -> Keeper:
    return Keeper(book)


def test_evidence_stays_while_its_restriction_stands(keeper: Keeper) -> None:
    assert keeper.later(1) == {}
    keeper.later(400)
    keeper.later(400)
    assert keeper.state() == "RETAINED"
    assert keeper.shredder.cases == []


def test_evidence_of_a_case_that_nobody_decided_stays(book: Rulebook) -> None:
    keeper = Keeper(book, b"ADVERT")
    assert not keeper.house.store.action_rows
    keeper.later(400)
    keeper.later(400)
    assert (keeper.state(), keeper.shredder.cases) == ("RETAINED", [])
    keeper.reinstate()
    keeper.later(400)
    assert keeper.state() == "EXPIRED"


def test_evidence_whose_time_is_over_loses_its_key(keeper: Keeper) -> None:
    keeper.reinstate()
    keeper.later(400)
    assert keeper.later(400) == {"expired": 1}
    assert keeper.state() == "EXPIRED"
    assert keeper.shredder.cases == list(keeper.house.store.case_rows)
    assert keeper.later(400) == {}
    assert b"evidence-expired" in keeper.house.store.log[-1].body


def test_a_hold_by_order_keeps_evidence_beyond_its_time(keeper: Keeper) -> None:
    keeper.reinstate()
    hold = replace(ORDER, wants="hold", scope=("tenant",), received_at=keeper.house.clock.now(), ends_at=None, id="O9")
    keeper.house.kept.commit(Change(orders=(hold,)))
    assert keeper.later(400) == {"held": 1}
    assert keeper.later(400) == {"held": 1}
    assert keeper.shredder.cases == []
    assert [what for what in keeper.lock.done if what[0] == "hold"] == [("hold", True)]


def test_a_hold_that_the_vault_refuses_is_not_recorded_as_held(keeper: Keeper) -> None:
    keeper.reinstate()
    hold = replace(ORDER, wants="hold", scope=("tenant",), received_at=keeper.house.clock.now(), ends_at=None, id="O9")
    keeper.house.kept.commit(Change(orders=(hold,)))
    keeper.lock.broken = True
    assert keeper.later(400) == {"vault-refused": 1}
    assert keeper.state() == "VERIFIED"
    assert b'"verb":"alarm"' in keeper.house.store.log[-1].body


def test_a_lock_is_prolonged_with_the_evidence(keeper: Keeper) -> None:
    keeper.later(400)
    until = next(iter(keeper.house.store.custody_rows.values())).retain_until
    assert [str(day) for what, day in keeper.lock.done if what == "extend"][-1] == until


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_or_create_keys(tmp_path / "keys")


def checkpointing(house: MemoryHouse, keys: Keys, folder: Path) -> Checkpointing:
    places = DirectoryVault(folder / "here"), (DirectoryVault(folder / "there"),)
    return Checkpointing(
        house.kept,
        *places,
        lambda point: sign_checkpoint(point, keys),
        house.clock,
        read=lambda document: read_checkpoint(document, keys.public),
    )


def test_a_checkpoint_is_signed_here_and_anchored_there(keeper: Keeper, keys: Keys, tmp_path: Path) -> None:
    keeping = checkpointing(keeper.house, keys, tmp_path)
    point = keeping.take()
    assert point is not None
    assert point.size == len(keeper.house.store.log)
    assert keeping.take() is None
    assert len(keeping.documents()) == 2
    assert verify_log(keeping.log(), keeping.documents(), keys.public).valid


def test_a_cut_log_disagrees_with_its_anchor(keeper: Keeper, keys: Keys, tmp_path: Path) -> None:
    keeping = checkpointing(keeper.house, keys, tmp_path)
    keeping.take()
    del keeper.house.store.log[-1]
    report = verify_log(keeping.log(), keeping.documents(), keys.public)
    assert "the log was cut" in report.problems[0]


def grown(house: MemoryHouse, many: int) -> None:
    """So many entries more."""
    for number in range(many):
        entry = AuditEntry(house.clock.now(), "li", "noted", f"T{number}", "a test")
        house.kept.commit(Change(audit=(entry,)))


@pytest.mark.parametrize("more", [0, 1, 3])
def test_nothing_is_signed_over_a_log_of_an_older_backup(keeper: Keeper, keys: Keys, tmp_path: Path, more: int) -> None:
    keeping = checkpointing(keeper.house, keys, tmp_path)
    keeping.take()
    del keeper.house.store.log[-1]
    grown(keeper.house, more)
    with pytest.raises(TaintedError, match="not those that were signed" if more else "a checkpoint saw"):
        keeping.take()
    assert len(keeping.documents()) == 2


def test_what_only_the_anchor_remembers_is_held_against_the_log(keeper: Keeper, keys: Keys, tmp_path: Path) -> None:
    keeping = checkpointing(keeper.house, keys, tmp_path)
    keeping.take()
    shutil.rmtree(tmp_path / "here")
    del keeper.house.store.log[-2:]
    grown(keeper.house, 5)
    with pytest.raises(TaintedError, match="not those that were signed"):
        keeping.take()


def test_nothing_is_signed_over_a_broken_log(keeper: Keeper, keys: Keys, tmp_path: Path) -> None:
    log = keeper.house.store.log
    log[1] = replace(log[1], body=b"{}")
    with pytest.raises(TaintedError, match="entry 2 was edited"):
        checkpointing(keeper.house, keys, tmp_path).take()
    assert not (tmp_path / "there").exists()


def test_evidence_stays_while_a_deletion_is_under_way(keeper: Keeper) -> None:
    [course] = keeper.house.kept.in_stages(list(Stage), 10, "")
    keeper.house.kept.commit(Change(courses=(replace(course, stage=Stage.DELETING, revision=course.revision + 1),)))
    case = next(iter(keeper.house.store.case_rows.values()))
    decided = replace(case, state=CaseState.DECIDED_VIOLATING, revision=case.revision + 1)
    keeper.house.kept.commit(Change(cases=(decided,)))
    for _ in range(3):
        keeper.later(400)
    assert (keeper.state(), keeper.shredder.cases) == ("RETAINED", [])


def test_a_vault_that_refuses_is_told_once_a_day_and_not_with_every_review(keeper: Keeper) -> None:
    hold = replace(ORDER, wants="hold", scope=("tenant",), received_at=keeper.house.clock.now(), ends_at=None, id="O9")
    keeper.house.kept.commit(Change(orders=(hold,)))
    keeper.lock.broken = True
    keeper.later(400)
    for _ in range(3):
        keeper.house.clock.advance(10)
        assert keeper.retaining.review() == {"vault-refused": 1}
    told = sum(b'"verb":"alarm"' in entry.body for entry in keeper.house.store.log)
    keeper.later(1)
    assert (told, sum(b'"verb":"alarm"' in entry.body for entry in keeper.house.store.log)) == (1, 2)
