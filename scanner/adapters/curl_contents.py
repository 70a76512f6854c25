"""Stored objects through libcurl: one thread, many transfers in flight, each read whole, bounded and size-checked.

Behind the same port and contract suite as `S3Contents`, at about a thirtieth of its CPU. Listings and
bucket look-ups stay with boto3.
"""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any

import pycurl

from scanner.adapters.s3_contents import AT_ONCE, S3Contents, status_gap
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason, missing_bytes
from scanner.ports import Fetched, Unread
from scanner.wire.sigv4 import object_path, query_string, signed_headers

IN_FLIGHT = 32  # transfers at once
IN_FLIGHT_BYTES = 64 * 1024 * 1024  # of known sizes; one object above it still goes, alone
SLACK = 1024 * 1024  # bytes beyond what was told of an object: with more it is read anew, in its turn among the heavy
ATTEMPTS = 3
CONNECT_SECONDS = 5
SLOW_BYTES, SLOW_SECONDS = 1_024, 15  # slower than this for so long ends a transfer: 30 bytes may not take for ever
DEADLINE_SECONDS = 300
BUFFER = 256 * 1024  # bytes taken at once: 100 KB come in two pieces instead of seven; one buffer serves all transfers


_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")
_MONTHS = {"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * n : 3 * n + 3]: f"{n + 1:02}" for n in range(12)}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What requests are signed with; empty: none are."""

    access_key: str = ""
    secret_key: str = ""
    token: str = ""


@dataclass(slots=True)
class _Transfer:
    """One attempt to read one object. `weight`: the bytes that it is taken to hold until the store says how many."""

    subject: Subject
    limit: int
    weight: int
    attempt: int = 1
    swelled: bool = False
    body: BytesIO = field(default_factory=BytesIO)
    lines: list[bytes] = field(default_factory=list)
    over: str = ""

    def headers(self) -> dict[str, str]:
        """The answer's headers; a new status line (after a redirect or 100) starts anew."""
        found: dict[str, str] = {}
        for line in b"".join(self.lines).decode("latin-1").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                found[name.lower()] = value.strip()
            elif name.startswith("HTTP/"):
                found = {}
        return found

    def weighed(self) -> "_Transfer":
        """The same read from its start; where more came than was told, with the weight that the store says."""
        told = self.headers().get("content-length", "")
        most = int(told) if told.isdecimal() and len(told) < 19 else self.limit
        return _Transfer(self.subject, self.limit, min(most, self.limit) if self.swelled else self.weight, self.attempt)

    def take_body(self, piece: bytes) -> int | None:
        """libcurl's body callback; more than the limit, or far more than was told, ends the transfer."""
        held = self.body.tell() + len(piece)
        if held > self.limit:
            self.over = f"more than {self.limit} bytes (limits.content_bytes)"
            return -1
        if held > self.weight + SLACK:
            self.swelled = True
            return -1
        self.body.write(piece)
        return None


@dataclass(frozen=True, slots=True)
class CurlContents:
    """Reads through libcurl. `credentials` is asked at each batch, so that rotated ones are used."""

    control: S3Contents
    endpoint: str
    region: str
    credentials: Callable[[], Credentials]
    _own: threading.local = field(default_factory=threading.local)

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each subject's bytes, in the order in which they come."""
        waiting, signer = deque(_Transfer(subject, limit, subject.size) for subject in subjects), self._signer()
        multi, pool = self._wires()
        live: dict[Any, _Transfer] = {}
        try:
            while waiting or live:
                self._fill(multi, pool, live, waiting, signer)
                multi.perform()
                ended = _ended(multi)
                for handle, code in ended:
                    transfer = live.pop(handle)
                    answer = _answer(transfer, handle, code)
                    multi.remove_handle(handle)
                    pool.append(handle)
                    if transfer.swelled:
                        waiting.append(transfer.weighed())
                    elif isinstance(answer, Gap) and answer.reason in AT_ONCE and transfer.attempt < ATTEMPTS:
                        waiting.append(replace(transfer.weighed(), attempt=transfer.attempt + 1))
                    else:
                        yield answer if isinstance(answer, Fetched) else Unread(transfer.subject, answer)
                if not ended and live:
                    multi.select(1.0)
        finally:
            for handle in live:  # broken off: their connections are not used again
                multi.remove_handle(handle)
                handle.close()

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Current versions in key order."""
        return self.control.listing(bucket, prefix, after)

    def missing(self, bucket: str) -> bool:
        """Whether the store knows no such bucket."""
        return self.control.missing(bucket)

    def _fill(
        self, multi: Any, pool: list[Any], live: dict[Any, _Transfer], waiting: deque[_Transfer], signer: "_Signer"
    ) -> None:
        """Start transfers up to the bounds."""
        held = sum(transfer.weight for transfer in live.values())
        while waiting and len(live) < IN_FLIGHT and (not live or held + waiting[0].weight <= IN_FLIGHT_BYTES):
            transfer = waiting.popleft()
            handle = pool.pop() if pool else _handle()
            self._prepare(handle, transfer, signer)
            live[handle] = transfer
            held += transfer.weight
            multi.add_handle(handle)

    def _prepare(self, handle: Any, transfer: _Transfer, signer: "_Signer") -> None:
        subject = transfer.subject
        path = object_path(subject.bucket, subject.key)
        query = query_string({"versionId": subject.version_id}) if subject.version_id else ""
        handle.setopt(pycurl.URL, f"{signer.base}{path}?{query}" if query else signer.base + path)
        handle.setopt(pycurl.HEADERFUNCTION, transfer.lines.append)  # libcurl itself bounds headers: 300 KB an answer
        handle.setopt(pycurl.WRITEFUNCTION, transfer.take_body)
        headers = signer.signature(path, query) if signer.credentials.access_key else []
        if subject.etag and not subject.version_id:
            headers.append(f'If-Match: "{subject.etag}"')
        handle.setopt(pycurl.HTTPHEADER, headers)

    def _wires(self) -> tuple[Any, list[Any]]:
        """This thread's own libcurl, its connections kept from batch to batch; never one from before a fork."""
        if getattr(self._own, "pid", 0) != os.getpid():
            self._own.pid, self._own.multi, self._own.pool = os.getpid(), pycurl.CurlMulti(), []
        return self._own.multi, self._own.pool

    def _signer(self) -> "_Signer":
        base = self.endpoint.rstrip("/")
        return _Signer(base, base.split("://", 1)[1], self.region, self.credentials())


@dataclass(frozen=True, slots=True)
class _Signer:
    """What the requests of one batch are signed with and sent to."""

    base: str
    host: str
    region: str
    credentials: Credentials

    def signature(self, path: str, query: str) -> list[str]:
        keys = self.credentials
        secrets = keys.access_key, keys.secret_key, keys.token
        return signed_headers(*secrets, self.region, self.host, path, query, datetime.now(UTC))


def _handle() -> Any:
    """A transfer with what holds for all of them."""
    handle = pycurl.Curl()
    handle.setopt(pycurl.PATH_AS_IS, 1)  # `a/../b` and `.` are keys, not directions
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.BUFFERSIZE, BUFFER)
    handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    handle.setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
    handle.setopt(pycurl.TIMEOUT, DEADLINE_SECONDS)
    handle.setopt(pycurl.LOW_SPEED_LIMIT, SLOW_BYTES)
    handle.setopt(pycurl.LOW_SPEED_TIME, SLOW_SECONDS)
    return handle


def _ended(multi: Any) -> list[tuple[Any, int]]:
    """Transfers that came to an end, with libcurl's code."""
    ended = []
    while True:
        queued, good, bad = multi.info_read()
        ended += [(handle, 0) for handle in good] + [(handle, code) for handle, code, _ in bad]
        if not queued:
            return ended


def _answer(transfer: _Transfer, handle: Any, code: int) -> Fetched | Gap:
    """The whole object, or why not."""
    status, headers = handle.getinfo(pycurl.RESPONSE_CODE), transfer.headers()
    told = headers.get("content-length", "")
    if transfer.over and status < 300:
        return Gap(Reason.OVER_SIZE, "", transfer.over)
    if code:
        reason = Reason.TIMEOUT if code == pycurl.E_OPERATION_TIMEDOUT else Reason.UNANSWERED
        return Gap(reason, "", f"the transfer broke off: {handle.errstr() or code}")
    if status != 200:
        return status_gap(status, _word(transfer.body.getvalue()) or f"status {status}")
    held = transfer.body.tell()
    if not told.isdigit() or int(told) != held:
        return Gap(Reason.DAMAGED, "", f"{held} bytes came of {told or 'an unknown number'}")
    asked = transfer.subject
    version = headers.get("x-amz-version-id", "") or asked.version_id
    read = Subject(
        asked.bucket,
        asked.key,
        "" if version == "null" else version,
        headers.get("etag", "").strip('"'),
        held,
        asked.account,
        _moment(headers.get("last-modified", "")) or asked.modified,
    )
    kinds = headers.get("content-type", ""), headers.get("content-encoding", "")
    return Fetched(asked, read, transfer.body.getvalue(), *kinds, gaps=missing_bytes(asked, held))


def _word(body: bytes) -> str:
    """The store's own word for why not."""
    found = _CODE.search(body[:4_096])
    return found[1].decode() if found else ""


def _moment(text: str) -> str:
    """A header's time in ISO; the one form that stores send is read by its places."""
    month = _MONTHS.get(text[8:11])
    if len(text) == 29 and month and text.endswith(" GMT") and text[5:7].isdigit() and text[12:16].isdigit():
        return f"{text[12:16]}-{month}-{text[5:7]}T{text[17:25]}+00:00"
    try:
        return parsedate_to_datetime(text).isoformat() if text else ""
    except ValueError:
        return ""  # an object without a time is never taken for unchanged
