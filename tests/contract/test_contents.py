"""The Contents port: every legal key is readable, by version, bounded, and whatever goes wrong is a reason."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from scanner.adapters import curl_contents
from scanner.adapters.curl_contents import Credentials, CurlContents, _Transfer
from scanner.adapters.memory import MemoryContents
from scanner.adapters.s3_contents import S3Contents
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.ports import Contents, Fetched, Unread
from tests.integration.ports import free_port, wait_for

ODD_KEYS = [
    ".",
    "a//b",
    "/x",
    "x/",
    "a/../b",
    "line\nbreak",
    "sp ace+plus%2F",
    "名字/😀.txt",
    "q?x=1#f",
    "é",
    "k" * 1_024,
]


@dataclass
class World:
    """A store under test: put an object, read through the port."""

    contents: Contents
    twin: MemoryContents | None = None
    client: Any = None
    folds: bool = False

    def put(self, key: str, data: bytes, **more: str) -> Subject:
        if self.twin is not None:
            return self.twin.put("tenant", key, data)
        answer = self.client.put_object(Bucket="tenant", Key=key, Body=data, **more)
        return Subject("tenant", key, answer.get("VersionId", ""), answer["ETag"].strip('"'), len(data))

    def one(self, subject: Subject, limit: int = 1_000_000) -> Fetched | Unread:
        [answer] = self.contents.read([subject], limit)
        return answer


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A moto server on loopback."""
    server = pytest.importorskip("moto.server", reason="moto's server is not installed")
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(scope="session")
def localstore_url() -> Iterator[str]:
    """Our strict server on loopback."""
    port = free_port()
    command = [sys.executable, "-m", "localstore", "--port", str(port), "--access-key", "k", "--secret-key", "s"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture(params=["memory", "boto3-moto", "curl-moto", "boto3-localstore", "curl-localstore"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        twin = MemoryContents()
        return World(twin, twin)
    reader, _, server = request.param.partition("-")
    url = request.getfixturevalue(f"{server}_url")
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )
    if server == "localstore":
        _emptied(client)
    client.create_bucket(Bucket="tenant")
    client.put_bucket_versioning(Bucket="tenant", VersioningConfiguration={"Status": "Enabled"})
    slow = S3Contents(client)
    fast = CurlContents(slow, url, "us-east-1", lambda: Credentials("k", "s"))
    return World(slow if reader == "boto3" else fast, client=client, folds=server == "moto")


class _Scripted(BaseHTTPRequestHandler):
    """Answers every GET alike."""

    status, code, asked = 503, "SlowDown", 0

    def do_GET(self) -> None:
        type(self).asked += 1
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("reader", ["boto3", "curl"])
@pytest.mark.parametrize(
    ("status", "code", "reason", "asked", "told"),
    [
        (503, "SlowDown", Reason.UNANSWERED, 3, "SlowDown"),
        (500, "InternalError", Reason.UNANSWERED, 3, "InternalError"),
        (429, "TooManyRequests", Reason.UNANSWERED, 3, "TooManyRequests"),
        (403, "InvalidObjectState", Reason.ACCESS_DENIED, 1, "restores it"),
        (403, "AccessDenied", Reason.ACCESS_DENIED, 1, "AccessDenied"),
        (400, "InvalidRequest", Reason.ENCRYPTED, 1, "SSE-C"),
    ],
)
def test_what_a_store_refuses_has_its_reason_and_the_stores_own_word(
    reader: str, status: int, code: str, reason: Reason, asked: int, told: str
) -> None:
    script = type("Script", (_Scripted,), {"status": status, "code": code, "asked": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), script)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    login = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    once = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    slow = S3Contents(boto3.client("s3", endpoint_url=url, config=once, **login))
    fast = CurlContents(slow, url, "us-east-1", lambda: Credentials("k", "s"))
    [answer] = (slow if reader == "boto3" else fast).read([Subject("tenant", "k")], 1_000)
    server.shutdown()
    server.server_close()
    assert isinstance(answer, Unread)
    assert (answer.gap.reason, script.asked) == (reason, asked)
    assert told in answer.gap.detail


@pytest.mark.parametrize("reader", ["boto3", "curl"])
def test_a_store_that_is_away_did_not_answer(reader: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    login = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    slow = S3Contents(boto3.client("s3", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **login))
    fast = CurlContents(slow, url, "us-east-1", lambda: Credentials("k", "s"))
    [answer] = (slow if reader == "boto3" else fast).read([Subject("tenant", "k")], 1_000)
    assert isinstance(answer, Unread)
    assert answer.gap.reason is Reason.UNANSWERED


def _emptied(client: Any) -> None:
    """No bucket of an earlier test."""
    try:
        rows = client.list_object_versions(Bucket="tenant")
    except ClientError:
        return
    for row in rows.get("Versions", []) + rows.get("DeleteMarkers", []):
        client.delete_object(Bucket="tenant", Key=row["Key"], VersionId=row["VersionId"])
    client.delete_bucket(Bucket="tenant")


@pytest.mark.parametrize("key", ODD_KEYS)
def test_every_legal_key_is_read(world: World, key: str) -> None:
    if world.folds and key in (".", "a/../b", "a//b", "/x", "line\nbreak"):
        pytest.skip("moto's own router folds such paths; the local store's suite covers them")
    answer = world.one(world.put(key, b"bytes"))
    assert isinstance(answer, Fetched)
    assert (answer.data, answer.subject.key, answer.subject.size) == (b"bytes", key, 5)


def test_the_named_version_is_read_though_a_newer_one_is_there(world: World) -> None:
    if world.twin:
        pytest.skip("the twin keeps no versions")
    old = world.put("k", b"old")
    new = world.put("k", b"newer")
    assert [world.one(subject).data for subject in (old, new)] == [b"old", b"newer"]  # type: ignore[union-attr]


def test_an_object_that_is_not_the_one_named_is_changed(world: World) -> None:
    old = replace(world.put("k", b"old"), version_id="")
    world.put("k", b"newer")
    answer = world.one(old)
    assert isinstance(answer, Unread)
    assert answer.gap.reason is Reason.CHANGED


def test_without_version_or_etag_the_current_object_is_read_and_named(world: World) -> None:
    put = world.put("k", b"now")
    answer = world.one(Subject("tenant", "k"))
    assert isinstance(answer, Fetched)
    assert (answer.data, answer.subject.etag, answer.asked) == (b"now", put.etag, Subject("tenant", "k"))


def test_an_object_over_the_limit_is_not_read(world: World) -> None:
    answer = world.one(world.put("big", b"x" * 10_001), 10_000)
    assert isinstance(answer, Unread)
    assert answer.gap.reason is Reason.OVER_SIZE


def test_a_version_of_which_fewer_bytes_come_than_were_told_of_is_read_with_a_gap(world: World) -> None:
    stored = world.put("short.txt", b"bytes")
    answer = world.one(replace(stored, size=9))
    assert isinstance(answer, Fetched)
    assert answer.data == b"bytes"
    assert [(gap.reason, gap.detail) for gap in answer.gaps] == [
        (Reason.DAMAGED, "5 bytes came; a listing or an event told of 9")
    ]


def test_an_event_that_tells_of_one_part_of_an_object_makes_no_gap(world: World) -> None:
    answer = world.one(replace(world.put("whole.txt", b"bytes"), size=2))
    assert isinstance(answer, Fetched)
    assert answer.gaps == ()


def test_a_size_that_was_told_of_no_certain_version_says_nothing_of_the_current_one(world: World) -> None:
    answer = world.one(replace(world.put("other.txt", b"bytes"), size=9, version_id="", etag=""))
    assert isinstance(answer, Fetched)
    assert answer.gaps == ()


def test_an_object_that_is_not_there_is_gone(world: World) -> None:
    answer = world.one(Subject("tenant", "never"))
    assert isinstance(answer, Unread)
    assert answer.gap.reason is Reason.GONE


def test_an_empty_object_is_read(world: World) -> None:
    answer = world.one(world.put("empty", b""))
    assert isinstance(answer, Fetched)
    assert answer.data == b""


def test_every_object_of_a_batch_is_answered_once(world: World) -> None:
    subjects = [world.put(f"n{n}", b"%d" % n) for n in range(100)] + [Subject("tenant", "never")]
    answers = list(world.contents.read(subjects, 1_000))
    assert sorted(answer.asked.key for answer in answers) == sorted(subject.key for subject in subjects)
    assert sum(isinstance(answer, Fetched) for answer in answers) == 100


def test_declared_type_and_encoding_come_along(world: World) -> None:
    if world.twin:
        pytest.skip("the twin keeps no headers")
    answer = world.one(world.put("k", b"x", ContentType="text/html; charset=gbk", ContentEncoding="gzip"))
    assert isinstance(answer, Fetched)
    assert (answer.media_type, answer.encoding) == ("text/html; charset=gbk", "gzip")


def test_a_listing_goes_on_after_a_key(world: World) -> None:
    for key in ("p/a", "p/b", "p/c", "q"):
        world.put(key, b"1")
    assert [subject.key for subject in world.contents.listing("tenant", "p/", "p/a")] == ["p/b", "p/c"]
    assert world.contents.missing("nobody")
    assert not world.contents.missing("tenant")


def test_objects_that_are_larger_than_was_told_do_not_fill_the_memory_side_by_side(
    localstore_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=localstore_url, config=Config(s3={"addressing_style": "path"}), **login)
    _emptied(client)
    client.create_bucket(Bucket="tenant")
    for number in range(12):
        client.put_object(Bucket="tenant", Key=f"n{number}", Body=b"x" * 1_000_000)
    monkeypatch.setattr(curl_contents, "IN_FLIGHT_BYTES", 2_000_000)
    monkeypatch.setattr(curl_contents, "SLACK", 20_000)
    fill, take = CurlContents._fill, _Transfer.take_body
    live: dict[Any, _Transfer] = {}
    peak = [0]

    def watched_fill(self: CurlContents, *told: Any) -> None:
        fill(self, *told)
        live.clear()
        live.update(told[2])

    def watched_take(self: _Transfer, piece: bytes) -> int | None:
        answer = take(self, piece)
        peak[0] = max(peak[0], sum(transfer.body.tell() for transfer in live.values()))
        return answer

    monkeypatch.setattr(CurlContents, "_fill", watched_fill)
    monkeypatch.setattr(_Transfer, "take_body", watched_take)
    fast = CurlContents(S3Contents(client), localstore_url, "us-east-1", lambda: Credentials("k", "s"))
    answers = list(fast.read([Subject("tenant", f"n{number}") for number in range(12)], 5_000_000))
    assert [len(answer.data) for answer in answers if isinstance(answer, Fetched)] == [1_000_000] * 12
    assert peak[0] <= 2_000_000 + 12 * 20_000
    _emptied(client)


@pytest.mark.parametrize("reader", ["boto3", "curl"])
def test_a_version_from_before_versioning_is_read_by_its_name(localstore_url: str, reader: str) -> None:
    login = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=localstore_url, config=Config(s3={"addressing_style": "path"}), **login)
    _emptied(client)
    client.create_bucket(Bucket="tenant")
    client.put_object(Bucket="tenant", Key="k", Body=b"old")
    client.put_bucket_versioning(Bucket="tenant", VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket="tenant", Key="k", Body=b"newer")
    slow = S3Contents(client)
    fast = CurlContents(slow, localstore_url, "us-east-1", lambda: Credentials("k", "s"))
    [answer] = (slow if reader == "boto3" else fast).read([Subject("tenant", "k", "null")], 1_000)
    assert isinstance(answer, Fetched)
    assert (answer.data, answer.subject.version_id) == (b"old", "")
    _emptied(client)
