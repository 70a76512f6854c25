"""The caged parser: puts up its walls, then unpacks one content after another for as long as it is fed."""

import codecs
import encodings
import importlib
import os
import pkgutil
import sys
import time

from scanner.detection.cage import frames, layers
from scanner.detection.cage.frames import HASHES, TEXTS
from scanner.detection.unpack.budget import Budget
from scanner.detection.unpack.views import JOINT, View
from scanner.detection.unpack.walk import Walk
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap
from scanner.domain.limits import Limits

IN, OUT = 0, 1
HELD_BYTES = 64 * 1024
HELD_SECONDS = 0.02
_PARSERS = (
    "brotli", "inflate64", "py7zr", "rarfile", "pycdlib", "olefile", "pypdfium2", "libarchive", "email.parser",
    "email.message", "email.policy", "email.generator", "xml.etree.ElementTree", "html.entities", "quopri",
    "zxingcpp", "PIL.Image", "stringprep", "unicodedata", "difflib", "traceback", "linecache", "_strptime",
)  # fmt: skip


def main() -> None:
    """Entry of the child process."""
    memory_bytes = int(sys.argv[1])
    _preload(texts=TEXTS in sys.argv, hashes=HASHES in sys.argv)
    standing = layers.put_up(memory_bytes)
    _write(frames.packed(frames.READY, list(standing)))
    while True:
        kind, words, data = frames.received(_read_exactly, 1 << 40)
        if kind != frames.ASK:
            return
        _serve(words, data)


def _preload(*, texts: bool, hashes: bool) -> None:
    """Import all that may be needed: no file can be opened once the walls stand."""
    for name in _PARSERS:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # optional: readers name what they miss
    for module in pkgutil.iter_modules(encodings.__path__):
        try:
            codecs.lookup(module.name)
        except (LookupError, ImportError, UnicodeError):
            continue  # a codec of another system
    importlib.import_module("scanner.detection.unpack.preload").preload(texts=texts, hashes=hashes)


def _serve(words: dict[str, object], data: bytes) -> None:
    limits = Limits(**words["limits"])  # type: ignore[arg-type]
    sample = Sample(str(words["name"]), data, str(words["media_type"]), str(words["encoding"]))
    layers.bound_cpu(limits.cpu_seconds)
    sender = Sender(data)
    walk = Walk(limits, tuple(words["passwords"]), sender, len(data))  # type: ignore[arg-type]
    sender.budget = walk.budget
    walk.run(sample)
    done = [walk.budget.members, walk.budget.produced, list(walk.not_judged)]
    sender.close(frames.packed(frames.DONE, done))


class Sender:
    """The sink that sends everything on at once. Views that are slices of the content go as offsets."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self.budget: Budget | None = None
        self._held: list[bytes] = []
        self._size = 0
        self._since = time.monotonic()

    def view(self, view: View) -> None:
        """Send one view."""
        at = view.offset if JOINT not in view.path else None
        plain = at is not None and self._root.startswith(view.data, at)
        words = [
            view.path, view.family, sorted(view.lanes), view.reader, view.layer.value, view.charset, view.offset,
            len(view.data) if plain else -1,
        ]  # fmt: skip
        self._send(frames.packed(frames.VIEW, words, 0 if plain else len(view.data)), b"" if plain else view.data)

    def name(self, name: str) -> None:
        """Send a member's path."""
        self._send(frames.packed(frames.NAME, name))

    def gap(self, gap: Gap) -> None:
        """Send a gap."""
        self._send(frames.packed(frames.GAP, [gap.reason.value, gap.path, gap.detail]))

    def note(self, note: str) -> None:
        """Send a remark."""
        self._send(frames.packed(frames.NOTE, note))

    def forgive(self, path: str) -> None:
        """Send that what was locked at `path` is tried again."""
        self._send(frames.packed(frames.FORGIVE, path))

    def close(self, last: bytes) -> None:
        """Send the last frame behind all others."""
        self._held.append(last)
        self.flush()

    def flush(self) -> None:
        """Let go of what is held; the time that the keeper takes to read is not the content's."""
        if not self._held:
            return
        begun = time.monotonic()
        for piece in self._held if self._size > HELD_BYTES else [b"".join(self._held)]:
            _write(piece)
        self._held, self._size, self._since = [], 0, time.monotonic()
        if self.budget is not None:
            self.budget.pause(self._since - begun)

    def _send(self, head: bytes, raw: bytes = b"") -> None:
        """Hold small frames back for a moment, so that the keeper is not woken for each."""
        self._held += [head, raw] if raw else [head]
        self._size += len(head) + len(raw)
        if self._size > HELD_BYTES or time.monotonic() - self._since > HELD_SECONDS:
            self.flush()


def _read_exactly(count: int) -> bytes:
    pieces = []
    while count:
        piece = os.read(IN, min(count, 1 << 20))
        if not piece:
            os._exit(0)  # the keeper is gone
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _write(raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(OUT, view) :]
