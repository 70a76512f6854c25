"""Access logs as usage: lines of CDN and object-store logs, summed up to bandwidth and request samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from scanner.domain.cdn.sketches import HeavyHitters
from scanner.domain.usage.causes import MAX_LINES, Snapshot
from scanner.domain.usage.samples import RawSample

MAX_URLS = 1_000  # whose counts are kept of one account: those asked for most


class Access(NamedTuple):
    """One request of a log. `name` is the bucket or host that was asked."""

    name: str
    at: float
    sent: int
    received: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the lines of a log amount to: samples at the end of each interval, and the most asked for."""

    samples: tuple[RawSample, ...]
    tops: tuple[Snapshot, ...]
    lines: int


def summed(lines: Iterable[Access], accounts: Mapping[str, str], interval: int) -> Traffic:
    """Bandwidth and requests by account and interval. `accounts` maps buckets and hosts; others stand for themselves.

    All files of a time must be summed together: an interval's sample is taken once, a second one is a duplicate.
    """
    sums: dict[tuple[str, int], list[int]] = {}
    urls: dict[str, HeavyHitters[str]] = {}
    count = 0
    for line in lines:
        count += 1
        account = accounts.get(line.name, line.name)
        held = sums.setdefault((account, int(line.at) // interval), [0, 0, 0])
        held[0] += line.sent
        held[1] += line.received
        held[2] += 1
        if account not in urls:
            urls[account] = HeavyHitters(MAX_URLS)
        urls[account].add({line.url[:400]: 1})
    samples = tuple(
        RawSample(account, resource, (number + 1) * interval - 1, total / interval, unit)
        for (account, number), held in sorted(sums.items(), key=lambda row: row[0][1])
        for resource, total, unit in zip(("bandwidth-out", "bandwidth-in", "requests"), held, _UNITS, strict=True)
    )
    newest = dict(sorted(sums, key=lambda key: key[1]))
    tops = tuple(
        Snapshot(account, _at(newest[account], interval), "access log", tops=tuple(found.top(MAX_LINES)))
        for account, found in urls.items()
    )
    return Traffic(samples, tops, count)


_UNITS = ("B/s", "B/s", "1/s")


def _at(number: int, interval: int) -> datetime:
    return datetime.fromtimestamp((number + 1) * interval - 1, UTC)
