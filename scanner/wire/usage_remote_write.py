"""Prometheus remote write 1.0: a snappy block of one WriteRequest, to samples. Only the fields needed are read."""

import struct
from collections import Counter
from collections.abc import Sequence

import cramjam

from scanner.domain.usage.book import Metric
from scanner.domain.usage.samples import RawSample, Tally
from scanner.errors import HookError

STALE = b"\x02\x00\x00\x00\x00\x00\xf0\x7f"  # the NaN that says a series ended; it is no sample
MAX_SERIES_LABELS = 64
MAX_REMEMBERED = 256 * 1024 * 1024  # bytes of label sets: a sender's labels may be many, and long
ENTRY = 200  # bytes that one costs beside its labels
SILENT = 120.0  # seconds after which another series may speak for an account
SECOND = "second-series: another series of the same account and resource is being taken; sum them before sending"
_double = struct.Struct("<d").unpack_from
Kind = tuple[str, str, str, bool]


class _Place:
    """An account's resource, and the series whose samples are taken for it, with its newest second."""

    __slots__ = ("at", "held")

    def __init__(self) -> None:
        self.held: _Series | None = None
        self.at = 0.0


class _Series:
    """One label set: what it means, and the place that it speaks for."""

    __slots__ = ("kind", "place")

    def __init__(self, kind: Kind, place: _Place) -> None:
        self.kind, self.place = kind, place

    def speaks(self, at: float) -> bool:
        """Whether this series is the one whose samples are taken.

        Two of them (of two hosts, or two senders of one) taken in turns would be a counter that falls and leaps.
        """
        place = self.place
        if place.held is self:
            place.at = max(place.at, at)
        elif place.held is not None and at - place.at <= SILENT:
            return False
        else:
            place.held, place.at = self, at
        return True


class RemoteWrite:
    """Decodes requests; remembers which label sets are which account and resource, as every request repeats them."""

    def __init__(self, metrics: Sequence[Metric], max_bytes: int) -> None:
        self.metrics: dict[str, list[Metric]] = {}
        for metric in metrics:
            self.metrics.setdefault(metric.metric, []).append(metric)
        self.max_bytes = max_bytes
        self.known: dict[bytes, _Series | None] = {}
        self.remembered = 0
        self.places: dict[Kind, _Place] = {}

    def samples(self, body: bytes) -> tuple[list[RawSample], Tally]:
        """The samples of known metrics, and a count of what is not; HookError 400 or 413 for what is no request."""
        try:
            return self._request(_plain(body, self.max_bytes))
        except (IndexError, struct.error, UnicodeDecodeError) as error:
            raise HookError(400, f"is no WriteRequest: {error}", where="body", mend="send remote write 1.0") from error

    def _request(self, raw: bytes) -> tuple[list[RawSample], Tally]:
        found: list[RawSample] = []
        left_out: Counter[str] = Counter()
        at = 0
        end = len(raw)
        while at < end:
            tag, at = _varint(raw, at)
            if tag != 0x0A:  # metadata and what a newer sender adds
                at = _skipped(raw, at, tag)
                continue
            size, at = _varint(raw, at)
            if at + size > end:
                raise IndexError("a series is cut off")
            self._series(raw, at, at + size, found, left_out)
            at += size
        return found, Tally(0, dict(left_out), (SECOND,) if left_out["second-series"] else ())

    def _series(self, raw: bytes, at: int, end: int, found: list[RawSample], left_out: Counter[str]) -> None:
        """Append the samples of one series; count those left out: nobody maps the metric, or another series speaks."""
        start, first, ended = at, len(found), False
        while at < end and raw[at] == 0x0A:
            size, at = _varint(raw, at + 1)
            at += size
        labels = raw[start:at]
        series = self.known.get(labels, ())
        if series == ():
            series = self._remembered(labels)
        while at < end:
            tag, at = _varint(raw, at)
            if tag != 0x12:
                at = _skipped(raw, at, tag)
                continue
            size, at = _varint(raw, at)
            if series:
                ended = _sample(raw, at, at + size, series.kind, found)
            else:
                left_out["unmapped-metric"] += 1
            at += size
        if not series:
            return
        if len(found) > first and not series.speaks(found[-1].at):
            left_out["second-series"] += len(found) - first
            del found[first:]
        if ended and series.place.held is series:
            series.place.held = None

    def _remembered(self, labels: bytes) -> _Series | None:
        self.remembered += len(labels) + ENTRY
        if self.remembered > MAX_REMEMBERED:
            self.known, self.places, self.remembered = {}, {}, len(labels) + ENTRY
        kind = self._kind(_labels(labels))
        series = self.known[labels] = None if kind is None else _Series(kind, self.places.setdefault(kind, _Place()))
        return series

    def _kind(self, labels: dict[str, str]) -> Kind | None:
        for metric in self.metrics.get(labels.get("__name__", ""), ()):
            account = labels.get(metric.account)
            if account and all(labels.get(name) == value for name, value in metric.where.items()):
                return account, metric.resource, metric.unit, metric.counter
        return None


def _sample(raw: bytes, at: int, end: int, kind: Kind, found: list[RawSample]) -> bool:
    """Append a sample; True for the mark that the series ended."""
    value, moment = 0.0, 0
    while at < end:
        tag = raw[at]
        if tag == 0x09:
            if raw[at + 1 : at + 9] == STALE:
                return True
            value = _double(raw, at + 1)[0]
            at += 9
        elif tag == 0x10:
            moment, at = _varint(raw, at + 1)
        else:
            at = _skipped(raw, at + 1, tag)
    account, resource, unit, counter = kind
    found.append(RawSample(account, resource, moment / 1000, value, unit, counter))
    return False


def _labels(raw: bytes) -> dict[str, str]:
    labels: dict[str, str] = {}
    at = 0
    while at < len(raw) and len(labels) < MAX_SERIES_LABELS:
        size, at = _varint(raw, at + 1)
        end, parts = at + size, {0x0A: "", 0x12: ""}
        while at < end:
            tag = raw[at]
            length, at = _varint(raw, at + 1)
            parts[tag] = raw[at : at + length].decode("utf-8")
            at += length
        labels[parts[0x0A]] = parts[0x12]
    return labels


def _plain(body: bytes, most: int) -> bytes:
    """The block without its compression; its declared size is looked at before anything is unpacked."""
    declared, _ = _varint(body, 0)
    if declared > most:
        raise HookError(413, f"unpacks to over {most} bytes", where="body", mend="send smaller batches")
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise HookError(400, f"is no snappy block: {error}", where="body", mend="send remote write 1.0") from error


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    byte = raw[at]
    at += 1
    if byte < 0x80:
        return byte, at
    value, shift = byte & 0x7F, 7
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("a number is too long")


def _skipped(raw: bytes, at: int, tag: int) -> int:
    """Behind a field that is not read."""
    kind = tag & 7
    if kind == 2:
        size, at = _varint(raw, at)
        at += size
    elif kind == 0:
        _, at = _varint(raw, at)
    elif kind in (1, 5):
        at += 8 if kind == 1 else 4
    else:
        raise IndexError(f"a field of kind {kind}")
    if at > len(raw):
        raise IndexError("a field is cut off")
    return at
