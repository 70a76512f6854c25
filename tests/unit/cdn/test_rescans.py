"""A URL's second scan: the verdict stands while nothing changed; other rules, or a finding, have it read again."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.adapters.sql_known import SqlKnown
from scanner.bootstrap_cdn import CdnHouse, open_cdn
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.cdn import memory
from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import read_url
from scanner.domain.changes import Judged
from scanner.domain.coverage import Reason
from scanner.domain.requests import Lane, Owed
from scanner.settings import Settings
from tests.unit.cdn.hostile import Scripted, reply, scripted
from tests.unit.rulebook.house import RULE, rules_folder, samples

PAGE = b"<html>a quiet page about flowers and gardens in the spring time</html>"
TEXT = b"a long page of a shop that sells flowers and gardens, and tells of each of them what it is for, " * 3
SHELL = TEXT + b"<?php eval($_POST['cmd']); ?>"
PARKED = b"<html data-adblockkey='x'><title>w.example</title>This domain is for sale</html>"
MORE = RULE.replace("php_eval_request", "php_call").replace("php-eval-request", "php-call").replace("eval", "assert")
MORE_SAMPLES = samples("webshell.php-call", {"a.php": b"<?php assert($_GET[1]);"}, {"b.php": b"<?php echo 1;"})
TURNS = iter(range(1_000_000))


def script(path: str, head: str, peer: socket.socket) -> None:
    body = {"/shell.php": SHELL, "/like.html": TEXT + b"<?php echo 1; ?>", "/parked": PARKED}.get(path, PAGE)
    same = 'If-None-Match: "v1"' in head
    whole = reply(body, "200 OK", "Content-Type: text/html", 'ETag: "v1"')
    peer.sendall(reply(b"", "304 Not Modified") if same else whole)


@dataclass
class Site:
    server: Scripted
    folder: Path

    def open(self, rules: Path) -> CdnHouse:
        return open_cdn(
            Settings(
                state_dir=str(self.folder / "state"),
                rules_dir=str(rules),
                cache_dir=str(self.folder / "cache"),
                fetch_allow=(f"127.0.0.1#{self.server.port}",),
                redis_url="redis+socket:///nowhere.sock",
            )
        )

    def scan(self, cdn: CdnHouse, path: str = "/") -> Judged:
        """Scan once more, as the next day's log would have it; the row."""
        subject = url_subject(read_url(f"http://127.0.0.1:{self.server.port}{path}"), "tenant")
        ids = cdn.house.intake.file([Owed(subject, Lane.BULK, "test", f"turn-{next(TURNS)}")])
        [row] = cdn.house.scanning.scan_batch(ids, "test").judged
        return row

    @property
    def conditional(self) -> int:
        return sum("If-None-Match" in head for head in self.server.seen)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(memory, "WHOLE_SHARE", 1_000_000)
    with scripted(script) as server:
        yield Site(server, tmp_path)


def counts(cdn: CdnHouse) -> dict[str, int]:
    return dict(SqlKnown(cdn.house.database).tallies(""))


def test_a_verdict_stands_on_as_before_until_the_rules_change(site: Site) -> None:
    before = site.open(rules_folder(site.folder / "one"))
    first, second = site.scan(before), site.scan(before)
    assert (first.verdict.word, second.verdict.word, site.conditional) == ("CLEAN", "CLEAN", 1)
    assert first.verdict.content == second.verdict.content
    assert first.subject.etag == second.subject.etag
    assert counts(before) == {"detected": 1, "cached": 1}
    before.house.close()
    after = site.open(
        rules_folder(site.folder / "two", {"yara/webshell/more.yar": MORE, "samples/more.yaml": MORE_SAMPLES})
    )
    third = site.scan(after)
    assert (third.verdict.word, site.conditional, len(site.server.seen)) == ("CLEAN", 1, 3)
    assert counts(after) == {"detected": 1, "cached": 1, "delta": 1}  # read whole: only the changed rules ran
    fourth = site.scan(after)
    assert (fourth.verdict.word, site.conditional) == ("CLEAN", 2)
    after.house.close()


def test_what_was_found_or_cannot_be_clean_is_read_whole_every_time(site: Site) -> None:
    cdn = site.open(rules_folder(site.folder / "one"))
    rows = [site.scan(cdn, "/shell.php") for _ in range(2)]
    assert {row.verdict.word for row in rows} <= {"VIOLATION", "SUSPECT"}
    assert site.conditional == 0
    assert len(cdn.house.casebook.cases((), 10, "0")) == 1
    cdn.house.close()


def test_a_parked_domain_is_never_clean_and_says_why(site: Site) -> None:
    cdn = site.open(rules_folder(site.folder / "one"))
    for _ in range(2):
        row = site.scan(cdn, "/parked")
        assert (row.verdict.word, row.verdict.coverage.reasons) == ("PARTIAL", (Reason.PARKED,))
        assert "stand-in page" in row.verdict.coverage.gaps[0].detail
    cdn.house.close()


def test_nearly_the_same_page_under_another_url_reopens_the_case(site: Site) -> None:
    cdn = site.open(rules_folder(site.folder / "one"))
    bad = site.scan(cdn, "/shell.php")
    [case] = cdn.house.casebook.cases((), 10, "0")
    held = cdn.house.reviewing.claim(case.id, "li")
    cdn.house.reviewing.decide(case.id, "li", held.tokens, Outcome.VIOLATING, "malware")
    assert cdn.beat().get("reopened", 0) == 0
    quiet, like = site.scan(cdn, "/"), site.scan(cdn, "/like.html")
    assert (bad.verdict.word in ("VIOLATION", "SUSPECT"), quiet.verdict.word, like.verdict.word) == (
        True,
        "CLEAN",
        "CLEAN",
    )
    assert cdn.beat()["reopened"] == 1
    again = cdn.house.casebook.case(case.id)
    assert (again.state, "like.html" in again.summary) == (CaseState.QUEUED, True)
    assert cdn.beat().get("reopened", 0) == 0
    cdn.house.close()
