"""A whole domain is taken off its CDN by a person, as far as strikes carry, seen from outside, and put back."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.cdn_domains import DomainSurface, SqlServed
from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.bootstrap_cdn import CdnHouse, open_cdn
from scanner.cli.main import run
from scanner.domain.actions import Action, ActionState
from scanner.domain.cases import Outcome
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.looks import Look
from scanner.domain.cdn.places import version_of
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Sample, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.enforcement.places import domain_place, is_domain, measure_word
from scanner.domain.enforcement.strikes import Ladder, strike
from scanner.domain.findings import Severity
from scanner.domain.verdicts import Standing, Verdict, judge
from scanner.errors import ConflictError, EnforcementError, TransitionError
from scanner.settings import read_settings
from tests.unit.cdn.doubles import TencentDouble, serving
from tests.unit.cdn.hostile import reply, scripted
from tests.unit.rulebook.house import rules_folder

HOST = "w.example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHELL = b"<?php eval($_POST['cmd']); ?>"


@dataclass
class Town:
    cdn: CdnHouse
    double: TencentDouble
    case: str

    def strikes(self, count: int) -> None:
        now = self.cdn.house.enforcing.clock.now() - timedelta(seconds=5)
        one = strike(self.case, "tenant", f"cdn:{HOST}", "3.1.3.7", Severity.CRITICAL, now, Ladder())
        self.cdn.house.register.commit(Change(strikes=tuple(replace(one, id=f"S{n}") for n in range(count))))

    def stop(self, host: str = HOST) -> Action:
        return self.cdn.stopping.stop(host, self.case, "wang", "again and again")

    def done(self, action: Action) -> Action:
        self.cdn.house.enforcing.carry_out()
        return self.cdn.house.outbox.action(action.id)

    def look(self) -> set[str]:
        return {look.seen for look in self.cdn.looking.look([f"http://{HOST}/"])}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    double = TencentDouble()

    def site(path: str, _head: str, peer: socket.socket) -> None:
        off = HOST in double.stopped
        body = SHELL if path == "/shell.php" else b"<html>hello</html>"
        peer.sendall(reply(b"no", "403 Forbidden") if off else reply(body, "200 OK", "Content-Type: text/html"))

    with serving(double), scripted(site) as edge:
        state = tmp_path / "state"
        state.mkdir()
        (state / "cdn.toml").write_text(
            f'[[provider]]\nname = "main"\nkind = "tencent"\naccess_key = "access"\nsecret_key = "secret"\n'
            f'endpoint = "{double.url}"\n[[domain]]\nname = "{HOST}"\naccount = "tenant"\nprovider = "main"\n'
            f'edges = ["127.0.0.1:{edge.port}"]\n[[domain]]\nname = "bare.example"\n'
        )
        for name, value in {
            "STATE_DIR": str(state),
            "RULES_DIR": str(rules_folder(tmp_path)),
            "CACHE_DIR": str(tmp_path / "cache"),
            "FETCH_ALLOW": f"127.0.0.1#{edge.port}",
            "REDIS_URL": "redis+socket:///nowhere.sock",
        }.items():
            monkeypatch.setenv(f"AUP_{name}", value)
        cdn = open_cdn(read_settings(os.environ))
        yield Town(cdn, double, _violating(cdn))
        cdn.house.close()


def _violating(cdn: CdnHouse) -> str:
    """A case over a URL of the domain that a person decided to be violating; its id."""
    house, url = cdn.house, f"http://{HOST}/shell.php"
    sample = Sample(url, SHELL, "text/html")
    verdict = judge(house.scanning.knowing.detector.detect(sample), house.rules.current())
    judged = Judged(Subject(f"cdn:{HOST}", url, "", version_of(SHELL), len(SHELL), "tenant"), verdict)
    opening = house.scanning.casework.opening(judged, SHELL)
    assert opening.custody is not None
    house.register.commit(
        Change(verdicts=(judged,), cases=(opening.case,), custody=(opening.custody,), audit=opening.audit)
    )
    held = house.reviewing.claim(opening.case.id, "li")
    house.reviewing.decide(held.id, "li", held.tokens, Outcome.VIOLATING, "malware")
    return held.id


def test_a_domain_is_stopped_once_seen_from_outside_and_put_back(town: Town) -> None:
    town.strikes(2)
    assert town.look() == {"served"}
    action = town.done(town.stop())
    assert (action.state, action.subject) == (ActionState.DONE, domain_place(HOST, "tenant"))
    assert (town.double.stopped, town.look()) == ({HOST}, {"refused"})
    assert json.loads(action.inverse) == {"surface": "cdn-domain", "host": HOST, "running": True, "seen": "served"}
    with pytest.raises(TransitionError, match="already"):
        town.stop()
    assert [one.id for one in town.cdn.stopping.in_force()] == [action.id]
    assert len([call for call in town.double.calls if "StopCdnDomain" in call]) == 1
    back = town.done(town.cdn.stopping.start(HOST, "wang", "cleaned up"))
    assert (back.state, back.undoes, town.look()) == (ActionState.DONE, action.id, {"served"})
    assert town.cdn.stopping.in_force(HOST) == []
    with pytest.raises(TransitionError, match="was not stopped here"):
        town.cdn.stopping.start(HOST, "wang", "once more")


def test_a_domain_that_somebody_started_meanwhile_is_left_to_a_person(town: Town) -> None:
    town.strikes(2)
    action = town.done(town.stop())
    town.double.stopped.clear()
    back = town.done(town.cdn.stopping.start(HOST, "wang", "cleaned up"))
    assert back.state is ActionState.REFUSED
    assert "G13" in back.outcome
    assert action.state is ActionState.DONE


def test_a_lost_answer_stops_a_domain_once(town: Town) -> None:
    town.strikes(2)
    town.double.fault = lambda call: (503, {}) if "StopCdnDomain" in call and not town.double.stopped else None
    action = town.done(town.stop())
    assert action.state is not ActionState.DONE
    town.double.stopped.add(HOST)  # the request had come through
    town.double.fault = lambda _call: None
    now = town.cdn.house.enforcing.clock.now()
    town.cdn.house.register.commit(Change(actions=(replace(action, due_at=now, revision=action.revision + 1),)))
    assert town.done(action).state is ActionState.DONE
    assert len([call for call in town.double.calls if "StopCdnDomain" in call]) == 1


def test_too_few_strikes_other_hosts_and_no_reason_stop_no_domain(town: Town) -> None:
    with pytest.raises(TransitionError, match="of the 12 that carry the rung container"):
        town.stop()
    town.strikes(2)
    with pytest.raises(TransitionError, match="no provider serves this domain"):
        town.stop("bare.example")
    stopping = replace(town.cdn.stopping, domains=Domains.of((Domain("o.example", provider="main"),)))
    with pytest.raises(TransitionError, match=r"is over nothing that o\.example serves"):
        stopping.stop("o.example", town.case, "wang", "again")
    with pytest.raises(TransitionError, match="needs a person and a reason"):
        town.cdn.stopping.stop(HOST, town.case, "wang", " ")
    assert town.cdn.stopping.in_force() == []


def test_the_command_files_lists_and_lifts(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    town.strikes(2)
    more = ("--reason", "again", "--by", "wang")
    assert run(["cdn", "stop-domain", HOST, "--case", town.case, *more]) == 0
    assert f"suspend PENDING domain:{HOST} {town.case} by wang" in capsys.readouterr().out
    assert run(["cdn", "stops", "--json"]) == 0
    [row] = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (row["subject"]["bucket"], row["state"]) == (f"domain:{HOST}", "PENDING")
    town.cdn.house.enforcing.carry_out()
    assert run(["cdn", "start-domain", HOST, *more]) == 0
    assert "restore PENDING" in capsys.readouterr().out
    assert run(["cdn", "start-domain", "bare.example", *more]) != 0


class Answers:
    """A provider that says whether a domain runs."""

    def __init__(self, runs: bool) -> None:
        self.runs = runs

    def running(self, host: str) -> bool:
        return self.runs


def surface(runs: bool, *looks: tuple[str, int, str]) -> DomainSurface:
    class Looker:
        def look(self, urls: Sequence[str], etag: str = "") -> list[Look]:
            return [Look(urls[0], "", seen, status, NOW, detail=detail) for seen, status, detail in looks]

    class Purger:
        def __init__(self) -> None:
            self.providers = {"main": Answers(runs)}

    domains = Domains.of((Domain(HOST, provider="main"),))
    return DomainSurface(domains, Looker(), Purger(), lambda _host: ["http://w.example/x"])  # type: ignore[arg-type]


PLACE = domain_place(HOST, "tenant")


@pytest.mark.parametrize(
    ("runs", "look", "seen"),
    [
        (False, ("refused", 403, ""), "refused"),
        (False, ("unclear", 0, "the name is not resolved: gone"), "gone"),
        (True, ("unclear", 0, "the name is not resolved: gone"), "unclear"),
        (True, ("refused", 403, ""), "unclear"),
        (True, ("served", 200, ""), "served"),
        (False, ("served", 200, ""), "served"),
        (False, ("unclear", 0, "the transfer broke off"), "unclear"),
    ],
)
def test_a_domain_is_refused_only_when_it_is_off_line_and_nobody_serves_it(
    runs: bool, look: tuple[str, int, str], seen: str
) -> None:
    assert surface(runs, look).observe(PLACE) == seen


def test_what_was_off_line_before_us_stays_so_and_no_provider_is_no_way() -> None:
    one = surface(False, ("refused", 403, ""))
    one.restore(PLACE, json.dumps({"running": False}))
    one.suspend(PLACE, "{}")
    assert one.before(one.plan(PLACE)) == "refused"
    with pytest.raises(ConflictError):
        surface(True, ("served", 200, "")).restore(PLACE, "{}")
    assert (one.serves(PLACE), one.serves(domain_place("other.example", "t")), one.serves(Subject("b", "k"))) == (
        True,
        False,
        False,
    )
    with pytest.raises(EnforcementError, match="no provider"):
        one.plan(domain_place("other.example", "t"))
    assert (is_domain(PLACE), measure_word(PLACE)) == (True, "suspend")


def test_what_a_domain_served_of_late_is_looked_at(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    verdict = Verdict(Content("a" * 64, 5), Standing.CLEAN, (), Coverage())
    keys = [f"http://w.example/{number}" for number in range(9)] + ["http://w.example/4#as=phone"]
    subjects = [Subject("cdn:w.example", key) for key in keys]
    subjects += [Subject("tenant", "www/a b.html"), Subject("tenant", "other/c")]
    SqlRegister(database).commit(Change(verdicts=tuple(Judged(one, verdict) for one in subjects)))
    domains = Domains.of((Domain("o.example", bucket="tenant", prefix="www/"), Domain("p.example", bucket="tenant")))
    served = SqlServed(database, domains)
    assert served("w.example") == ["http://w.example/4", "http://w.example/8", "http://w.example/7"]
    assert served("o.example") == ["http://o.example/a%20b.html"]
    database.close()


def test_an_object_is_a_ground_to_stop_the_domain_that_serves_it(town: Town) -> None:
    domains = Domains.of((Domain(HOST, bucket="tenant", prefix="www/", provider="main"),))
    serves = replace(town.cdn.stopping, domains=domains)._serves
    assert serves(HOST, Subject("tenant", "www/a"))
    assert not serves(HOST, Subject("tenant", "private/a"))
    assert not serves(HOST, Subject("other", "www/a"))
    assert not serves(HOST, Subject("cdn:v.example", "http://v.example/"))
