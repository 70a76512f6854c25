"""The hash chain of the audit log, and the Merkle tree whose root a checkpoint signs (leaves and nodes as RFC 6962)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.audit import Chained
from scanner.domain.canonical import canonical

LEAF, NODE = b"\x00", b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed and anchored elsewhere: the log's length, the digest of its last entry and its Merkle root."""

    size: int
    head: str
    root: str
    at: datetime

    def body(self) -> bytes:
        """The bytes that are signed."""
        return canonical({"at": self.at.isoformat(), "head": self.head, "root": self.root, "size": self.size})


def link(previous: str, body: bytes) -> str:
    """The digest of an entry: sha256 over the digest before it and the entry's body."""
    return hashlib.sha256(previous.encode() + b"\n" + body).hexdigest()


def leaf(digest: str) -> bytes:
    """The tree's leaf for an entry, made of its chained digest."""
    return hashlib.sha256(LEAF + digest.encode()).digest()


def broken_links(entries: Iterable[Chained], *, previous: str = "", number: int = 0) -> list[str]:
    """What is wrong with a run of entries that begins after entry `number` with digest `previous`; empty if nothing.

    Edits, removals, swaps and insertions show here. A cut tail and a chain computed anew show only against
    checkpoints (`disagreements`).
    """
    problems: list[str] = []
    for entry in entries:
        number += 1
        if entry.number != number:
            problems.append(f"entry {number} is missing: entry {entry.number} stands in its place")
            number = entry.number
        if entry.previous != previous:
            problems.append(f"entry {entry.number} does not continue the entry before it")
        if link(entry.previous, entry.body) != entry.digest:
            problems.append(f"entry {entry.number} was edited: its digest does not cover its body")
        previous = entry.digest
    return problems


class Tree:
    """A growing Merkle tree: O(log n) memory, so that a long log is checked in one pass."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, digest: str) -> None:
        """Append an entry's digest."""
        node, size = leaf(digest), self.size
        while size & 1:
            node = hashlib.sha256(NODE + self._peaks.pop() + node).digest()
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> str:
        """The root over all entries so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = hashlib.sha256(NODE + peak + node).digest()
        return node.hex()


def checkpoint(entries: Sequence[Chained], at: datetime) -> Checkpoint:
    """The checkpoint over a whole log."""
    tree = Tree()
    for entry in entries:
        tree.add(entry.digest)
    return Checkpoint(tree.size, entries[-1].digest if entries else "", tree.root(), at)


def disagreements(entries: Sequence[Chained], checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Where a whole log disagrees with checkpoints taken of it earlier: truncation, re-chaining, forks."""
    wanted = sorted(checkpoints, key=lambda point: (point.size, point.at))
    problems = _forks(wanted)
    tree, rest = Tree(), [point for point in wanted if point.size > 0]
    for entry in entries:
        tree.add(entry.digest)
        while rest and rest[0].size == tree.size:
            problems += _mismatch(rest.pop(0), entry.digest, tree.root())
    problems += [f"the log was cut: a checkpoint saw {point.size} entries, {tree.size} are left" for point in rest]
    return problems


def _forks(points: Sequence[Checkpoint]) -> list[str]:
    seen: dict[int, str] = {}
    return [
        f"the log was forked: two checkpoints over {point.size} entries differ"
        for point in points
        if seen.setdefault(point.size, point.root) != point.root
    ]


def _mismatch(point: Checkpoint, head: str, root: str) -> list[str]:
    if (point.head, point.root) == (head, root):
        return []
    return [f"the log was chained anew: its first {point.size} entries are not those of the checkpoint"]


def inclusion_path(digests: Sequence[str], index: int) -> list[str]:
    """The nodes that lead from entry `index` (from 0) to the root over all `digests` (RFC 6962, 2.1.1)."""
    if len(digests) == 1:
        return []
    half = _half(len(digests))
    if index < half:
        return [*inclusion_path(digests[:half], index), _root_of(digests[half:]).hex()]
    return [*inclusion_path(digests[half:], index - half), _root_of(digests[:half]).hex()]


def root_from_path(digest: str, index: int, size: int, path: Sequence[str]) -> str:
    """The root that an inclusion path proves; "" if the path cannot belong to that place (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return ""
    node, place, last = leaf(digest), index, size - 1
    for step in path:
        if last == 0:
            return ""
        other = bytes.fromhex(step)
        if place & 1 or place == last:
            node = hashlib.sha256(NODE + other + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(NODE + node + other).digest()
        place, last = place >> 1, last >> 1
    return node.hex() if last == 0 else ""


def _root_of(digests: Sequence[str]) -> bytes:
    tree = Tree()
    for digest in digests:
        tree.add(digest)
    return bytes.fromhex(tree.root())


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
