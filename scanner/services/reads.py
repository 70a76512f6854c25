"""Reads of many objects, taken in groups: what is looked up and judged together, and held in memory meanwhile."""

from collections.abc import Iterable, Iterator

from scanner.ports import Fetched, Unread

GROUP_READS, GROUP_BYTES = 200, 4 * 1024 * 1024


def groups(reads: Iterable[Fetched | Unread]) -> Iterator[list[Fetched | Unread]]:
    """Reads in groups, bounded by count and by bytes."""
    group, held = list[Fetched | Unread](), 0
    for read in reads:
        group.append(read)
        held += len(read.data) if isinstance(read, Fetched) else 0
        if len(group) >= GROUP_READS or held >= GROUP_BYTES:
            yield group
            group, held = [], 0
    if group:
        yield group
