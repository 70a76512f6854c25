"""The forms of access logs: what a line looks like, and where host, URL, status, bytes and method stand in it.

A form's pattern matches one whole line with its newline. It is run over blocks of many lines at once, so it may hold
nothing that tries again and again: every field is a class of bytes that cannot hold its own end.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Row = tuple[bytes, bytes, bytes, bytes]  # host (may be empty), URL or path, status, bytes sent
Fields = tuple[bytes, ...]

_REST = rb"[^\n]*\n"
_CLF = rb"\[[^\]\n]{10,40}\]"
_ASKED = rb'"[A-Z]{3,16} ([^ "\n]+)[^"\n]*" (\d{3}) (\d+|-)'
_TEXT = {
    # client - user [time] "GET /path HTTP/1.1" status bytes …
    "nginx": (rb"^[^ \n]+ [^ \n]+ [^ \n]+ " + _CLF + b" " + _ASKED + _REST, ("url", "status", "sent")),
    # host client - user [time] "GET /path HTTP/1.1" status bytes …
    "vhost": (
        rb"^([^ \n]+) [^ \n]+ [^ \n]+ [^ \n]+ " + _CLF + b" " + _ASKED + _REST,
        ("host", "url", "status", "sent"),
    ),
    # client HIT time [time] "GET http://host/path HTTP/1.1" status bytes …
    "qiniu": (
        rb"^[^ \n]+ (?:HIT|MISS|-) [^ \n]+ "
        + _CLF
        + rb' "[A-Z]{3,16} (https?://[^ "\n]+)[^"\n]*" (\d{3}) (\d+|-)'
        + _REST,
        ("url", "status", "sent"),
    ),
    # [time] client proxy took "referer" "GET http://host/path" status request-bytes bytes HIT …
    "aliyun": (
        rb"^" + _CLF + rb' [^ \n]+ [^ \n]+ \d+ "[^"\n]*" "[A-Z]{3,16} ([^ "\n]+)[^"\n]*"'
        rb" (\d{3}) (?:\d+|-) (\d+|-)" + _REST,
        ("url", "status", "sent"),
    ),
    # 20261124102456 client host /path bytes province isp status …
    "tencent": (
        rb"^\d{14} [^ \n]+ ([^ \n]+) ([^ \n]+) (\d+) -?\d+ -?\d+ (\d{3})" + _REST,
        ("host", "url", "sent", "status"),
    ),
}
ORDER = ("tencent", "aliyun", "qiniu", "vhost", "nginx")  # the most particular first
_JSON_NAMES: Mapping[str, tuple[str, ...]] = {
    "host": ("ClientRequestHost", "host", "domain", "http_host", "hostname"),
    "url": ("ClientRequestURI", "request_uri", "url", "uri", "path"),
    "status": ("EdgeResponseStatus", "status", "http_code", "return_code"),
    "sent": ("EdgeResponseBytes", "body_bytes_sent", "bytes_sent", "response_size", "bytes", "size"),
}
_W3C_NAMES: Mapping[str, tuple[str, ...]] = {
    "host": ("x-host-header", "cs(host)", "cs-host"),
    "url": ("cs-uri", "cs-uri-stem"),
    "status": ("sc-status",),
    "sent": ("sc-bytes",),
}
WANTED = ("host", "url", "status", "sent")
_DECLARED, _NOTHING = re.compile(rb"^#Fields:", re.M), re.compile(rb"(?!)")


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `order` says which groups the pattern has; `plain` reads a line that the pattern misses, or None."""

    name: str
    pattern: re.Pattern[bytes]
    order: tuple[str, ...]
    plain: Callable[[bytes], Row] | None = None
    escaped: bool = False  # bytes that are no plain text stand as \\xHH

    @property
    def places(self) -> tuple[int, ...]:
        """Where host, URL, status, bytes and query stand among the groups; -1 for none."""
        return tuple(self.order.index(name) if name in self.order else -1 for name in (*WANTED, "query"))


def row_of(fields: Fields, places: tuple[int, ...]) -> Row:
    """The groups of one match in the order of `Row`."""
    host, url, status, sent, query = places
    asked = fields[url]
    if query >= 0 and fields[query] not in (b"", b"-"):
        asked += b"?" + fields[query]
    return fields[host] if host >= 0 else b"", asked, fields[status], fields[sent] if sent >= 0 else b"0"


def forms_of(block: bytes, form: Form) -> Iterator[tuple[bytes, Form]]:
    """A block by its forms: a W3C log may declare other fields further down, where its server was set anew."""
    if form.name != "w3c":
        yield block, form
        return
    starts = [found.start() for found in _DECLARED.finditer(block)]
    if starts[:1] != [0]:
        yield block[: starts[0] if starts else None], form
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        part = block[start:end]
        form = w3c_form(part) or Form("w3c", _NOTHING, ("url", "status"))
        yield part, form


def text_form(name: str) -> Form:
    """The form of that name."""
    pattern, order = _TEXT[name]
    return Form(name, re.compile(pattern, re.M), order, escaped=True)


def json_form(line: bytes) -> Form | None:
    """The form of JSON lines, cut to the keys of the first one: a line of the same shape needs no parser."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    named = {ours: next((name for name in theirs if name in row), "") for ours, theirs in _JSON_NAMES.items()}
    if not named["url"] or not named["status"]:
        return None
    order, parts = list[str](), list[bytes]()
    for key, value in row.items():
        ours = next((name for name, theirs in named.items() if theirs == key), "")
        order += [ours] if ours else []
        parts.append(re.escape(json.dumps(key).encode()) + rb":[ ]?" + _value(value, kept=bool(ours)))
    pattern = re.compile(rb"^\{" + rb",[ ]?".join(parts) + rb"\}\r?\n", re.M)
    return Form("json", pattern, tuple(order), lambda each: _plain(each, named))


def w3c_form(head: bytes) -> Form | None:
    """The form that a `#Fields:` line declares, its fields parted by tabs or spaces."""
    declared = re.search(rb"^#Fields:[ \t]*([^\n]+)", head, re.M)
    if declared is None:
        return None
    names = declared[1].decode("latin-1").lower().split()
    wanted = {theirs: ours for ours, all_ in _W3C_NAMES.items() for theirs in all_}
    places = [wanted.get(name, "query" if name == "cs-uri-query" else "") for name in names]
    if "url" not in places or "status" not in places or any(places.count(each) > 1 for each in WANTED):
        return None
    parts = [rb"([^ \t\r\n]*)" if place else rb"[^ \t\r\n]*" for place in places]
    pattern = re.compile(rb"^(?!#)" + rb"[ \t]".join(parts) + rb"\r?\n", re.M)
    return Form("w3c", pattern, tuple(place for place in places if place))


def recognised(head: bytes) -> Form | None:
    """The form that most of the first lines have; None if it is none of ours."""
    if (declared := w3c_form(head)) is not None:
        return declared
    lines = [line for line in head.split(b"\n")[:200] if line.strip()]
    forms = [text_form(name) for name in ORDER]
    first = next((line for line in lines if line.startswith(b"{")), b"")
    forms += [shaped] if first and (shaped := json_form(first)) is not None else []
    hits = [sum(1 for line in lines if form.pattern.match(line + b"\n") or _json(form, line)) for form in forms]
    best = max(hits)
    return forms[hits.index(best)] if best else None


def _json(form: Form, line: bytes) -> bool:
    return form.plain is not None and line.startswith(b"{")


def _value(value: object, *, kept: bool) -> bytes:
    if isinstance(value, str):
        return rb'"([^"\\\n]*)"' if kept else rb'"[^"\\\n]*"'
    if isinstance(value, dict | list):
        return rb"(?:\{[^{}\n]*\}|\[[^\[\]\n]*\])"
    return rb"(-?[0-9.eE+]+)" if kept else rb"(?:-?[0-9.eE+]+|true|false|null)"


def _plain(line: bytes, named: Mapping[str, str]) -> Row:
    """One line by a real parser; ValueError or KeyError if it is none."""
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("is no object")
    values = (row.get(named[name], "") for name in WANTED)
    host, url, status, sent = ("" if value is None else str(value) for value in values)
    if not url or not status:
        raise KeyError("url or status is missing")
    return tuple(text.encode("utf-8", "surrogatepass") for text in (host, url, status, sent or "0"))  # type: ignore[return-value]
