"""An object store that costs as little as a Python server can: made objects, listed and read over loopback.

`python -m benchmarks.pipeline_store COUNT SIZE DISTINCT` prints its address; GET /--counts tells what was asked of it.
"""

import asyncio
import bisect
import hashlib
import json
import random
import sys
from urllib.parse import parse_qs, quote, unquote

MODIFIED = "2026-01-02T03:04:05"
HEAD_DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
SYLLABLES = ("ka", "lo", "mi", "ten", "ra", "vel", "so", "nu", "dri", "pel", "mo", "ste", "bra", "fin", "gor", "hal")
TAGS = ("<p>", "</p>\n", '<div class="row">', "</div>\n", "<li>", "</li>\n", ", ", ". ", " ", " ", " ", " ")


def body_of(number: int, size: int) -> bytes:
    """One page of made-up words and markup, always the same for a number."""
    dice = random.Random(number)
    words = ("".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) + dice.choice(TAGS) for _ in range(size // 5))
    return f"<!doctype html><html><head><title>{number}</title></head><body>{''.join(words)}".encode()[:size]


def key_of(number: int) -> str:
    """Keys in folders; in order of their numbers."""
    return f"site-{number // 1_000:05}/page-{number:08}.html"


class Store:
    """`count` objects; object n has the body of n modulo `distinct`."""

    def __init__(self, count: int, size: int, distinct: int) -> None:
        self.bodies = [body_of(n, size) for n in range(distinct)]
        self.etags = [hashlib.md5(body).hexdigest() for body in self.bodies]
        self.keys = [key_of(n) for n in range(count)]
        self.asked = {"list": 0, "get": 0}

    def answer(self, target: str) -> tuple[str, bytes]:
        """Headers and body."""
        path, _, query = target.partition("?")
        if path == "/--counts":
            return "", json.dumps(self.asked).encode()
        key = unquote(path).split("/", 2)[2] if path.count("/") > 1 else ""
        if not key:
            self.asked["list"] += 1
            return "Content-Type: application/xml\r\n", self.listing(parse_qs(query))
        self.asked["get"] += 1
        number = int(key[-13:-5]) % len(self.bodies)
        told = f'ETag: "{self.etags[number]}"\r\nContent-Type: text/html\r\nLast-Modified: {HEAD_DATE}\r\n'
        return told, self.bodies[number]

    def listing(self, query: dict[str, list[str]]) -> bytes:
        """ListObjectsV2."""
        after = query.get("continuation-token", query.get("start-after", [""]))[0]
        limit = int(query.get("max-keys", ["1000"])[0])
        prefix = query.get("prefix", [""])[0]
        start = max(bisect.bisect_right(self.keys, after), bisect.bisect_left(self.keys, prefix))
        end = bisect.bisect_left(self.keys, prefix + "\U0010ffff") if prefix else len(self.keys)
        shown = range(start, max(start, min(start + limit, end)))
        rows = "".join(
            f"<Contents><Key>{quote(self.keys[n])}</Key><LastModified>{MODIFIED}.000Z</LastModified>"
            f"<ETag>&quot;{self.etags[n % len(self.bodies)]}&quot;</ETag>"
            f"<Size>{len(self.bodies[n % len(self.bodies)])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for n in shown
        )
        cut = str(shown.stop < end).lower()
        token = f"<NextContinuationToken>{self.keys[shown.stop - 1]}</NextContinuationToken>" if cut == "true" else ""
        head = f"<Name>bench</Name><EncodingType>url</EncodingType><IsTruncated>{cut}</IsTruncated>{token}"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>{head}{rows}</ListBucketResult>'.encode()


class Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, store: Store) -> None:
        self.store, self.held = store, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        while b"\r\n\r\n" in self.held:
            head, _, self.held = self.held.partition(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            headers, body = self.store.answer(target)
            lines = f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
            self.transport.write(lines + (b"" if method == "HEAD" else body))  # type: ignore[attr-defined]


async def serve(store: Store) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Talk(store), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Store(*map(int, sys.argv[1:4]))))
