"""Samples and snapshots as CSV or JSON lines. A line that is none is counted with its number, the others are taken."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scanner.domain.usage.causes import MAX_LINES, Flow, Process, Snapshot
from scanner.domain.usage.samples import LAST_SECOND, RawSample, Refusal, Tally, refused
from scanner.errors import UsageError

COLUMNS = ("account", "resource", "at", "value", "unit", "counter")
MAX_LINE = 1_000_000
UNUSABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)  # what a bad row raises


def csv_samples(lines: Iterable[str], where: str) -> Iterator[RawSample | Tally]:
    """The samples of a CSV with a head line; UsageError if the head is not ours.

    A line is a row: a quotation mark that is never closed spoils its own line, and swallows no other.
    """
    rows = _bounded(lines)
    names = _cells(next(rows, ""))
    if set(names) - set(COLUMNS) or not {"account", "resource", "at", "value"} <= set(names):
        found = ", ".join(names)[:200] or "nothing"
        raise UsageError(f"the head line is {found}", where=where, mend=f"use the columns {', '.join(COLUMNS)}")
    for number, line in enumerate(rows, 2):
        if line.strip():
            yield _csv_sample(names, line, f"{where}:{number}")


def _csv_sample(names: Sequence[str], line: str, where: str) -> RawSample | Tally:
    try:
        cells = _cells(line)
    except csv.Error as error:
        return refused(Refusal.MALFORMED, f"{where}: {error}")
    if len(cells) > len(names):
        return refused(Refusal.MALFORMED, f"{where}: {len(cells)} cells, {len(names)} columns")
    return _sample({"value": None, **dict(zip(names, cells, strict=False))}, where)


def _cells(line: str) -> list[str]:
    if '"' not in line:
        return line.rstrip("\r\n").split(",") if line else []
    return next(csv.reader([line], strict=True), [])


def json_samples(lines: Iterable[str], where: str) -> Iterator[RawSample | Tally]:
    """The samples of JSON lines, one object a line with the same names as the CSV's columns."""
    for number, line in enumerate(_bounded(lines), 1):
        if line.strip():
            try:
                yield _sample(json.loads(line), f"{where}:{number}")
            except (ValueError, RecursionError) as error:
                yield refused(Refusal.MALFORMED, f"{where}:{number}: {error}")


def plain_sample(row: object, where: str) -> RawSample | Tally:
    """One sample of a decoded JSON document."""
    return _sample(row, where)


def json_snapshots(lines: Iterable[str], where: str) -> Iterator[Snapshot | Tally]:
    """Snapshots as JSON lines: account, at, source, processes, flows, tops."""
    for number, line in enumerate(_bounded(lines), 1):
        if line.strip():
            try:
                yield plain_snapshot(json.loads(line))
            except UNUSABLE as error:
                yield refused(Refusal.MALFORMED, f"{where}:{number}: {type(error).__name__} {error}")


def plain_snapshot(row: Any) -> Snapshot:
    """One snapshot of a decoded JSON document; one of UNUSABLE if it is none."""
    at = datetime.fromtimestamp(second(row["at"]), UTC)
    processes = tuple(_process(each) for each in row.get("processes", ())[:MAX_LINES])
    flows = tuple(_flow(each) for each in row.get("flows", ())[:MAX_LINES])
    tops = tuple((str(name), int(count)) for name, count in row.get("tops", {}).items())[:MAX_LINES]
    return Snapshot(_text(row["account"]), at, str(row.get("source", "")), processes, flows, tops)


def moment(value: object) -> float:
    """Seconds since 1970 of a number, or of an ISO time with its zone."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    try:
        return float(text)
    except ValueError:
        parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} is a time without a zone")
    return parsed.timestamp()


def second(value: object) -> float:
    """As `moment`, of a time between 1970 and 2106; ValueError for any other."""
    at = moment(value)
    if not 0 < at <= LAST_SECOND:
        raise ValueError(f"{at!r} is no time of ours")
    return at


def _sample(row: Any, where: str) -> RawSample | Tally:
    try:
        if not isinstance(row, Mapping):
            raise TypeError(f"{row!r} is no object")
        value = row["value"]
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise TypeError(f"value = {value!r} is no number")
        total = str(row.get("counter") or "").lower() in ("1", "true", "yes")
        name, unit = _text(row["account"]), str(row.get("unit") or "")
        return RawSample(name, _text(row["resource"]), moment(row["at"]), float(value), unit, total)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        return refused(Refusal.MALFORMED, f"{where}: {type(error).__name__} {error}")


def _process(row: Mapping[str, Any]) -> Process:
    return Process(_text(row["command"]), _finite(row.get("cpu", 0)), _finite(row.get("memory", 0)))


def _flow(row: Mapping[str, Any]) -> Flow:
    packets, rate = _finite(row.get("packets", 0)), _finite(row.get("rate", 0))
    return Flow(str(row.get("target", "")), int(row.get("port", 0)), packets, rate, int(row.get("peers", 1)))


def _finite(value: Any) -> float:
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{value!r} is no amount")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise ValueError(f"{str(value)[:80]!r} is no name")
    return value.strip()


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    """Lines of at most MAX_LINE characters; the rest of a longer one is cut, which makes it malformed."""
    return (line[:MAX_LINE] for line in lines)
