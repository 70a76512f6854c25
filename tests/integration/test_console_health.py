"""What machines that watch are told: alive, ready, and figures."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from console.app import create_app
from scanner.adapters.sql import Database
from scanner.bootstrap import House, start_redis
from scanner.bootstrap_ready import readiness


def test_a_console_without_redis_is_alive_but_not_ready(house: House) -> None:
    client = TestClient(create_app(house))
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "Redis does not answer" in answer.json()["parts"]["redis"]
    assert answer.json()["parts"]["database"] == "ok"


def test_a_console_with_all_its_parts_is_ready(house: House, tmp_path: Path) -> None:
    server = start_redis(tmp_path / "redis")
    try:
        settings = replace(house.settings, redis_url=f"redis+socket://{tmp_path}/redis/redis.sock")
        answer = TestClient(create_app(replace(house, settings=settings))).get("/readyz")
    finally:
        server.stop()
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_a_database_of_another_schema_is_not_ready(house: House) -> None:
    with house.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    told = TestClient(create_app(house)).get("/readyz").json()["parts"]["database"]
    assert told.startswith("its schema is 0001, this software wants")


def test_who_asks_whether_it_is_ready_reads_nothing_that_a_driver_says(
    house: House, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    settings = replace(house.settings, redis_url=f"redis+socket://{tmp_path}/secret-place.sock")
    broken = replace(house, settings=settings, database=Database(f"sqlite:///{tmp_path}/empty.sqlite3"))
    body = TestClient(create_app(broken)).get("/readyz").text
    assert "the database does not answer: see the log" in body
    assert "Redis does not answer: see the log" in body
    for told_by_a_driver in ("secret-place", "empty.sqlite3", "no such table", "alembic"):
        assert told_by_a_driver not in body
    assert "no such table" in caplog.text
    assert "secret-place" in caplog.text


def test_a_rulebook_that_is_refused_is_told_without_its_paths(house: House, caplog: pytest.LogCaptureFixture) -> None:
    refused = SimpleNamespace(current=house.rules.current, trouble="the rules on disk are refused: /srv/own/a.yaml:3")
    told = readiness(replace(house, rules=refused))["rulebook"]
    assert told.startswith("ok, but the newer one is refused")
    assert ("/srv/own" in told, "/srv/own" in caplog.text) == (False, True)


def test_a_house_without_a_rulebook_is_not_ready(house: House) -> None:
    empty = SimpleNamespace(current=lambda: SimpleNamespace(digest=""), trouble="")
    assert readiness(replace(house, rules=empty))["rulebook"] == "no rulebook is in force: see the log"


def test_the_figures_tell_of_the_scanner_and_of_the_calls(house: House) -> None:
    client = TestClient(create_app(house))
    client.get("/api/v1/cases/nowhere")
    client.get("/nowhere/at/all")
    body = client.get("/metrics").text
    assert 'aup_http_calls_total{method="GET",route="/api/v1/cases/{case_id}",status="401"} 1.0' in body
    assert "nowhere" not in body
    assert body.count("# HELP aup_") > 2


def test_the_figures_are_for_loopback_or_for_the_token(house: House) -> None:
    far = TestClient(create_app(house), client=("192.0.2.9", 5000))
    assert far.get("/metrics").status_code == 401
    guarded = replace(house, settings=replace(house.settings, metrics_token="m"))
    client = TestClient(create_app(guarded), client=("192.0.2.9", 5000))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer m"}).status_code == 200
