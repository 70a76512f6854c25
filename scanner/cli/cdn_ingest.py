"""The work of `aup cdn ingest`: logs through their forms into a harvest, with progress, and a summary."""

import gc
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from scanner.domain.cdn.harvest import Candidate, Harvest
from scanner.domain.cdn.sketches import Seen
from scanner.errors import UsageError
from scanner.wire.cdn_forms import ORDER, Form, forms_of, text_form
from scanner.wire.cdn_lines import Lines, blocks, form_of, opened, tallied

FORMS = (*ORDER, "w3c", "json", "cloudflare")
SEEN_FILE, KEY_BYTES = "cdn-seen.bin", 16


@dataclass(slots=True)
class Ingest:
    """Logs taken in, one after the other, into one harvest."""

    harvest: Harvest
    form: str = ""
    lines: Lines = field(default_factory=Lines)
    forms: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    cpu: float = field(default_factory=time.process_time)

    def take(self, stream: BinaryIO, where: str) -> Iterator[int]:
        """Take one log; yields the bytes of the file that are behind us. UsageError if it is in no known form."""
        pieces = blocks(opened(stream, self.lines), self.lines)
        first = next(pieces, b"")
        if not first:
            return
        form = self._form(first, where)
        self.forms.append(form.name)
        for block in chain((first,), pieces):
            for part, kind in forms_of(block, form):
                form = kind
                with _uncollected():
                    self.harvest.take(tallied(part, kind, self.lines))
            yield stream.tell() if stream.seekable() else 0

    def summary(self, candidates: list[Candidate]) -> dict[str, Any]:
        """What was read, what was not and why, and what was found."""
        why: dict[str, int] = {}
        for each in candidates:
            why[each.why.value] = why.get(each.why.value, 0) + 1
        cpu = max(time.process_time() - self.cpu, 1e-6)
        return {
            "lines": self.lines.seen,
            "taken": self.lines.good,
            "bad": dict(sorted(self.lines.bad.items())),
            "bytes": self.lines.bytes_read,
            "forms": sorted(set(self.forms)),
            "hosts": len(self.harvest.fields),
            "new_urls": self.harvest.distinct,
            "candidates": why,
            "passed_over": {name: count for name, count in sorted(self.harvest.skipped.items()) if count},
            "count_error": self.harvest.count_error,
            "seen_wrongly": round(self.harvest.seen.wrong, 6),
            "seconds": round(time.monotonic() - self.started, 3),
            "lines_per_cpu_second": round(self.lines.seen / cpu),
        }

    def _form(self, first: bytes, where: str) -> Form:
        if self.form in ("", "w3c", "json", "cloudflare"):
            form = form_of(first, where)
            wanted = "json" if self.form == "cloudflare" else self.form
            if wanted and form.name != wanted:
                raise UsageError(f"is {form.name}, not {self.form}", where=where, mend="leave --as away")
            return form
        return text_form(self.form)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A block makes a million small tuples and no circle: looking for circles among them costs a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def opened_log(path: str, stdin: BinaryIO) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`; UsageError if it cannot be read."""
    if path == "-":
        yield stdin
        return
    try:
        with Path(path).open("rb") as stream:
            yield stream
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=path, mend="check the path") from error


def seen_before(folder: Path) -> Seen:
    """The filter of URLs as the last ingest left it; an empty one under a new secret if there was none."""
    try:
        held = (folder / SEEN_FILE).read_bytes()
    except FileNotFoundError:
        held = b""
    table, key = held[:-KEY_BYTES], held[-KEY_BYTES:]
    whole = len(table) == Seen.BITS // 8  # one without a secret is of an older version: its URLs are new again
    return Seen(held=table, key=key) if whole else Seen(key=secrets.token_bytes(KEY_BYTES))


def keep_seen(folder: Path, seen: Seen) -> None:
    """Put the filter in its place, whole or not at all; nobody else may read its secret."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{SEEN_FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(bytes(seen.table) + seen.key)
    fresh.replace(folder / SEEN_FILE)


def told(summary: dict[str, Any]) -> list[str]:
    """The summary for people."""
    bad = ", ".join(f"{count} {why}" for why, count in summary["bad"].items())
    passed = ", ".join(f"{count} {why}" for why, count in summary["passed_over"].items())
    why = ", ".join(f"{count} {word}" for word, count in summary["candidates"].items())
    rows = [
        f"{summary['taken']} of {summary['lines']} lines taken ({', '.join(summary['forms']) or 'empty'})"
        + (f"; not taken: {bad}" if bad else ""),
        f"{summary['hosts']} hosts, {summary['new_urls']} URLs not seen before",
        f"candidates: {why or 'none'}" + (f"; passed over: {passed}" if passed else ""),
        f"{summary['seconds']:.1f} s, {summary['lines_per_cpu_second']} lines a CPU second",
    ]
    if summary["count_error"]:
        rows.append(f"counts are too low by {summary['count_error']} requests at most")
    return rows
