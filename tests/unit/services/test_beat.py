"""The beat of people's rights: its parts do not depend on each other."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.bootstrap import open_house
from scanner.bootstrap_rights import open_rights
from scanner.domain.cases import Case, CaseState, Outcome, reopen
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.errors import AupError, StoreError, VaultError
from scanner.services.noticing import Noticing
from scanner.services.ordering import Ordering
from scanner.services.retaining import Retaining
from scanner.services.watching import Watching
from scanner.settings import Settings


def test_what_breaks_off_one_part_of_the_beat_keeps_no_other_from_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights, had = open_rights(open_house(Settings(state_dir=str(tmp_path)), role="cli")), list[str]()

    def breaks(_self: object) -> Counter[str]:
        raise StoreError("the store does not list", where="tenant")

    def refuses(_self: object) -> list[object]:
        raise VaultError("no answer")

    def turn(name: str) -> object:
        return lambda _self: had.append(name) or {name: 1}

    monkeypatch.setattr(Watching, "look_again", breaks)
    monkeypatch.setattr(Ordering, "carry_out", breaks)
    monkeypatch.setattr(Noticing, "write", refuses)
    monkeypatch.setattr(Noticing, "send", turn("send"))
    monkeypatch.setattr(Watching, "lapse", turn("lapse"))
    monkeypatch.setattr(Watching, "clear", turn("clear"))
    monkeypatch.setattr(Retaining, "review", turn("review"))
    with pytest.raises(AupError, match=r"does not list.*does not list.*no answer"):
        rights.beat()
    assert had == ["send", "lapse", "clear", "review"]


def test_a_case_that_was_reopened_is_found_violating_once_more_without_the_desk(tmp_path: Path) -> None:
    house, now = open_house(Settings(state_dir=str(tmp_path)), role="cli"), datetime.now(UTC)
    house.database.migrate()
    subject = Subject("tenant", "a", "", "e" * 32, 4, "account-1")
    grave = (Severity.HIGH, Confidence.HIGH, CaseState.QUEUED, "scan")
    case = Case("C1", subject, "a" * 64, "3.1.3.7", "malware.test", *grave, now, now + timedelta(hours=1))
    house.register.commit(Change(cases=(case,)))
    for _ in range(2):
        held = house.reviewing.claim("C1", "li")
        decided = house.reviewing.decide("C1", "li", held.tokens, Outcome.VIOLATING, "malware")
        house.register.commit(Change(cases=(reopen(decided),)))
    strikes = open_rights(house).kept.strikes("account-1")
    assert [one.id for one in strikes] == ["S1"]
    house.database.close()
