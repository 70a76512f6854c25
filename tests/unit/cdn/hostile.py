"""Servers of the tests: one that says exactly what it is told, and traps that count who comes."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

Script = Callable[[str, str, socket.socket], None]


class Scripted:
    """A server on loopback that hands each request's path and head to a script, which writes bytes as it likes."""

    def __init__(self, script: Script, family: int = socket.AF_INET, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script, self.seen, self.connections = script, list[str](), 0
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.listen(64)
        self.context: ssl.SSLContext | None = None
        self.port = self.socket.getsockname()[1]
        self.thread = Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        peer.settimeout(10)
        with peer:
            try:
                if self.context is not None:
                    peer = self.context.wrap_socket(peer, server_side=True)
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = peer.recv(65_536)
                    if not piece:
                        return
                    head += piece
                text = head.decode("latin-1")
                self.seen.append(text)
                self.script(text.split(" ", 2)[1], text, peer)
            except OSError:
                return

    def close(self) -> None:
        self.socket.close()


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer with an honest length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    server = Scripted(script)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def traps() -> Iterator[list[Scripted]]:
    """Listeners on several loopback addresses of both families, one port each; nobody may ever come."""

    def script(_path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"SECRET"))

    listening = [Scripted(script)]
    port = listening[0].port
    for host in ("127.0.0.2", "127.1.2.3"):
        listening.append(Scripted(script, host=host, port=port))
    with suppress(OSError):  # a machine without IPv6 has no door there
        listening.append(Scripted(script, socket.AF_INET6, "::1", port))
    try:
        yield listening
    finally:
        for one in listening:
            one.close()
