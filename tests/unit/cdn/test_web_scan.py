"""`aup scan http://…`: what is found on a page, from which vantage, and what was not read."""

import gzip
import json
import socket
from functools import cache
from pathlib import Path

import pytest

from scanner.cli.main import run
from tests.unit.cdn.hostile import Scripted, reply, scripted
from tests.unit.rulebook.house import rules_folder

SHELL = b"<?php @eval($_POST['cmd']); ?>" + b"\n<!-- a page -->"


@cache
def bomb() -> bytes:
    return gzip.compress(gzip.compress(b"\0" * 80_000_000, 6), 6)


def script(path: str, head: str, peer: socket.socket) -> None:
    html = "Content-Type: text/html; charset=utf-8"
    if path == "/cloaked":
        bad = "Baiduspider" in head
        page = SHELL if bad else b"<html><body>welcome to the honest flower shop of our town</body></html>"
        peer.sendall(reply(page, "200 OK", html))
    elif path == "/gzip":
        peer.sendall(reply(gzip.compress(SHELL), "200 OK", html, "Content-Encoding: gzip"))
    elif path == "/lying":
        peer.sendall(reply(SHELL, "200 OK", html, "Content-Encoding: gzip"))
    elif path == "/cut":
        cut = gzip.compress(b"<html>" + bytes(range(256)) * 40 + b"</html>")[:-40]
        peer.sendall(reply(cut, "200 OK", html, "Content-Encoding: gzip"))
    elif path == "/bomb":
        peer.sendall(reply(bomb(), "200 OK", html, "Content-Encoding: gzip"))
    elif path == "/ranged":
        whole = b"<html>the honest flower shop of our town and its garden</html>".ljust(3_000)
        other = SHELL.ljust(3_000)
        if "Range:" in head:
            first, last = (int(part) for part in head.split("bytes=")[1].split("\r")[0].split("-"))
            last = min(last, 2_999)
            told = f"Content-Range: bytes {first}-{last}/3000"
            peer.sendall(reply(other[first : last + 1], "206 P", html, told))
        else:
            peer.sendall(reply(whole, "200 OK", html))
    elif path == "/error":
        peer.sendall(reply(SHELL, "404 Not Found", html))
    elif path in ("/parked", "/parked.gz"):
        page = b"<html><title>w.example</title><body>This domain is for sale. Make an offer.</body></html>"
        packed = path.endswith(".gz")
        coding = ("Content-Encoding: gzip",) if packed else ()
        peer.sendall(reply(gzip.compress(page) if packed else page, "200 OK", html, *coding))
    else:
        peer.sendall(reply(b"no", "404 Not Found"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scripted:  # type: ignore[misc]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUP_RULES_DIR", str(rules_folder(tmp_path)))
    monkeypatch.setenv("AUP_CACHE_DIR", str(tmp_path / "cache"))
    with scripted(script) as one:
        monkeypatch.setenv("AUP_FETCH_ALLOW", f"127.0.0.1#{one.port}")
        monkeypatch.setenv("AUP_FETCH_RATE", "1000")
        yield one


def scan(url: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]]]:
    status = run(["scan", url, "--json"])
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    return status, {row.get("path", row.get("target", "")): row for row in rows}


def test_what_only_a_spider_is_shown_is_found_and_named(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/cloaked"
    status, rows = scan(url, capsys)
    assert status == 1
    assert rows[url]["verdict"] == "CLEAN"
    assert any("cloaking: as spider" in note for note in rows[url]["coverage"]["notes"])  # type: ignore[index]
    assert rows[f"{url}#as=spider"]["verdict"] in ("VIOLATION", "SUSPECT")


def test_an_encoded_body_is_scanned_decoded(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/gzip"
    status, rows = scan(url, capsys)
    assert status == 1
    assert rows[url]["verdict"] in ("VIOLATION", "SUSPECT")


@pytest.mark.parametrize("path", ["cut", "bomb", "missing"])
def test_what_cannot_be_read_is_never_clean(path: str, server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/{path}"
    status, rows = scan(url, capsys)
    assert status == 3, rows
    assert rows[url]["verdict"] in ("PARTIAL", "UNSCANNABLE", "FAILED")


def test_ranges_that_are_not_the_wholes_are_named_and_scanned(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{server.port}/ranged"
    status, rows = scan(url, capsys)
    assert status == 1
    assert rows[url]["verdict"] == "PARTIAL"
    assert "inconsistent" in json.dumps(rows[url]["coverage"])
    assert rows[f"{url}#as=range"]["verdict"] in ("VIOLATION", "SUSPECT")


def test_an_errors_own_page_is_scanned(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/error"
    status, rows = scan(url, capsys)
    assert (status, rows[url]["verdict"] in ("VIOLATION", "SUSPECT")) == (1, True)
    assert "status 404" in json.dumps(rows[url]["coverage"])


@pytest.mark.parametrize("path", ["parked", "parked.gz"])
def test_a_stand_in_page_is_never_clean(path: str, server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/{path}"
    status, rows = scan(url, capsys)
    assert (status, rows[url]["verdict"]) == (3, "PARTIAL")
    assert "'this domain is for sale'" in json.dumps(rows[url]["coverage"])


def test_a_lying_encoding_hides_nothing(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.port}/lying"
    status, rows = scan(url, capsys)
    assert status == 1
    assert "disagree" in json.dumps(rows[url]["coverage"]) or "declared gzip" in json.dumps(rows[url]["coverage"])


def test_without_the_allow_list_nothing_inside_is_scanned(
    server: Scripted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUP_FETCH_ALLOW")
    url = f"http://127.0.0.1:{server.port}/gzip"
    status, rows = scan(url, capsys)
    assert (status, server.connections) == (3, 0)
    assert rows[url]["verdict"] == "FAILED"


def test_what_is_no_url_is_a_usage_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "http://user@host/"]) == 2
    assert "user name" in capsys.readouterr().err
