"""`aup cdn ingest`: what was taken, what was not, and what was filed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.memory import FixedClock
from scanner.bootstrap import open_house
from scanner.bootstrap_cdn import open_cdn
from scanner.cli.cdn_ingest import seen_before
from scanner.cli.main import run
from scanner.domain.cdn.sketches import Seen
from scanner.settings import Settings

GOOD = 'w.example 1.2.3.4 - - [24/Nov/2026:10:00:00 +0800] "GET /p{n}.html HTTP/1.1" 200 70{n} "-" "UA"\n'


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUP_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "state").mkdir()
    (tmp_path / "a.log").write_text("".join(GOOD.format(n=n) for n in range(5)) + "broken\n")
    return tmp_path / "state"


def ingest(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, object]]:
    status = run(["cdn", "ingest", "a.log", "--json", *more])
    return status, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_dry_run_files_and_remembers_nothing(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, summary = ingest(capsys, "--dry-run")
    assert (status, summary["lines"], summary["taken"], summary["bad"]) == (1, 6, 5, {"wrong-form": 1})
    assert summary["candidates"] == {"new": 5}
    assert list(state.iterdir()) == []


def test_candidates_are_filed_once_and_remembered(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "cdn.toml").write_text('[[domain]]\nname = "w.example"\naccount = "tenant"\n')
    _, first = ingest(capsys)
    _, second = ingest(capsys)
    house = open_house(Settings(state_dir=str(state)), role="cli")
    counts = house.requests.counts()
    house.close()
    assert (first["requests"], first["new_urls"], second["new_urls"]) == (5, 5, 0)
    assert sum(counts.values()) == 5


def test_the_filter_is_kept_with_a_secret_that_nobody_else_may_read(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(capsys)
    kept = state / "cdn-seen.bin"
    assert (kept.stat().st_mode & 0o077, kept.stat().st_size) == (0, Seen.BITS // 8 + 16)
    assert seen_before(state).key == kept.read_bytes()[-16:]
    kept.write_bytes(bytes(Seen.BITS // 8))  # as older versions left it
    assert ingest(capsys)[1]["new_urls"] == 5


def test_a_log_of_no_known_form_is_a_failure(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.log").write_text("hello\n" * 3)
    assert run(["cdn", "ingest", "b.log", "--dry-run"]) == 2
    assert "--as" in capsys.readouterr().err
    assert run(["cdn", "ingest", "none.log", "--dry-run"]) == 2


def test_the_summary_for_people_says_the_same(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cdn", "ingest", "a.log", "--dry-run", "--list"]) == 1
    text = capsys.readouterr().out
    assert "5 of 6 lines taken (vhost); not taken: 1 wrong-form" in text
    assert "http://w.example/p3.html" in text


def test_what_the_budget_left_out_is_listed_and_comes_first_the_next_day(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "cdn.toml").write_text('[[domain]]\nname = "w.example"\naccount = "tenant"\nbudget = 2\n')
    _, first = ingest(capsys)
    assert (first["requests"], first["left_for_later"], first["over_line"]) == (2, 3, 0)
    _, again = ingest(capsys)
    assert (again["requests"], again["new_urls"]) == (0, 0)  # the day's budget is used up, whatever the log says
    run(["cdn", "budget", "w.example", "--list", "--json"])
    told, *waiting = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert told == {"domain": "w.example", "budget": 2, "taken": 2, "waiting": 3}
    opened = open_cdn(Settings(state_dir=str(state)))
    later = FixedClock(datetime.now(UTC) + timedelta(days=1))
    budgeting = replace(opened.finding.budgeting, clock=later)
    filed = replace(opened.finding, clock=later, budgeting=budgeting).resume()
    assert (len(filed.ids), len(budgeting.left("w.example", 9))) == (2, 1)
    claimed = opened.house.requests.claim(filed.ids, "test", later.now(), later.now() + timedelta(minutes=1))
    opened.house.close()
    assert [request.subject.key for request in claimed] == [row["url"] for row in waiting[:2]]
    assert run(["cdn", "budget"]) == 0
    assert "w.example: 2 of 2 taken today, 1 wait" in capsys.readouterr().out
