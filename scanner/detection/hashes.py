"""Operator hash lists: exact sha256 and perceptual PDQ. A deny entry is a finding; an allow entry is only recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scanner.domain.findings import Finding, Layer
from scanner.domain.rules import HashEntry, Rule, Rulebook

_SHARE = 1 << 32
PDQ_BITS = 256
PDQ_QUALITY = 50  # below this a picture has too little in it for its hash to mean anything


@dataclass(frozen=True, slots=True)
class HashBook:
    """The lists as tables. `exact` by digest; `near` are perceptual entries with their hash as a number."""

    exact: dict[str, tuple[HashEntry, ...]]
    near: tuple[tuple[int, HashEntry], ...]

    @staticmethod
    def of(entries: Iterable[HashEntry]) -> "HashBook":
        """The tables of all entries."""
        exact: dict[str, tuple[HashEntry, ...]] = {}
        near: list[tuple[int, HashEntry]] = []
        for entry in entries:
            if entry.algorithm == "sha256":
                exact[entry.digest] = (*exact.get(entry.digest, ()), entry)
            else:
                near.append((int(entry.digest, 16), entry))
        return HashBook(exact, tuple(near))

    def same(self, digest: str, today: date) -> Iterator[HashEntry]:
        """Entries of exactly this sha256 that are in force."""
        return (entry for entry in self.exact.get(digest, ()) if in_force(entry, digest, today))

    def alike(self, perceptual: str, digest: str, today: date) -> Iterator[tuple[HashEntry, int]]:
        """Entries within their distance of a PDQ hash, with the distance; `digest` is the sha256, for the roll-out."""
        value = int(perceptual, 16)
        for other, entry in self.near:
            distance = (value ^ other).bit_count()
            if distance <= entry.distance and in_force(entry, digest, today):
                yield entry, distance


def in_force(entry: HashEntry, digest: str, today: date) -> bool:
    """It counts today, and is drawn: the same content under the same rule is always drawn alike."""
    if not entry.counts(today):
        return False
    return entry.rollout >= 1.0 or int(digest[:8], 16) < entry.rollout * _SHARE


def hash_finding(entry: HashEntry, rule: Rule, path: str, size: int, distance: int = 0) -> Finding:
    """The finding of a deny entry: all bytes at `path`."""
    near = f", {distance} of {PDQ_BITS} bits differ" if entry.algorithm == "pdq" else ""
    return Finding(
        rule=rule.id,
        revision=rule.revision,
        clause=rule.clause,
        severity=rule.severity,
        confidence=rule.confidence,
        path=path,
        layer=Layer.RAW,
        offset=0,
        length=size,
        matched=entry.digest,
        excerpt="",
        detail=f"on the operator's {entry.algorithm} list{near}",
    )


def hash_book(book: Rulebook) -> HashBook:
    """The tables of a rulebook's lists."""
    return HashBook.of(book.hashes)
