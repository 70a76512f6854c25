"""Names to addresses: asked of the system's resolver in threads, kept for seconds, never without a bound."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

KEPT_SECONDS = 30.0  # shorter than a lease of anything that matters; what is kept was checked, and is checked again
KEPT_NAMES = 10_000
THREADS = 8


def system_addresses(host: str) -> list[str]:
    """All addresses of a name, IPv4 first; OSError if there is none."""
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found = [str(row[4][0]) for row in sorted(rows, key=lambda row: row[0] != socket.AF_INET)]
    return list(dict.fromkeys(found))


@dataclass(slots=True)
class Names:
    """A resolver that answers later. `look_up` is replaced in tests."""

    look_up: Callable[[str], list[str]] = system_addresses
    kept: dict[str, tuple[float, list[str]]] = field(default_factory=dict)
    pool: ThreadPoolExecutor | None = None

    def known(self, host: str) -> list[str] | None:
        """The addresses of a name looked up just now; None if it has to be asked for."""
        found = self.kept.get(host)
        return found[1] if found and found[0] > time.monotonic() else None

    def asked(self, host: str) -> "Future[list[str]]":
        """The question put to the resolver."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(THREADS, "names")
        return self.pool.submit(self._answer, host)

    def close(self) -> None:
        """End the threads."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
            self.pool = None

    def _answer(self, host: str) -> list[str]:
        found = self.look_up(host)
        if len(self.kept) >= KEPT_NAMES:
            self.kept.clear()
        self.kept[host] = (time.monotonic() + KEPT_SECONDS, found)
        return found
