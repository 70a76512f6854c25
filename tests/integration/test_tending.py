"""Canary, alarm, gates and metrics over a real house: real detection, a strict store, SQLite."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scanner.adapters.canary_store import S3CanaryStore
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House, open_house
from scanner.bootstrap_observing import open_tending, render_metrics
from scanner.cli.main import run
from scanner.domain.requests import Lane
from scanner.errors import AmbiguousError, AupError, StoreError
from scanner.services.alarming import Alarming
from scanner.services.gating import Gating
from scanner.settings import Settings
from tests.integration.conftest import variables


class Ear(BaseHTTPRequestHandler):
    """Takes alarms."""

    heard: list[dict[str, str]] = []  # noqa: RUF012 - one for all requests, emptied by the fixture

    def do_POST(self) -> None:
        assert self.headers["X-Aup-Signature"].startswith("sha256=")
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def ear() -> Iterator[str]:
    Ear.heard.clear()
    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/alarm"
    server.shutdown()
    server.server_close()


@pytest.fixture
def watched(settings: Settings, ear: str) -> Iterator[House]:
    bucket = f"canaries-{settings.buckets[0]}"
    wired = replace(settings, canary_bucket=bucket, canary_seconds=1, alarm_url=ear, alarm_secret="s")
    opened = open_house(wired, role="cli")
    yield opened
    opened.close()


def test_a_real_canary_is_found_by_the_real_rules_and_opens_no_case(watched: House) -> None:
    tending = open_tending(watched)
    assert tending.beat()["canary put"] == 1
    watched.scanning.scan_next(Lane.UPLOADS, "w", 10)
    assert tending.beat()["canary found"] == 1
    assert watched.casebook.cases((), 10, "0") == []
    assert b"aup_canary_seconds" in render_metrics(watched)
    assert b'aup_verdicts_total{clause="3.1.3.7",word="VIOLATION"} 1.0' in render_metrics(watched)
    left = s3_client(watched.settings).list_objects_v2(Bucket=watched.settings.canary_bucket)
    assert left.get("KeyCount", 0) == 0


def test_an_alarm_reaches_the_webhook_when_a_canary_is_never_scanned(watched: House) -> None:
    impatient = replace(watched, settings=replace(watched.settings, canary_seconds=0.001))
    tending = open_tending(impatient)
    done = tending.beat()
    assert done["canary put"] == 1
    done = tending.beat()
    assert done["canary waiting"] == 1
    assert [message["state"] for message in Ear.heard] == ["raised"]
    watched.scanning.scan_next(Lane.UPLOADS, "w", 10)
    while not open_tending(watched).beat().get("canary found"):
        pass
    assert open_tending(watched).alarming.stands() is False


def test_the_watchdog_and_the_metrics_command_work_without_workers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    assert run(["watchdog", "--once"]) == 0
    assert run(["metrics"]) == 0
    assert "aup_oldest_unscanned_seconds" in capsys.readouterr().out


def test_the_alarm_is_raised_though_the_store_is_away(watched: House) -> None:
    with pytest.MonkeyPatch.context() as away:
        away.setattr(Gating, "advance", lambda _self: (_ for _ in ()).throw(StoreError("the database is busy")))
        away.setattr(S3CanaryStore, "put", lambda *_: (_ for _ in ()).throw(AmbiguousError("no answer")))
        tending = open_tending(watched)
        away.setattr(Alarming, "_trouble", lambda _self: "an upload has waited 901 s")
        with pytest.raises(AupError, match=r"busy.*no answer"):
            tending.beat()
    assert [message["state"] for message in Ear.heard] == ["raised"]
