"""The HTTP server: one loopback port, path-style requests, S3's error documents."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from localstore.routes import operation_of
from localstore.signature import identify, plain_body
from localstore.values import Answer, Asked, RefusalError
from localstore.world import World
from localstore.xmltext import tag

MAX_BODY = 256 * 1024 * 1024


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    server: "LocalStore"

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def handle_expect_100(self) -> bool:
        """Tell a waiting client at once to send its body."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing: keys belong to others."""

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length", "0") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            return self._send(_error(RefusalError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum")))
        body = self.rfile.read(size)
        kind = "" if len(body) == size else "drop"
        if not kind:
            kind, answer = self.server.work(self.command, self.path, self.headers, body)
        if kind in ("drop", "lost"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        return self._send(answer, cut=kind == "cut")

    def _send(self, answer: Answer, *, cut: bool = False) -> None:
        self.send_response_only(answer.status)
        headers = {"Server": "localstore", "Date": formatdate(usegmt=True), "x-amz-request-id": secrets.token_hex(8)}
        headers |= dict(answer.headers)
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body) if answer.length < 0 else answer.length)
            headers["Content-Type"] = answer.media_type
        for name, value in headers.items():
            self.send_header(name, value.encode().decode("latin-1").replace("\r", " ").replace("\n", " "))
        self.end_headers()
        if cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


class LocalStore(ThreadingHTTPServer):
    """A strict S3 server over one World."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""

    def work(self, method: str, target: str, raw: Any, body: bytes) -> tuple[str, Answer]:
        """Answer one request; the first value is how the answer is to be spoilt, if it is."""
        kind = ""
        try:
            asked = self._asked(method, target, raw, body)
            name, operation = operation_of(asked)
            asked = replace(asked, operation=name)
            with self.world.lock:
                faults = self.world.faults.of(asked)
                kind = _before([fault.kind for fault in faults])
                if kind == "drop":
                    return kind, Answer()
                for fault in faults:
                    if fault.kind == "before" and fault.act:
                        fault.act()
                self.world.log.append((asked.caller.account, name, asked.bucket, asked.key))
                answer = operation(self.world, asked)
                for fault in faults:
                    if fault.kind == "after" and fault.act:
                        fault.act()
        except RefusalError as error:
            answer = _error(error)
        return kind, answer if method != "HEAD" else replace(answer, body=b"", length=_length(answer))

    def _asked(self, method: str, target: str, raw: Any, body: bytes) -> Asked:
        path, _, query_text = target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True, errors="surrogateescape"))
        headers: Mapping[str, str] = {name.lower(): _utf8(value) for name, value in raw.items()}
        try:
            bucket, _, key = unquote_to_bytes(path).decode().removeprefix("/").partition("/")
        except UnicodeDecodeError as error:
            raise RefusalError(400, "InvalidURI", "Couldn't parse the specified URI.") from error
        caller = identify(method, path, query, headers, self.world.logins, self.world.now())
        plain, trailers = plain_body(body, headers)
        return Asked(method, bucket, key, query, {**headers, **trailers}, plain, caller, quirks=self.world.quirks)


def _before(kinds: list[str]) -> str:
    """An error status is answered at once; `drop`, `lost` and `cut` are told to the connection."""
    status = next((kind for kind in kinds if kind.isdigit()), "")
    if status:
        codes = {
            "503": "SlowDown",
            "412": "PreconditionFailed",
            "409": "ConditionalRequestConflict",
            "500": "InternalError",
        }
        raise RefusalError(int(status), codes.get(status, "AccessDenied"), "a scripted fault")
    return next((kind for kind in kinds if kind in ("drop", "lost", "cut")), "")


def _error(error: RefusalError) -> Answer:
    inner = tag("Code", error.code) + tag("Message", error.message) + tag("RequestId", secrets.token_hex(8))
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode("utf-8", "surrogatepass")
    return Answer(error.status, body, error.headers)


def _length(answer: Answer) -> int:
    return answer.length if answer.length >= 0 else len(answer.body)


def _utf8(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


@contextmanager
def running(world: World, port: int = 0) -> Iterator[LocalStore]:
    """The server, in a thread of its own, until the block ends."""
    server = LocalStore(world, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
