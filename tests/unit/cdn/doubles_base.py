"""What every double of a provider's control API has, and the port that it is served on."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

AK, SK = "access", "secret"
Reply = tuple[int, dict[str, Any]]


class Double:
    """What every provider has: tasks that take a number of polls, blocked URLs, stopped hosts, a day's quota."""

    def __init__(self) -> None:
        self.tasks: dict[str, tuple[list[str], int]] = {}
        self.purged: list[str] = []
        self.blocked: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.quota, self.polls, self.calls = 1_000, 1, list[str]()
        self.fault: Callable[[str], Reply | None] = lambda _call: None
        self.forget: Callable[[str], None] = lambda _url: None
        self.url = ""

    def submit(self, urls: list[str]) -> str:
        task = f"t{len(self.tasks) + 1}"
        self.tasks[task] = (urls, self.polls)
        self.quota -= len(urls)
        return task

    def poll(self, task: str) -> tuple[list[str], bool]:
        urls, left = self.tasks[task]
        self.tasks[task] = (urls, max(0, left - 1))
        if left <= 1 and not set(urls) <= set(self.purged):
            self.purged += urls
            for url in urls:
                self.forget(url)
        return urls, left <= 1

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        raise AssertionError("a provider's own")


@contextmanager
def serving(double: Double) -> Iterator[Double]:
    """The double behind a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0") or 0))
            double.calls.append(f"{self.command} {self.path} {self.headers.get('X-TC-Action', '')}".strip())
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, found = double.fault(double.calls[-1]) or double.answer(self.command, self.path, headers, body)
            text = json.dumps(found).encode()
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_DELETE = do_PUT = do_GET

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
