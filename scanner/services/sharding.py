"""Sharding: a bucket's keys parted where keys really are, by a few probes of its listing."""

from collections.abc import Iterator

from scanner.ports_knowing import Pages

DEPTH = 32  # characters that all keys may share before the parting is given up
MOST = 100  # characters looked at in one place
LAST = "\U0010ffff"  # behind every key that begins alike
SMALL = 1_000  # a bucket that fits one page is not parted


def split(pages: Pages, bucket: str, prefix: str, parts: int) -> list[str]:
    """Keys at which to part the bucket's listing into at most `parts` stretches; none for a small bucket."""
    if parts < 2 or len(pages.page(bucket, prefix, "", "", SMALL)) < SMALL:
        return []
    stem = prefix
    for _ in range(DEPTH):
        found = list(_begun(pages, bucket, prefix, stem))
        if len(found) != 1:
            return _spread(found, parts - 1)
        stem = found[0]
    return []


def _begun(pages: Pages, bucket: str, prefix: str, stem: str) -> Iterator[str]:
    """The stem with every character that goes on from it in some key, each found by one probe."""
    after = stem
    for _ in range(MOST):
        first = pages.page(bucket, prefix, after, "", 1)
        if not first or not first[0][0].startswith(stem):
            return
        place = first[0][0][: len(stem) + 1]
        yield place
        after = place + LAST


def _spread(places: list[str], count: int) -> list[str]:
    """`count` of the places, evenly; the first would leave nothing before it."""
    inner = places[1:]
    if len(inner) <= count:
        return inner
    return [inner[(n + 1) * len(inner) // (count + 1)] for n in range(count)]
