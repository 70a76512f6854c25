"""`aup stats` as a newcomer types it."""

import json

import pytest

from scanner.bootstrap import House
from scanner.bootstrap_desk import open_desk
from scanner.cli.main import run
from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.settings import Settings
from tests.contract.stores import case
from tests.integration.conftest import variables


def test_stats_tell_of_rules_people_and_backlog(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    house.register.commit(Change(cases=(case("C1"), case("C2"))))
    desk = open_desk(house).desk
    held = desk.reviewing.claim("C1", "li")
    desk.decide("C1", "li", held.tokens, Outcome.CLEAN, "false-positive")
    assert run(["cases", "decide", "C2", "violating", "--reviewer", "wang", "--reason", "malware"]) == 0
    capsys.readouterr()
    assert run(["stats"]) == 0
    told = capsys.readouterr().out
    assert "malware.test" in told
    assert "0.095–0.905" in told
    assert "decided 2 in 90 days" in told
    assert run(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rules"][0]["track"] == {"right": 1, "wrong": 1}
    assert [(one["person"], one["decided"]) for one in found["people"]] == [("li", 1), ("wang", 1)]
