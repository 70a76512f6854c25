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
    assert run(["stats"]) == 0
    told = capsys.readouterr().out
    assert "malware.test" in told
    assert "0.000–0.793" in told
    assert "decided 1 in 90 days" in told
    assert run(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rules"][0]["track"], found["people"][0]["person"]) == ({"right": 0, "wrong": 1}, "li")
