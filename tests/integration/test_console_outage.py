"""While the database is away: people are told so in their language, and nobody learns where it stands."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy.engine
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from console.app import create_app
from scanner.adapters.sql_desk import SqlDesk
from scanner.bootstrap import House
from scanner.errors import StoreError
from tests.integration.filled import fill
from tests.integration.people import sign_in

INSIDE = re.compile(r"sqlite|postgres|aup\.sqlite3|db\.inside|SELECT|UNIQUE")
AWAY = OperationalError("SELECT secret", {}, Exception('connection to server at "db.inside", user "aup" failed'))


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), headers={"Accept": "text/html"}, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A call that takes the database away."""

    def refuse(*_: object, **__: object) -> None:
        raise AWAY

    return lambda: [monkeypatch.setattr(sqlalchemy.engine.Engine, name, refuse) for name in ("connect", "begin")]


@pytest.mark.parametrize(("language", "words"), [("en", "the database does not answer"), ("zh", "数据库没有响应")])
def test_a_person_reads_that_the_database_is_away(
    client: TestClient, house: House, away: Any, language: str, words: str
) -> None:
    filled = fill(house, "t")
    csrf = sign_in(client, house, "li", "reviewer")
    away()
    client.headers["Accept-Language"] = language
    form = {"csrf": csrf, "key": "a", "token": "1"}
    answers = [client.get("/desk"), client.post(f"/desk/cases/{filled.case}/decide", data=form)]
    for answer in answers:
        assert (answer.status_code, words in answer.text) == (503, True), answer.text
        assert not INSIDE.search(answer.text), answer.text


def test_nobody_learns_from_an_answer_where_the_database_stands(
    client: TestClient, house: House, away: Any, caplog: pytest.LogCaptureFixture
) -> None:
    away()
    answers = [
        client.post("/signin", data={"name": "li", "password": "x"}),
        client.get("/api/v1/cases", headers={"Authorization": "Bearer api-token", "Accept": "application/json"}),
        client.post("/signin", data={"name": "li", "password": "x"}, headers={"Accept": "application/json"}),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert not INSIDE.search(answer.text), answer.text
    assert "db.inside" in caplog.text  # the log is where operators read it


def test_a_database_that_goes_away_in_the_middle_of_a_page_is_told_on_a_page(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is signed in has a language in the settings, which cannot be read either."""
    sign_in(client, house, "li", "reviewer")

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the database failed: db.inside", where="postgresql://db.inside/aup")

    monkeypatch.setattr(SqlDesk, "page", refuse)
    monkeypatch.setattr(SqlDesk, "preferences", refuse)
    answer = client.get("/desk", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "数据库没有响应" in answer.text
    assert not INSIDE.search(answer.text)
