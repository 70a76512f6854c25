"""`python -m tests.integration.rescan_store COUNT`: a strict local store, that many small objects in bucket `big`."""

import hashlib
import random
import sys
from datetime import UTC, datetime, timedelta

from localstore.server import LocalStore
from localstore.values import Bucket, Version
from localstore.world import World

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OWNER = "111111111111"
EVERY = 1_000  # objects between two with the harmless test signature
WORDS = ("the", "garden", "shop", "has", "fresh", "bread", "and", "tea", "books", "maps", "天气", "新闻", "公司")


def main(count: int) -> None:
    """Serve until killed."""
    world, past = World(), datetime.now(UTC) - timedelta(days=1)
    world.add_account(OWNER, "local", "local")
    bucket = world.buckets["big"] = Bucket("big", OWNER, past)
    for number in range(count):
        body = EICAR if number % EVERY == 7 else _page(number)
        etag = hashlib.md5(body).hexdigest()
        version = Version("null", body, etag, past, OWNER, {"content-type": "text/html"})
        bucket.keys[f"site-{number % 37:02}/page-{number:06}.html"] = [version]
    server = LocalStore(world, 0)
    print(server.url, flush=True)
    server.serve_forever()


def _page(number: int) -> bytes:
    dice = random.Random(number)
    return f"<html><p>{number} {' '.join(dice.choices(WORDS, k=40))}</p></html>".encode()


if __name__ == "__main__":
    main(int(sys.argv[1]))
