"""Both ways of asking the same rules, and what either says."""

from collections.abc import Sequence

from scanner.detection.bundle import open_bundle
from scanner.detection.engine.engine import Engine
from scanner.detection.engine.hits import RuleHit, Scanned
from tests.unit.detector.books import book_of, yara_file

ALL_LANES = frozenset({"script", "page", "image", "native", "document", "archive", "text"})
SECONDS = 20


def both(*sources: str, lanes: dict[str, str] | None = None) -> tuple[Engine, Engine]:
    """The engine with its sieve, and the plain one."""
    book = book_of(*(yara_file(source, f"t{number}") for number, source in enumerate(sources)), lanes=lanes)
    return open_bundle(book, 1_000).engine, open_bundle(book, 1_000, sieve=False).engine


def rules_of(scanned: Scanned) -> list[str]:
    """The ids of the rules that hit, without their file's name."""
    return [hit.rule.split(".")[1] for hit in scanned.hits]


def differences(fast: Engine, plain: Engine, files: Sequence[bytes]) -> list[tuple[bytes, Scanned, Scanned]]:
    """Files of which the two say different things.

    A rule that the plain way could not finish (YARA gives up on some expressions, whatever the bytes) says nothing of
    what it would have found; the sieve may know that it cannot match, so such a rule is left out of the comparison.
    """
    pairs = ((data, fast.scan(data, ALL_LANES, SECONDS), plain.scan(data, ALL_LANES, SECONDS)) for data in files)
    return [(data, one, other) for data, one, other in pairs if not alike(one, other)]


def alike(fast: Scanned, plain: Scanned) -> bool:
    """Whether both say the same of every rule that the plain way finished, and the fast way finished no less."""
    return set(fast.unfinished) <= set(plain.unfinished) and finished(fast, plain) == finished(plain, plain)


def finished(scanned: Scanned, plain: Scanned) -> tuple[tuple[RuleHit, ...], tuple[str, ...]]:
    """Hits and floods of the rules that the plain way finished."""
    return (
        tuple(hit for hit in scanned.hits if hit.rule not in plain.unfinished),
        tuple(rule for rule in scanned.flooded if rule not in plain.unfinished),
    )
