"""Access logs made to order, and how fast and in how much memory they are read."""

import gzip
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from scanner.cli.cdn_ingest import Ingest
from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.harvest import Harvest
from scanner.domain.cdn.sketches import Seen

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
HOSTS = [f"www{number}.example.com" for number in range(20)]


def keys(lines: int, seed: int, distinct: int) -> Iterator[int]:
    """Which URL each line asks for: half the lines are spread over all, half go to few."""
    dice = random.Random(seed)
    for _ in range(lines):
        yield dice.randrange(distinct) if dice.random() < 0.5 else int(dice.paretovariate(1.2))


def nginx(key: int, number: int) -> str:
    """A line with the host in front."""
    when = f"24/Nov/2026:{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d} +0800"
    head = f"{HOSTS[key % 20]} 203.0.113.{number % 250} - - [{when}]"
    return f'{head} "GET /d{key % 977}/f{key}.html HTTP/1.1" 200 {1000 + key % 9000} "https://r.example/" "{AGENT}"'


def cloudflare(key: int, number: int) -> str:
    """A Logpush line."""
    row = {
        "ClientIP": f"203.0.113.{number % 250}",
        "ClientRequestHost": HOSTS[key % 20],
        "ClientRequestMethod": "GET",
        "ClientRequestURI": f"/d{key % 977}/f{key}.html",
        "EdgeEndTimestamp": "2026-11-24T10:00:00Z",
        "EdgeResponseBytes": 1000 + key % 9000,
        "EdgeResponseStatus": 200,
        "RayID": f"{number:016x}",
    }
    return json.dumps(row, separators=(",", ":"))


class Made(io.RawIOBase):
    """A log that is made while it is read, so that its memory is the reader's own."""

    def __init__(self, lines: int, distinct: int) -> None:
        self.made = self._blocks(lines, distinct)

    def read(self, size: int = -1) -> bytes:
        """About a block, whole lines."""
        return next(self.made, b"")

    def seekable(self) -> bool:
        """It is not."""
        return False

    @staticmethod
    def _blocks(lines: int, distinct: int) -> Iterator[bytes]:
        rows: list[str] = []
        for number, key in enumerate(keys(lines, 5, distinct)):
            rows.append(nginx(key, number))
            if len(rows) == 10_000:
                yield ("\n".join(rows) + "\n").encode()
                rows = []
        yield ("\n".join(rows) + "\n").encode() if rows else b""


def ingest() -> Ingest:
    """A reader with an empty memory."""
    return Ingest(Harvest(Domains(), Seen()))


def rate(data: bytes, lines: int) -> float:
    """Lines a CPU second, the harvest and the candidates included."""
    began, one = time.process_time(), ingest()
    for _ in one.take(io.BytesIO(data), "made"):
        continue
    one.harvest.candidates()
    assert one.lines.good == lines
    return lines / (time.process_time() - began)


def plain_rate(data: bytes, lines: int, *, packed: bool) -> float:
    """The same by a loop that anyone would write: a line, a parser or a split, a dictionary."""
    began, counts = time.process_time(), dict[str, int]()
    for line in gzip.GzipFile(fileobj=io.BytesIO(data)) if packed else io.BytesIO(data):
        if packed:
            row = json.loads(line)
            url, status = f"http://{row['ClientRequestHost']}{row['ClientRequestURI']}", row["EdgeResponseStatus"]
        else:
            parts = line.decode().split('"')
            url = f"http://{parts[0].split(' ', 1)[0]}{parts[1].split(' ')[1]}"
            status = int(parts[2].split()[0])
        split = urlsplit(url)
        if status == 200:
            key = f"{split.scheme}://{split.hostname}{split.path}"
            counts[key] = counts.get(key, 0) + 1
    return lines / (time.process_time() - began)


def memory(lines: int) -> tuple[float, dict[str, object]]:
    """Peak MiB of a process that reads that many lines, a tenth of it distinct URLs, and its summary."""
    code = f"import benchmarks.cdn_logs as m; m.child({lines})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    found = json.loads(told)
    return found.pop("peak"), found


def child(lines: int) -> None:
    """The process that is measured."""
    one = ingest()
    for _ in one.take(Made(lines, lines // 5), "made"):  # type: ignore[arg-type]
        continue
    summary = one.summary(one.harvest.candidates())
    status = Path("/proc/self/status").read_text()  # getrusage would tell of the process that started us, too
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    print(json.dumps({**summary, "peak": peak}))
