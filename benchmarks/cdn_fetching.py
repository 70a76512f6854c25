"""What fetching and scanning cost of CPU, before one caching edge; and the traps that nobody may fall into."""

import random
import time
from pathlib import Path
from typing import Any

from benchmarks.cdn_edges import edges
from benchmarks.cdn_pages import SIZE, ordinary
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.bootstrap_local import detector, load_rulebook
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import Ask, FetchLimits, Page
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from tests.unit.cdn.hostile import reply, scripted, traps
from tests.unit.cdn.test_fetch_traps import HOSTS, fetcher

CACHE = Path.home() / ".cache" / "aup-scanner"


def picture(number: int) -> bytes:
    """A JPEG of 10 KB that no decoder opens far: a head and noise, as most of what a CDN serves looks to a scanner."""
    head = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300")
    return head + random.Random(number).randbytes(SIZE - len(head) - 2) + bytes.fromhex("ffd9")


def costs(store: Any, bucket: str, rounds: int = 2_000) -> dict[str, float]:
    """CPU µs of one fetch, of one boto3 GET of the same size, and of one scan."""
    pages = 50
    for number in range(pages):
        store.put(f"p{number}.html", ordinary(number), bucket)
    with edges(store.url, bucket, 1) as running:
        allowed = Allowed.of([running.addresses[0].replace(":", "#")])
        one = CurlFetcher(FetchLimits(rate=1e6), allowed)
        root = f"http://{running.addresses[0]}"
        asks = [Ask(f"{root}/p{number % pages}.html") for number in range(rounds)]
        bodies = [outcome.body for outcome in one.fetch(asks[:200]) if isinstance(outcome, Page)]
        assert [len(body) for body in bodies] == [SIZE] * 200
        fetch = min(_cpu(lambda: sum(1 for _ in one.fetch(asks))) for _ in range(3)) / rounds
        one.close()
    gets = rounds // 4
    boto3 = min(_cpu(lambda: _gets(store.client, bucket, gets, pages)) for _ in range(3)) / gets
    looking = detector(
        load_rulebook(cache=CACHE),
        Limits(),
        cage_mode="off",
        cache_dir=CACHE,
    )
    found = {"fetch": fetch * 1e6, "boto3": boto3 * 1e6}
    samples = [Sample(f"{root}/p{n}.html", bodies[n], "text/html") for n in range(pages)]
    for name, some in (("page", samples), ("page in English", samples[::2]), ("page in Chinese", samples[1::2])):
        found[name] = _scan(looking, some)
    found["picture"] = _scan(looking, [Sample(f"{root}/p{n}.jpg", picture(n), "image/jpeg") for n in range(pages)])
    looking.close()
    return found


def _scan(looking: Any, samples: list[Sample]) -> float:
    """CPU us of one scan."""
    for sample in samples:
        looking.detect(sample)
    return min(_cpu(lambda: [looking.detect(sample) for sample in samples]) for _ in range(3)) / len(samples) * 1e6


def _gets(client: Any, bucket: str, rounds: int, pages: int) -> None:
    for number in range(rounds):
        client.get_object(Bucket=bucket, Key=f"p{number % pages}.html")["Body"].read()


def _cpu(work: Any) -> float:
    """CPU of this thread: servers of the bench that live in this process are not the client's cost."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def trapped() -> tuple[int, int]:
    """Attempts to reach an internal address by spelling, redirect and rebinding; and connections to the traps."""
    with traps() as listening:
        port = listening[0].port
        asks = [Ask(f"{scheme}://{host}:{port}/") for host in HOSTS for scheme in ("http", "https")]
        one = fetcher(**{"rebound.example": ["127.0.0.1"], "mixed.example": ["8.8.8.8", "::1"]})
        attempts = len(list(one.fetch([*asks, Ask(f"http://mixed.example:{port}/")])))

        def script(path: str, _head: str, peer: Any) -> None:
            host = HOSTS[int(path[1:])]
            peer.sendall(reply(b"", "302 Found", f"Location: http://{host}:{port}/".encode().decode("latin-1")))

        with scripted(script) as server:
            front = fetcher(f"127.0.0.1#{server.port}", **{"front.example": ["127.0.0.1"]})
            chains = [Ask(f"http://front.example:{server.port}/{number}") for number in range(len(HOSTS))]
            attempts += len(list(front.fetch(chains)))
        return attempts, sum(trap.connections for trap in listening)
