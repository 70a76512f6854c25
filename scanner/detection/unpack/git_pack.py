"""Git's packs: objects one behind the other, each a zlib stream, many told as what differs from another."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.detection.heads import MOST_TRIED, is_zlib
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.numbers import number
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason

HEAD, TAIL = 12, 20  # bytes of a pack's head, and of its check sum
MOST_HELD = 64 * 1024 * 1024  # bytes of objects that are held for others to differ from
MOST_CHAIN = 4_096  # objects of which each differs from the next
_WORDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_TOGETHER = {1: "(commits)", 2: "(trees)", 4: "(tags)"}  # small, and many: one member for all
_BY_PLACE, _BY_NAME = 6, 7
_LONGEST_HEAD = 64


@dataclass(frozen=True, slots=True)
class _Head:
    """An object's kind, where its stream begins, and what it differs from: an offset, a name, or nothing (-1)."""

    kind: int
    start: int
    base: int | bytes


def read_git_pack(opening: Opening) -> None:
    """Every object; what differs from another is put together, and stands as it is where the other is not here."""
    _Pack(opening).read()


def _head(data: bytes, at: int) -> _Head | None:
    """The head of the object at `at`; None where none is."""
    raw = data[at : at + _LONGEST_HEAD]
    size = next((index + 1 for index, byte in enumerate(raw) if byte < 128), 0)
    kind, start = (raw[0] >> 4 & 7 if raw else 0), at + size
    base: int | bytes = -1
    if kind == _BY_NAME:
        base, start = data[start : start + 20], start + 20
    elif kind == _BY_PLACE:
        base, start = _distance(data, start)
        base = at - base
    elif kind not in _WORDS:
        return None
    return _Head(kind, start, base) if size and is_zlib(data[start : start + MOST_TRIED]) else None


def _distance(data: bytes, at: int) -> tuple[int, int]:
    """How far in front the base stands, and the offset behind that number."""
    value = -1
    for position in range(at, min(at + 10, len(data))):
        value = value + 1 << 7 | data[position] & 127
        if data[position] < 128:
            return value, position + 1
    return 0, len(data)


class _Pack:
    def __init__(self, opening: Opening) -> None:
        self._opening, self._data = opening, opening.data
        self._held: dict[int, tuple[int, bytes]] = {}
        self._held_bytes = 0
        self._waiting: dict[bytes | int, list[int]] = defaultdict(list)  # for a name, or for what waits itself
        self._places: dict[bytes | int, int] = {}  # of whole objects, by their names and by themselves
        self._pending: set[int] = set()
        self._together: dict[int, list[bytes]] = defaultdict(list)

    def read(self) -> None:
        """All objects, those beyond the count as well."""
        at, number, count = HEAD, 0, int.from_bytes(self._data[8:12], "big")
        while (head := _head(self._data, at)) is not None:
            number += 1
            end = Ended(-1)
            body = self._inflated(head, end)
            self._opening.cover(at, end.at if end.at > 0 else len(self._data))
            self._take(at, head, body)
            if end.at < 0:
                break
            at = end.at
        self._opening.cover(0, HEAD)
        if number < count:
            self._opening.gap(Reason.DAMAGED, f"pack: {number} of {count} objects")
        elif number:
            self._opening.cover(at, min(at + TAIL, len(self._data)))
        self._finish()

    def _inflated(self, head: _Head, end: Ended) -> bytes:
        body, trouble = self._opening.budget.gather(deflated(self._data, head.start, end, wbits=15))
        if trouble is not None:
            self._opening.trouble(trouble, f"(object at {head.start})")
        return body

    def _take(self, at: int, head: _Head, body: bytes) -> None:
        """An object as it stands in the pack."""
        if head.kind in _WORDS:
            self._whole(at, head.kind, body)
        elif (place := self._places.get(head.base)) is not None:
            self._differing(at, place, body)
        elif isinstance(head.base, bytes) or head.base in self._pending:
            self._waiting[head.base].append(at)
            self._pending.add(at)
        else:
            self._opening.gap(Reason.DAMAGED, f"pack: no object at {head.base}", f"(object at {at})")
            self._opening.member(f"(delta at {at})", body, "git-pack")

    def _differing(self, at: int, base: int, body: bytes) -> None:
        kind, data = self._content(base)
        self._whole(at, kind, self._applied(at, data, body))

    def _applied(self, at: int, base: bytes, body: bytes) -> bytes:
        whole, trouble = self._opening.budget.gather(_applied(base, body))
        if trouble is not None:
            self._opening.trouble(trouble, f"(object at {at})")
        return whole

    def _whole(self, at: int, kind: int, body: bytes) -> None:
        """A whole object: handed on, held for others, and those that waited for its name put together with it."""
        left = [(at, kind, body)]
        while left:
            at, kind, body = left.pop()
            self._hold(at, kind, body)
            if kind in _TOGETHER:
                self._together[kind].append(body)
            else:
                self._opening.member(f"(blob at {at})", body, "git-pack")
            name = hashlib.sha1(_WORDS[kind] + b" %d\0" % len(body) + body, usedforsecurity=False).digest()
            self._places[name] = self._places[at] = at
            for waiting in (*self._waiting.pop(name, ()), *self._waiting.pop(at, ())):
                head = _head(self._data, waiting)
                if head is not None:
                    left.append((waiting, kind, self._applied(waiting, body, self._inflated(head, Ended(-1)))))

    def _hold(self, at: int, kind: int, body: bytes) -> None:
        self._held[at] = kind, body
        self._held_bytes += len(body)
        while self._held_bytes > MOST_HELD and len(self._held) > 1:
            self._held_bytes -= len(self._held.pop(next(iter(self._held)))[1])

    def _content(self, at: int) -> tuple[int, bytes]:
        """Kind and bytes of the whole object at `at`, made anew if it is not held any more."""
        chain: list[tuple[int, _Head]] = []
        while at not in self._held:
            head = _head(self._data, at)
            if head is None or len(chain) > MOST_CHAIN:
                raise damaged(f"pack: no object at {at}")
            if head.kind in _WORDS:
                self._hold(at, head.kind, self._inflated(head, Ended(-1)))
            else:
                chain.append((at, head))
                at = self._places[head.base]
        kind, body = self._held[at]
        for at, head in reversed(chain):
            body = self._applied(at, body, self._inflated(head, Ended(-1)))
            self._hold(at, kind, body)
        return kind, body

    def _finish(self) -> None:
        """What is handed on together, and what differs from objects that are not here."""
        for kind, bodies in self._together.items():
            self._opening.member(_TOGETHER[kind], b"\n".join(bodies), "git-pack")
        for places in self._waiting.values():
            for at in places:
                head = _head(self._data, at)
                if head is not None:
                    self._opening.member(f"(delta at {at})", self._inflated(head, Ended(-1)), "git-pack")


def _applied(base: bytes, body: bytes) -> Iterator[bytes]:
    """The pieces that `body` puts together: copies out of `base`, and bytes of its own."""
    at = number(body, number(body, 0)[1])[1]  # behind the sizes of both
    while at < len(body):
        order, at = body[at], at + 1
        if order & 128:
            words = []
            for bit in range(7):
                present = order >> bit & 1
                words.append(body[at] if present and at < len(body) else 0)
                at += present
            start = words[0] | words[1] << 8 | words[2] << 16 | words[3] << 24
            length = (words[4] | words[5] << 8 | words[6] << 16) or 0x10000
            if start + length > len(base):
                raise damaged("delta leads outside its base")
            yield base[start : start + length]
        elif order:
            yield body[at : at + order]
            at += order
        else:
            raise damaged("delta")
