"""The beat of people's rights: its parts do not depend on each other."""

from collections import Counter
from pathlib import Path

import pytest

from scanner.bootstrap import open_house
from scanner.bootstrap_rights import open_rights
from scanner.errors import StoreError, VaultError
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
    with pytest.raises(StoreError, match="does not list"):
        rights.beat()
    assert had == ["send", "lapse", "clear", "review"]
