"""Notifications of object stores (AWS, MinIO, Ceph shapes) to upload events: all records, or a clear refusal."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from scanner.domain.content import UploadEvent
from scanner.errors import HookError

MAX_KEY = 1_024  # bytes of a key in UTF-8, as S3 limits it


def signed(secret: str, body: bytes, signature: str, authorization: str) -> bool:
    """Whether the body is signed (`sha256=HEX`, HMAC-SHA256 over the raw body) or sent with the secret as bearer."""
    if not secret:
        return False
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    bearer = f"Bearer {secret}"
    same = hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode())
    return same or hmac.compare_digest(authorization.encode("utf-8", "replace"), bearer.encode())


def upload_events(body: bytes, max_records: int) -> list[UploadEvent]:
    """Every record of the notification; HookError 422 names the record and the key that is wrong."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HookError(422, f"the body is not JSON: {error}", mend="send the store's event JSON as it is") from error
    records = _records(document)
    if len(records) > max_records:
        mend = "send smaller batches, or raise hook_max_records"
        raise HookError(413, f"{len(records)} records; the limit is {max_records}", where="Records", mend=mend)
    return [event for number, record in enumerate(records) if (event := _event(number, record)) is not None]


def _records(document: object) -> list[Any]:
    """The records of a plain S3 event, of one wrapped by a topic, of an event bus, or of MinIO's Redis list."""
    if isinstance(document, list) and document:
        return [record for entry in document for record in _listed(entry)]
    if not isinstance(document, Mapping):
        raise HookError(422, "the body is no JSON object", mend="send the store's event JSON as it is")
    if document.get("Event") == "s3:TestEvent":
        return []
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        return _unwrapped(document["Message"])
    if isinstance(document.get("detail"), Mapping):
        return [document]
    records = document.get("Records")
    if not isinstance(records, list):
        raise HookError(422, "no list of records", where="Records", mend="send the store's event JSON as it is")
    return records


def _listed(entry: object) -> list[Any]:
    """One element of MinIO's `access` format: `{"Event": [records], "EventTime": …}`."""
    events = entry.get("Event") if isinstance(entry, Mapping) else None
    if not isinstance(events, list):
        raise HookError(422, "a list without events", where="Event", mend="set the Redis target's format to access")
    return events


def _unwrapped(message: str) -> list[Any]:
    try:
        return _records(json.loads(message))
    except (ValueError, RecursionError) as error:
        raise HookError(422, f"is not JSON: {error}", where="Message", mend="send the topic's message") from error


def _event(number: int, record: object) -> UploadEvent | None:
    """One record; None for kinds that concern no content (tags, ACLs, lifecycle)."""
    where = f"Records[{number}]"
    if not isinstance(record, Mapping):
        raise HookError(422, "is no JSON object", where=where, mend="send the store's event JSON as it is")
    if "detail" in record:
        return _bus_event(where, record)
    kind = _kind(str(record.get("eventName", "")))
    if kind is None:
        return None
    s3 = _mapping(where, record, "s3")
    bucket = _text(f"{where}.s3.bucket", _mapping(f"{where}.s3", s3, "bucket"), "name")
    stored = _mapping(f"{where}.s3", s3, "object")
    raw = _text(f"{where}.s3.object", stored, "key")
    return UploadEvent(
        bucket,
        _key(where, unquote_plus(raw, errors="surrogateescape"), raw),
        version_id=_optional(stored, "versionId"),
        etag=_optional(stored, "eTag").strip('"'),
        size=_size(where, stored),
        sequencer=_optional(stored, "sequencer"),
        kind=kind,
        at=_time(record.get("eventTime")),
        raw_key=raw,
    )


def _bus_event(where: str, record: Mapping[str, Any]) -> UploadEvent | None:
    """An event-bus record: its keys are not encoded."""
    kind = {"Object Created": "created", "Object Deleted": "removed"}.get(str(record.get("detail-type", "")))
    if kind is None:
        return None
    detail = _mapping(where, record, "detail")
    stored = _mapping(f"{where}.detail", detail, "object")
    bucket = _text(f"{where}.detail.bucket", _mapping(f"{where}.detail", detail, "bucket"), "name")
    key = _text(f"{where}.detail.object", stored, "key")
    return UploadEvent(
        bucket,
        _key(where, key, key),
        version_id=_optional(stored, "version-id"),
        etag=_optional(stored, "etag").strip('"'),
        size=_size(where, stored),
        sequencer=_optional(stored, "sequencer"),
        kind=kind,
        at=_time(record.get("time")),
        raw_key=key,
    )


def _kind(name: str) -> str | None:
    name = name.removeprefix("s3:")
    if name.startswith("ObjectCreated"):
        return "created"
    return "removed" if name.startswith("ObjectRemoved") else None


def _key(where: str, decoded: str, raw: str) -> str:
    """The decoded key, or the raw one where decoding gives no valid text."""
    key = decoded if not any("\udc80" <= letter <= "\udcff" for letter in decoded) else raw
    if "\0" in key:
        raise HookError(422, "the key holds a NUL", where=f"{where}.s3.object.key", mend="no store keeps such a key")
    if len(key.encode("utf-8", "replace")) > MAX_KEY:
        raise HookError(422, f"the key is longer than {MAX_KEY} bytes", where=f"{where}.s3.object.key", mend="check it")
    return key


def _mapping(where: str, record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    if not isinstance(value, Mapping):
        raise HookError(422, f"has no object {name!r}", where=where, mend="send the store's event JSON as it is")
    return value


def _text(where: str, record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise HookError(422, f"has no text {name!r}", where=where, mend="send the store's event JSON as it is")
    return value


def _optional(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) and value != "null" else ""


def _size(where: str, record: Mapping[str, Any]) -> int:
    value = record.get("size", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise HookError(422, f"size = {value!r} is no size", where=where, mend="send the store's event JSON as it is")
    return value


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None  # the time only tells two unnumbered uploads apart; our own clock does that as well
