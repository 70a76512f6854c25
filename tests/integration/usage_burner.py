"""A process that burns CPU and loopback bandwidth until a limit file appears; then it idles nearly all the time."""

import socket
import sys
import threading
import time
from pathlib import Path


def sink(server: socket.socket) -> None:
    """Takes what comes."""
    taken, _ = server.accept()
    while taken.recv(1 << 20):
        pass


def burn(limit: Path, port: int) -> None:
    """Send and count, in bursts; a limit makes the pauses long."""
    chunk, number = bytes(1 << 20), 0
    with socket.create_connection(("127.0.0.1", port)) as out:
        while True:
            ends = time.monotonic() + 0.05
            while time.monotonic() < ends:
                out.sendall(chunk)
                number += sum(range(1_000))
            if limit.exists() and limit.read_text(encoding="utf-8").startswith("throttled"):
                time.sleep(1.5)


def main() -> None:
    """The first argument is the limit file."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=sink, args=(server,), daemon=True).start()
    burn(Path(sys.argv[1]), server.getsockname()[1])


if __name__ == "__main__":
    main()
