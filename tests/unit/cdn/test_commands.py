"""`aup cdn scan | purge | verify` before real servers on loopback."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.bootstrap import open_house
from scanner.cli.main import run
from scanner.settings import Settings
from tests.unit.cdn.doubles import QiniuDouble, serving
from tests.unit.cdn.hostile import Scripted, reply, scripted
from tests.unit.rulebook.house import rules_folder

HTML = "Content-Type: text/html"
SHELL = b"<?php @eval($_POST['cmd']); ?>"


def part_of(film: bytes, head: str) -> bytes:
    """A part of something else, of the same size."""
    other = SHELL.ljust(len(film))
    first, last = (int(part) for part in head.split("bytes=")[1].split("\r")[0].split("-"))
    last = min(last, len(other) - 1)
    return reply(other[first : last + 1], "206 P", HTML, f"Content-Range: bytes {first}-{last}/{len(other)}")


def site(path: str, head: str, peer: socket.socket) -> None:
    pages = {
        "/": b"<html><a href='/two'>two</a><a href='/shell.php'>x</a><a href='http://169.254.169.254/meta'>y</a></html>",
        "/two": b"<html>a quiet page about flowers and gardens in the spring time</html>",
        "/shell.php": SHELL,
    }
    if path == "/film":
        film = b"<html>" + b"a quiet film about flowers and gardens in the spring time " * 90 + b"</html>"
        peer.sendall(reply(film, "200 OK", HTML) if "Range:" not in head else part_of(film, head))
    elif path == "/packed":
        made = f"<html><a href='/shell.php'>x</a>{'a quiet page made anew ' * 40}{time.monotonic_ns()}</html>".encode()
        shown = SHELL if "Baiduspider" in head else made
        peer.sendall(reply(gzip.compress(shown), "200 OK", HTML, "Content-Encoding: gzip"))
    elif path == "/many.m3u8":
        peer.sendall(reply(b"#EXTM3U\n" + b"".join(b"%d.ts\n" % number for number in range(9))))
    elif path.endswith(".ts"):
        peer.sendall(reply(b"a quiet piece of a film"))
    elif path == "/two" and "Baiduspider" in head:
        peer.sendall(reply(SHELL, "200 OK", HTML))
    elif path in pages:
        peer.sendall(reply(pages[path], "200 OK", HTML, "X-Cache: HIT", "Age: 7"))
    else:
        peer.sendall(reply(b"no", "404 Not Found"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scripted]:
    with scripted(site) as one, serving(QiniuDouble()) as double:
        state = tmp_path / "state"
        state.mkdir()
        (state / "cdn.toml").write_text(
            f'[[provider]]\nname = "main"\nkind = "qiniu"\naccess_key = "access"\nsecret_key = "secret"\n'
            f'endpoint = "{double.url}"\n[[domain]]\nname = "w.example"\naccount = "tenant"\nprovider = "main"\n'
            f'edges = ["127.0.0.1:{one.port}"]\n'
        )
        monkeypatch.chdir(tmp_path)
        for name, value in {
            "STATE_DIR": str(state),
            "RULES_DIR": str(rules_folder(tmp_path)),
            "CACHE_DIR": str(tmp_path / "cache"),
            "FETCH_ALLOW": f"127.0.0.1#{one.port}",
            "FETCH_RATE": "1000",
            "REDIS_URL": "redis+socket:///nowhere.sock",
        }.items():
            monkeypatch.setenv(f"AUP_{name}", value)
        yield one


def aup(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]]]:
    status = run([*arguments, "--json"])
    return status, [json.loads(row) for row in capsys.readouterr().out.splitlines()]


def test_a_site_is_explored_and_scanned_and_cases_are_opened(
    server: Scripted, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = f"http://127.0.0.1:{server.port}/"
    status, rows = aup(capsys, "cdn", "scan", root, "--account", "tenant")
    assert status == 1
    verdicts = {row["path"]: row["verdict"] for row in rows if "verdict" in row}
    assert verdicts[f"{root}shell.php"] in ("VIOLATION", "SUSPECT")
    assert verdicts[f"{root}two#as=spider"] in ("VIOLATION", "SUSPECT")
    assert verdicts[f"{root}two"] == "CLEAN"
    assert {"url": f"{root}two", "vantage": "spider"}.items() <= next(row for row in rows if "vantage" in row).items()
    assert not any("169.254" in str(path) for path in verdicts)
    house = open_house(Settings(state_dir=str(tmp_path / "state")), role="cli")
    cases = house.casebook.cases((), 100, "0")
    house.close()
    assert {case.subject.bucket for case in cases} == {"cdn:127.0.0.1"}
    assert {case.subject.account for case in cases} == {"tenant"}


def test_a_page_that_comes_compressed_is_followed_and_compared_by_its_text(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = f"http://127.0.0.1:{server.port}/packed"
    _, rows = aup(capsys, "cdn", "scan", packed, "--account", "tenant")
    verdicts = {row["path"]: row["verdict"] for row in rows if "verdict" in row}
    assert verdicts[packed.replace("packed", "shell.php")] in ("VIOLATION", "SUSPECT")
    assert {row["vantage"] for row in rows if "vantage" in row} == {"spider"}


def test_a_playlist_of_which_not_every_piece_was_drawn_is_no_clean_exit(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = aup(capsys, "cdn", "scan", f"http://127.0.0.1:{server.port}/many.m3u8", "--account", "tenant")
    assert {row["verdict"] for row in rows if "verdict" in row} == {"CLEAN"}
    explored = rows[-1]["explored"]
    assert isinstance(explored, dict)
    assert (status, explored["not-drawn"]) == (3, 3)


def test_ranges_that_are_not_the_wholes_are_never_clean_and_scanned_as_they_are_served(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    film = f"http://127.0.0.1:{server.port}/film"
    status, rows = aup(capsys, "cdn", "scan", film, "--account", "tenant")
    verdicts = {row["path"]: row for row in rows if "verdict" in row}
    assert status == 1
    assert verdicts[film]["verdict"] == "PARTIAL"
    assert "ranges: other bytes come when a part is asked for" in json.dumps(verdicts[film]["coverage"])
    assert verdicts[f"{film}#as=range"]["verdict"] in ("VIOLATION", "SUSPECT")


def test_verify_names_each_edge_and_what_it_says_of_its_cache(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    status, looks = aup(capsys, "cdn", "verify", "http://w.example/two")
    assert status == 1
    assert {(look["seen"], look["edge"]) for look in looks} == {("served", f"127.0.0.1:{server.port}")}
    assert {(look["age"], look["cached"], look["cache"]) for look in looks} == {(7, True, "x-cache: HIT")}
    assert aup(capsys, "cdn", "verify", "http://w.example/gone")[0] == 0


def test_purge_sends_and_polls(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    status, rows = aup(capsys, "cdn", "purge", "http://w.example/two", "--wait", "5")
    assert (status, rows[0]["state"]) == (0, "done")
    assert run(["cdn", "purge"]) == 0
    assert "nothing was owed" in capsys.readouterr().out
    assert run(["cdn", "purge", "http://other.example/"]) == 2
