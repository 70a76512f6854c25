"""Rulebooks that were accepted before, kept as text: the same files under the same code need no second check."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scanner.domain.rules import Rulebook
from scanner.errors import StoreError
from scanner.wire.records import from_text, to_text

KEPT = 8  # texts of accepted rulebooks


@dataclass(frozen=True, slots=True)
class BookCache:
    """A folder of accepted rulebooks, named by the digest of every rule file, of our own code's state, and of the day.

    The day counts because lists expire. A kept text that does not match its own digest is not used.
    """

    folder: Path
    code: tuple[Path, ...]

    def book(self, sources: Sequence[Path], load: Callable[[], Rulebook]) -> Rulebook:
        """The kept rulebook, or what `load` gives, which is then kept (where the folder can be written)."""
        file = self.folder / f"rulebook-{self._key(sources)}.json"
        kept = _read(file)
        if kept is not None:
            return kept
        fresh = load()
        _write(file, to_text(fresh))
        return fresh

    def _key(self, sources: Sequence[Path]) -> str:
        whole = hashlib.sha256(datetime.now(UTC).date().isoformat().encode())
        for root in sources:
            for file in sorted(path for path in root.rglob("*") if path.is_file()):
                body = file.read_bytes()
                whole.update(f"{file.relative_to(root)}:{len(body)}:".encode("utf-8", "surrogateescape") + body)
        for root in self.code:
            for file in sorted(root.rglob("*.py")):
                whole.update(f"{file.name}:{file.stat().st_mtime_ns}:{file.stat().st_size}:".encode())
        return whole.hexdigest()[:32]


def _read(file: Path) -> Rulebook | None:
    try:
        digest, _, text = file.read_text(encoding="utf-8").partition("\n")
    except OSError:
        return None  # not kept yet
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        return None  # cut off or changed: the files themselves are read again
    try:
        return from_text(text, Rulebook)
    except StoreError:
        return None  # written by another version of the values: the files themselves are read again


def _prune(folder: Path) -> None:
    """A day makes a name of its own: what nobody asks for any more does not pile up."""
    kept = sorted(folder.glob("rulebook-*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in kept[KEPT:]:
        file.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    """Whole or not at all; a folder that cannot be written costs only time."""
    body = f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}"
    part = file.with_suffix(f".{hashlib.sha256(str(id(body)).encode()).hexdigest()[:8]}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(body, encoding="utf-8")
        part.replace(file)
        _prune(file.parent)
    except OSError:
        with suppress(OSError):
            part.unlink()
