"""Stored objects through libcurl: one thread, many transfers in flight, each read whole, bounded and size-checked.

Behind the same port and contract suite as `S3Contents`, at about a thirtieth of its CPU. Listings and
bucket look-ups stay with boto3.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any

import pycurl

from scanner.adapters.s3_contents import S3Contents, status_gap
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.ports import Fetched, Unread
from scanner.wire.sigv4 import object_path, query_string, signed_headers

IN_FLIGHT = 32  # transfers at once
IN_FLIGHT_BYTES = 64 * 1024 * 1024  # of known sizes; one object above it still goes, alone
ATTEMPTS = 3
CONNECT_SECONDS = 5
SLOW_BYTES, SLOW_SECONDS = 1_024, 15  # slower than this for so long ends a transfer: 30 bytes may not take for ever
DEADLINE_SECONDS = 300
MAX_HEADER_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """What requests are signed with; empty: none are."""

    access_key: str = ""
    secret_key: str = ""
    token: str = ""


@dataclass(slots=True)
class _Transfer:
    """One attempt to read one object."""

    subject: Subject
    limit: int
    attempt: int = 1
    body: BytesIO = field(default_factory=BytesIO)
    headers: dict[str, str] = field(default_factory=dict)
    header_bytes: int = 0
    over: str = ""

    def take_header(self, line: bytes) -> int | None:
        """libcurl's header callback; a new status line (after a redirect or 100) starts anew."""
        self.header_bytes += len(line)
        if self.header_bytes > MAX_HEADER_BYTES:
            self.over = f"more than {MAX_HEADER_BYTES} bytes of headers"
            return -1
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon and name.startswith("HTTP/"):
            self.headers = {}
        elif colon:
            self.headers[name.strip().lower()] = value.strip()
        return None

    def take_body(self, piece: bytes) -> int | None:
        """libcurl's body callback; more than the limit ends the transfer."""
        if self.body.tell() + len(piece) > self.limit:
            self.over = f"more than {self.limit} bytes (limits.content_bytes)"
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

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each subject's bytes, in the order in which they come."""
        waiting, signer = deque(_Transfer(subject, limit) for subject in subjects), self.credentials()
        multi, pool, live = pycurl.CurlMulti(), list[Any](), dict[Any, _Transfer]()
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
                    if isinstance(answer, Gap) and answer.reason is Reason.DAMAGED and transfer.attempt < ATTEMPTS:
                        waiting.append(_Transfer(transfer.subject, limit, transfer.attempt + 1))
                    else:
                        yield answer if isinstance(answer, Fetched) else Unread(transfer.subject, answer)
                if not ended and live:
                    multi.select(1.0)
        finally:
            for handle in live:
                multi.remove_handle(handle)
            multi.close()

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Current versions in key order."""
        return self.control.listing(bucket, prefix, after)

    def missing(self, bucket: str) -> bool:
        """Whether the store knows no such bucket."""
        return self.control.missing(bucket)

    def _fill(
        self, multi: Any, pool: list[Any], live: dict[Any, _Transfer], waiting: deque[_Transfer], signer: Credentials
    ) -> None:
        """Start transfers up to the bounds."""
        held = sum(transfer.subject.size for transfer in live.values())
        while waiting and len(live) < IN_FLIGHT and (not live or held + waiting[0].subject.size <= IN_FLIGHT_BYTES):
            transfer = waiting.popleft()
            handle = pool.pop() if pool else pycurl.Curl()
            self._prepare(handle, transfer, signer)
            live[handle] = transfer
            held += transfer.subject.size
            multi.add_handle(handle)

    def _prepare(self, handle: Any, transfer: _Transfer, signer: Credentials) -> None:
        subject = transfer.subject
        handle.reset()
        path = object_path(subject.bucket, subject.key)
        query = query_string({"versionId": subject.version_id}) if subject.version_id else ""
        handle.setopt(pycurl.URL, f"{self.endpoint.rstrip('/')}{path}" + (f"?{query}" if query else ""))
        handle.setopt(pycurl.PATH_AS_IS, 1)  # `a/../b` and `.` are keys, not directions
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
        handle.setopt(pycurl.TIMEOUT, DEADLINE_SECONDS)
        handle.setopt(pycurl.LOW_SPEED_LIMIT, SLOW_BYTES)
        handle.setopt(pycurl.LOW_SPEED_TIME, SLOW_SECONDS)
        handle.setopt(pycurl.HEADERFUNCTION, transfer.take_header)
        handle.setopt(pycurl.WRITEFUNCTION, transfer.take_body)
        headers = self._signature(path, query, signer) if signer.access_key else []
        if subject.etag and not subject.version_id:
            headers.append(f'If-Match: "{subject.etag}"')
        handle.setopt(pycurl.HTTPHEADER, headers)

    def _signature(self, path: str, query: str, signer: Credentials) -> list[str]:
        host = self.endpoint.rstrip("/").split("://", 1)[1]
        secrets = signer.access_key, signer.secret_key, signer.token
        return signed_headers(*secrets, self.region, host, path, query, datetime.now(UTC))


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
    status, told = handle.getinfo(pycurl.RESPONSE_CODE), transfer.headers.get("content-length", "")
    if transfer.over and status < 300:
        return Gap(Reason.OVER_SIZE, "", transfer.over)
    if code:
        reason = Reason.TIMEOUT if code == pycurl.E_OPERATION_TIMEDOUT else Reason.DAMAGED
        return Gap(reason, "", f"the transfer broke off: {handle.errstr() or code}")
    if status >= 300:
        return status_gap(status, f"status {status}")
    held = transfer.body.tell()
    if not told.isdigit() or int(told) != held:
        return Gap(Reason.DAMAGED, "", f"{held} bytes came of {told or 'an unknown number'}")
    headers = transfer.headers
    version = headers.get("x-amz-version-id", "")
    read = replace(
        transfer.subject,
        version_id="" if version == "null" else version or transfer.subject.version_id,
        etag=headers.get("etag", "").strip('"'),
        size=held,
        modified=_moment(headers.get("last-modified", "")) or transfer.subject.modified,
    )
    kinds = headers.get("content-type", ""), headers.get("content-encoding", "")
    return Fetched(transfer.subject, read, transfer.body.getvalue(), *kinds)


def _moment(text: str) -> str:
    try:
        return parsedate_to_datetime(text).isoformat() if text else ""
    except ValueError:
        return ""  # only shown to people: the version and the ETag say what was read
