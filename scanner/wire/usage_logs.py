"""Lines of access logs: S3 server access logs, combined logs with the host in front, JSON lines of CDNs."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from scanner.domain.usage.samples import Refusal, Tally, refused
from scanner.domain.usage.traffic import Access
from scanner.wire.usage_lines import UNUSABLE, second

_TIME = r"\[(?P<at>[^\]]{20,32})\]"
_QUOTED = r'(?:"(?:[^"\\]|\\.)*"|-)'
_S3 = re.compile(
    rf"^\S+ (?P<name>\S+) {_TIME} \S+ \S+ \S+ \S+ (?P<key>\S+) {_QUOTED} \S+ \S+ (?P<sent>\d+|-) (?P<size>\d+|-)"
)
_COMBINED = re.compile(rf'^(?P<name>\S+) \S+ \S+ \S+ {_TIME} "\S+ (?P<key>\S+)[^"]*" \d{{3}} (?P<sent>\d+|-)')
_NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("account", "bucket", "host", "domain"),
    "at": ("at", "time", "timestamp"),
    "sent": ("bytes_sent", "bytes_out", "body_bytes_sent", "size"),
    "received": ("bytes_received", "bytes_in", "request_length"),
    "url": ("url", "uri", "path", "key"),
}
MAX_LINE = 64 * 1024


def accesses(lines: Iterable[str], form: str, where: str) -> Iterator[Access | Tally]:
    """The requests of a log in the form `s3`, `combined` or `json`; a line that is none is counted with its number."""
    read = FORMS[form]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield read(line[:MAX_LINE])
        except UNUSABLE as error:
            yield refused(Refusal.MALFORMED, f"{where}:{number}: {error}")


def _s3(line: str) -> Access:
    found = _S3.match(line)
    if found is None:
        raise ValueError("is no S3 server access log line")
    return Access(found["name"], _clf(found["at"]), _number(found["sent"]), 0, found["key"])


def _combined(line: str) -> Access:
    found = _COMBINED.match(line)
    if found is None:
        raise ValueError("is no combined log line with the host in front")
    return Access(found["name"], _clf(found["at"]), _number(found["sent"]), 0, found["key"])


def _json(line: str) -> Access:
    row = json.loads(line)
    if not isinstance(row, Mapping):
        raise TypeError("is no object")
    values = {ours: next((row[name] for name in theirs if name in row), None) for ours, theirs in _NAMES.items()}
    if values["name"] is None or values["at"] is None or values["sent"] is None:
        raise KeyError("a name (account, bucket, host), a time or bytes_sent is missing")
    return Access(
        str(values["name"]),
        second(values["at"]),
        _number(values["sent"]),
        _number(values["received"]),
        str(values["url"] or ""),
    )


FORMS: Mapping[str, Callable[[str], Access]] = {"s3": _s3, "combined": _combined, "json": _json}


def _clf(text: str) -> float:
    return second(datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").timestamp())


def _number(value: Any) -> int:
    if value in (None, "-", ""):
        return 0
    number = int(value)
    if number < 0:
        raise ValueError(f"{number} bytes")
    return number
