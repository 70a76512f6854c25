"""What is asked of the web, under which bounds, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.domain.coverage import Gap

MIB = 1024 * 1024
BROWSER = (
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    ),
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br"),
)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost. Sizes are bytes, times seconds."""

    content_bytes: int = 256 * MIB  # of the last body, as it comes over the wire
    hop_bytes: int = 64 * 1024  # of a redirect's body, which is read only to keep the connection
    header_bytes: int = 64 * 1024  # of one answer's headers
    header_lines: int = 256  # likewise
    hops: int = 10  # redirects followed
    deadline: float = 60.0  # from the first request to the last byte, redirects and look-ups included
    connect: float = 5.0  # for a connection, TLS included
    slow_bytes: int = 1_024  # a second; slower than this …
    slow_seconds: int = 10  # … for so long ends the fetch
    in_flight: int = 32  # fetches at once
    per_host: int = 8  # of one host at once
    rate: float = 200.0  # requests a second to one host
    addresses: int = 3  # addresses of a host tried one after the other


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `etag` and `modified` make it conditional; `span` asks for bytes first…last of the body."""

    url: str
    headers: tuple[tuple[str, str], ...] = BROWSER
    etag: str = ""
    modified: str = ""
    span: tuple[int, int] | None = None
    address: str = ""  # "host:port" of an edge to be asked instead of what the host's name leads to; still checked
    limit: int = 0  # bytes of the body; 0: the limits' own
    name: str = ""  # the asker's own word for it, handed back


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer on the way. `address` is the one that was connected to."""

    url: str
    status: int
    address: str


@dataclass(frozen=True, slots=True)
class Page:
    """What came: the last URL, its status, headers (names in lower case) and whole body, as sent (still encoded)."""

    asked: Ask
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hops: tuple[Hop, ...] = ()
    seconds: float = 0.0

    @property
    def unchanged(self) -> bool:
        """Whether a conditional request was answered with: as before."""
        return self.status == 304


@dataclass(frozen=True, slots=True)
class Unfetched:
    """What did not come, and why; `hops` led there. An error's own page came whole: `body` (as sent)."""

    asked: Ask
    gap: Gap
    hops: tuple[Hop, ...] = ()
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
