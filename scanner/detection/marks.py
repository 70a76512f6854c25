"""One pass over bytes for all words and signatures that decide what else is asked of them.

Where this process has hyperscan loaded for its rules, one pass of it finds them all; elsewhere (and in the cage, which
loads nothing behind its walls) each word is looked for when it is asked for. The answers are the same.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from scanner.detection.magics import EMBEDDED, WITHOUT_NUL
from scanner.detection.signatures import present
from scanner.detection.tells import WORDS

MOST_AT_ONCE = 1 << 30  # bytes of one pass; its lengths are 32 bits wide
MOST_KEPT = 8 << 20  # bytes of a content that stays in memory until the next one comes
_KNOWN = frozenset(WORDS)
_MAGICS = tuple(magic for magic, _ in EMBEDDED)
_local = threading.local()


class Marks:
    """The words and signatures that stand in `data`."""

    def __init__(self, data: bytes, seen: frozenset[bytes] | None, magics: frozenset[bytes] | None) -> None:
        self.data, self._seen, self._magics = data, seen, magics
        self._low: bytes | None = None

    @property
    def at_once(self) -> bool:
        """Whether one pass found them all, so that asking for one more costs nothing."""
        return self._seen is not None

    @property
    def low(self) -> bytes:
        """The bytes in lower case."""
        if self._low is None:
            self._low = self.data.lower()
        return self._low

    @property
    def signatures(self) -> frozenset[bytes]:
        """As `present` says."""
        found = self._magics
        if found is None:
            return present(self.data)
        return found if not found or b"\0" in self.data else found & WITHOUT_NUL

    def has(self, word: bytes) -> bool:
        """Whether the word, one of `WORDS`, stands there in either case; KeyError for another word."""
        if word not in _KNOWN:
            raise KeyError(word)
        return word in self.low if self._seen is None else word in self._seen

    def any(self, words: Iterable[bytes]) -> bool:
        """Whether one of the words, a list of `tells`, does."""
        if self._seen is None:
            return any(word in self.low for word in words)
        return not self._seen.isdisjoint(words)

    def some(self, words: Sequence[bytes]) -> list[bytes]:
        """Those of the words that do."""
        return [word for word in words if self.has(word)]


def marks_of(data: bytes) -> Marks:
    """What stands in `data`; asked again of the same object, the same answer."""
    kept: Marks | None = getattr(_local, "kept", None)
    if kept is not None and kept.data is data:
        return kept
    found = looked_up(data)
    _local.kept = found if len(data) <= MOST_KEPT else None
    return found


def looked_up(data: bytes) -> Marks:
    """The marks, from one pass where there is hyperscan."""
    search = _search()
    if search is None or not data or len(data) > MOST_AT_ONCE:
        return plainly(data)
    numbers: list[int] = []
    search(data, numbers.append)
    words = frozenset(WORDS[number] for number in numbers if number < len(WORDS))
    return Marks(data, words, frozenset(_MAGICS[number - len(WORDS)] for number in numbers if number >= len(WORDS)))


def plainly(data: bytes) -> Marks:
    """The marks, each word looked for when it is asked for."""
    return Marks(data, None, None)


def _search() -> Callable[[bytes, Callable[[int], None]], None] | None:
    """This thread's pass; None where the process has no hyperscan."""
    hyperscan: Any = sys.modules.get("hyperscan")
    if hyperscan is None:
        return None
    scan: Any = getattr(_local, "scan", None)
    if scan is None:
        database = _database(hyperscan)
        scratch, scan_with = hyperscan.Scratch(database), database.scan

        def scan(data: bytes, add: Callable[[int], None]) -> None:
            def found(number: int, start: int, end: int, flags: int, context: object) -> None:
                add(number)

            scan_with(data, found, scratch=scratch)

        _local.scan = scan
    search: Callable[[bytes, Callable[[int], None]], None] = scan
    return search


@cache
def _database(hyperscan: Any) -> Any:
    """All words in either case and all signatures as they are.

    Each byte is written as an escape: as a literal, a signature would end for hyperscan with its first NUL.
    """
    once = hyperscan.HS_FLAG_SINGLEMATCH
    flags = [once | hyperscan.HS_FLAG_CASELESS] * len(WORDS) + [once] * len(_MAGICS)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [b"".join(b"\\x%02x" % byte for byte in word) for word in (*WORDS, *_MAGICS)]
    database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=flags)
    return database
