"""Every kind of bad input, scanned together as workers scan it: a verdict with its reason each, none clean, in time."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from scanner.bootstrap_cdn import open_cdn
from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import read_url
from scanner.domain.coverage import Reach
from scanner.domain.requests import Lane, Owed
from scanner.settings import Settings
from tests.unit.cdn.hostile import reply, scripted
from tests.unit.cdn.test_fetch_hostile import BAD, text
from tests.unit.rulebook.house import rules_folder

HTML = "Content-Type: text/html"
QUIET = b"<html>" + b"a quiet page about flowers and gardens in the spring time " * 40 + b"</html>"
PARKED = b"<html data-adblockkey='x'><title>w.example</title></html>"
Script = Callable[[str, str, socket.socket], None]


@cache
def bomb(window: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(b"\0" * 20_000_000) + packer.flush()


def bouncing(path: str, _head: str, peer: socket.socket) -> None:
    target = "/circle?b" if path == "/circle?a" else "/circle?a"
    peer.sendall(reply(b"", "302 Found", f"Location: {target}"))


def deeper(path: str, _head: str, peer: socket.socket) -> None:
    peer.sendall(reply(b"", "302 Found", f"Location: {path}x"))


MORE: dict[str, Script] = {
    "gzip-bomb": lambda _p, _h, peer: peer.sendall(reply(bomb(31), "200 OK", HTML, "Content-Encoding: gzip")),
    "deflate-bomb": lambda _p, _h, peer: peer.sendall(reply(bomb(15), "200 OK", HTML, "Content-Encoding: deflate")),
    "gzip-cut": text(reply(gzip.compress(QUIET)[:-30], "200 OK", HTML, "Content-Encoding: gzip")),
    "gzip-none": text(reply(b"\x1f\x8b\x08\x00garbage" * 9, "200 OK", HTML, "Content-Encoding: gzip")),
    "circle": bouncing,
    "deeper": deeper,
    "self-redirect": text(reply(b"", "302 Found", "Location: /self-redirect")),
    "parked": text(reply(PARKED, "200 OK", HTML)),
    "inward": text(reply(b"", "302 Found", "Location: http://169.254.169.254/latest/meta-data/")),
}
SCRIPTS: dict[str, Script] = {name: script for name, (script, _) in BAD.items()} | MORE


def site(path: str, head: str, peer: socket.socket) -> None:
    name = path.strip("/").split("?")[0].rstrip("x") if path.startswith("/deeper") else path.strip("/").split("?")[0]
    SCRIPTS.get(name, text(reply(QUIET, "200 OK", HTML)))(path, head, peer)


@pytest.mark.parametrize("vantage", ["", "range"])
def test_no_bad_input_is_clean_stuck_or_without_a_reason(tmp_path: Path, vantage: str) -> None:
    with scripted(site) as server:
        settings = Settings(
            state_dir=str(tmp_path / "state"),
            rules_dir=str(rules_folder(tmp_path)),
            cache_dir=str(tmp_path / "cache"),
            fetch_allow=(f"127.0.0.1#{server.port}",),
            fetch_seconds=1.5,
            fetch_rate=1_000.0,
            redis_url="redis+socket:///nowhere.sock",
            limits={"content_bytes": 2_000_000, "ratio_floor": 4_000_000},
        )
        cdn = open_cdn(settings)
        root = f"http://127.0.0.1:{server.port}"
        urls = {name: f"{root}/{name}" for name in SCRIPTS}
        urls |= {"circle": f"{root}/circle?a", "no-tls": f"https://127.0.0.1:{server.port}/", "good": f"{root}/good"}
        urls |= {"no-name": "http://nobody.invalid/", "inside": "http://10.0.0.1/"}
        subjects = {name: url_subject(read_url(url), "tenant", vantage) for name, url in urls.items()}
        ids = cdn.house.intake.file([Owed(each, Lane.BULK, "test", "1") for each in subjects.values()])
        began = time.monotonic()
        rows = {row.subject.key: row.verdict for row in cdn.house.scanning.scan_batch(ids, "test").judged}
        took = time.monotonic() - began
        cdn.house.close()
    verdicts = {name: rows[subject.key] for name, subject in subjects.items()}
    assert verdicts.pop("good").word == "CLEAN"
    told = {name: (each.word, [gap.reason.value for gap in each.coverage.gaps]) for name, each in verdicts.items()}
    assert {name: row for name, row in told.items() if row[0] == "CLEAN" or not row[1]} == {}
    assert {each.coverage.reach for each in verdicts.values()} <= {Reach.PARTIAL, Reach.UNSCANNABLE, Reach.FAILED}
    assert told["no-name"][1] in (["unresolved"], ["timeout"])  # by the machine's own resolver
    assert told["parked"] == ("PARTIAL", ["parked"])
    assert took < 60
