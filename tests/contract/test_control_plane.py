"""Measures and notices over signed webhooks: signed, idempotent, and clear about what the other side said."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scanner.adapters.abilities_file import AbilitiesFile
from scanner.adapters.control_plane import ControlPlane, RoutedSurface
from scanner.adapters.memory import MemoryContents, MemorySurface
from scanner.adapters.postmen import FolderPostman, MailPostman, Postmen, WebhookPostman
from scanner.adapters.vault import DirectoryVault
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import AmbiguousError, ConflictError, EnforcementError, GoneError
from scanner.ports_enforcement import Post

HOST = Subject("host:web-7", "cpu", "I1", "", 0, "account-1")
POST = Post("N1", "account-1", "§3.1.3.7", "text", b'{"id":"N1"}')


class Plane(ThreadingHTTPServer):
    """A control plane of one host; `status` answers instead of working where it is set."""

    def __init__(self) -> None:
        self.limit, self.status, self.body, self.asked = "4 cores", 0, b"{}", list[dict[str, Any]]()
        self.headers: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/measures?v=1"

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("op") == "apply":
            self.limit = "throttled"
        if asked.get("op") == "restore":
            self.limit = asked["plan"]["before"]
        seen = "refused" if self.limit == "throttled" else "served"
        return {"before": self.limit, "seen": seen}


class _Handler(BaseHTTPRequestHandler):
    server: Plane

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.headers.append(
            {name.lower(): value for name, value in self.headers.items()} | {"body": body.decode()}
        )
        self.server.asked.append(json.loads(body))
        text = self.server.body if self.server.status else json.dumps(self.server.answer(json.loads(body))).encode()
        self.send_response(self.server.status or 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def plane() -> Iterator[Plane]:
    server = Plane()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_host_is_throttled_and_given_back_what_it_had(plane: Plane) -> None:
    control = ControlPlane(plane.url, "secret")
    plan = control.plan(HOST)
    control.suspend(HOST, plan)
    assert (control.observe(HOST), control.before(plan)) == ("refused", "served")
    control.restore(HOST, plan)
    assert (control.observe(HOST), plane.limit) == ("served", "4 cores")
    assert plane.asked[0]["subject"] == {"place": "host:web-7", "what": "cpu", "version": "I1", "account": "account-1"}


def test_every_request_is_signed_and_repeats_its_key(plane: Plane) -> None:
    control = ControlPlane(plane.url, "secret")
    plan = control.plan(HOST)
    control.suspend(HOST, plan)
    control.suspend(HOST, plan)
    first, second = plane.headers[-2:]
    assert first["idempotency-key"] == second["idempotency-key"]
    text = f"{first['x-aup-time']}.{first['body']}".encode()
    assert first["x-aup-signature"] == "sha256=" + hmac.new(b"secret", text, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "error"), [(404, GoneError), (409, ConflictError), (500, AmbiguousError), (403, EnforcementError)]
)
def test_what_the_plane_answers_comes_out_in_our_words(plane: Plane, status: int, error: type[Exception]) -> None:
    plane.status = status
    with pytest.raises(error):
        ControlPlane(plane.url, "secret").restore(HOST, "{}")


@pytest.mark.parametrize(
    ("body", "why"), [(b"<html>", "answered no JSON"), (b"[]", "told no inverse"), (b"{}", "told no")]
)
def test_a_plane_that_tells_no_inverse_is_not_asked_to_act(plane: Plane, body: bytes, why: str) -> None:
    plane.status, plane.body = 200, body
    with pytest.raises(EnforcementError, match=why):
        ControlPlane(plane.url, "secret").plan(HOST)


@pytest.mark.parametrize(
    ("status", "body", "seen"), [(404, b"", "gone"), (403, b"", "unclear"), (200, b'{"seen":"?"}', "unclear")]
)
def test_what_cannot_be_seen_is_unclear(plane: Plane, status: int, body: bytes, seen: str) -> None:
    plane.status, plane.body = status, body
    assert ControlPlane(plane.url, "secret").observe(HOST) == seen


def test_a_plane_that_is_not_named_or_not_there_is_told() -> None:
    with pytest.raises(EnforcementError, match="no control plane is named"):
        ControlPlane("", "").plan(HOST)
    with pytest.raises(AmbiguousError, match="gave no answer"):
        ControlPlane("http://127.0.0.1:9/", "s", 1.0).suspend(HOST, "{}")


def test_objects_and_other_places_go_to_their_own_surface(plane: Plane) -> None:
    contents = MemoryContents()
    stored = contents.put("tenant", "a", b"x")
    both = RoutedSurface(MemorySurface(contents), ControlPlane(plane.url, "secret"), MemorySurface(contents))
    for subject in (stored, HOST):
        plan = both.plan(subject)
        both.suspend(subject, plan)
        assert (both.observe(subject), both.before(plan)) == ("refused", "served")
        both.restore(subject, plan)
        assert both.observe(subject) == "served"
    assert len(plane.asked) == 5


def test_a_notice_is_taken_or_tried_again(plane: Plane) -> None:
    postman = WebhookPostman(plane.url, "secret")
    assert postman.deliver(POST) == "webhook 200"
    assert plane.headers[-1]["idempotency-key"] == "N1"
    plane.status = 503
    with pytest.raises(EnforcementError, match="not taken: status 503"):
        postman.deliver(POST)
    with pytest.raises(EnforcementError, match="no answer"):
        WebhookPostman("http://127.0.0.1:9/", "s", 1.0).deliver(POST)


def test_a_notice_is_kept_in_a_folder_once(tmp_path: Path) -> None:
    postman = Postmen((FolderPostman(DirectoryVault(tmp_path)), MailPostman("127.0.0.1:9", "aup@example.test")))
    assert postman.deliver(POST) == postman.deliver(POST) == "kept in the notices folder; no address"
    assert (tmp_path / "N1.json").read_bytes() == POST.document
    with pytest.raises(EnforcementError, match="not kept"):
        FolderPostman(DirectoryVault(tmp_path)).deliver(Post("N1", "a", "s", "t", b"other"))


@pytest.mark.parametrize("relay", ["127.0.0.1:9", "127.0.0.1:x"])
def test_a_relay_that_does_not_answer_is_told(relay: str) -> None:
    with pytest.raises(EnforcementError, match="mail not taken"):
        MailPostman(relay, "aup@example.test", {"account-1": "a@example.test"}, 1.0).deliver(POST)


def test_a_probe_is_remembered_for_its_own_store_only(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    calls = []

    def probe() -> Abilities:
        calls.append(1)
        return Abilities(tagging=True, probed_at=datetime.now(UTC).isoformat(), dangers=("put-acl",))

    path = tmp_path / "state" / "abilities.json"
    first = AbilitiesFile(path, "http://one", probe)
    assert first().tagging
    assert first().dangers == ("put-acl",)
    assert len(calls) == 1
    AbilitiesFile(path, "http://two", probe)()
    assert len(calls) == 2
    path.write_text("damaged")
    assert AbilitiesFile(path, "http://two", probe).remembered() is None
    path.write_text(json.dumps({"endpoint": "http://two", "tagging": True, "probed_at": "2020-01-01T00:00:00+00:00"}))
    assert AbilitiesFile(path, "http://two", probe).remembered() is None
