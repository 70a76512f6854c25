"""Notifications of object stores (AWS, MinIO, Ceph shapes) to upload events: all records, or a clear refusal."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from scanner.domain.content import UploadEvent
from scanner.errors import HookError

MAX_KEY = 1_024  # bytes of a key in UTF-8, as S3 limits it; of a version's id likewise
MAX_NAME = 255  # bytes of a bucket's name, an ETag or a sequencer: far more than any store sends
_BUCKET = re.compile(r"[A-Za-z0-9._-]+")
BUS_KINDS = {"Object Created": "created", "Object Restore Completed": "created", "Object Deleted": "removed"}
MEND = "send the store's event JSON as it is"


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
        raise HookError(422, f"the body is not JSON: {error}", mend=MEND) from error
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
        raise HookError(422, "the body is no JSON object", mend=MEND)
    if document.get("Event") == "s3:TestEvent":
        return []
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        return _unwrapped(document["Message"])
    if isinstance(document.get("detail"), Mapping):
        return [document]
    records = document.get("Records")
    if not isinstance(records, list):
        raise HookError(422, "no list of records", where="Records", mend=MEND)
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
        raise HookError(422, "is no JSON object", where=where, mend=MEND)
    if "detail" in record:
        return _bus_event(where, record)
    kind = _kind(str(record.get("eventName", "")))
    if kind is None:
        return None
    s3 = _mapping(where, record, "s3")
    bucket = _bucket(f"{where}.s3", s3)
    stored, place = _mapping(f"{where}.s3", s3, "object"), f"{where}.s3.object"
    raw = _text(place, stored, "key", 3 * MAX_KEY)
    return UploadEvent(
        bucket,
        _key(f"{place}.key", unquote_plus(raw, errors="surrogateescape"), raw),
        version_id=_optional(place, stored, "versionId", MAX_KEY),
        etag=_optional(place, stored, "eTag").strip('"'),
        size=_size(where, stored),
        sequencer=_optional(place, stored, "sequencer"),
        kind=kind,
        at=_time(record.get("eventTime")),
        raw_key=raw,
    )


def _bus_event(where: str, record: Mapping[str, Any]) -> UploadEvent | None:
    """An event-bus record: its keys are not encoded."""
    kind = BUS_KINDS.get(str(record.get("detail-type", "")))
    if kind is None:
        return None
    detail = _mapping(where, record, "detail")
    stored, place = _mapping(f"{where}.detail", detail, "object"), f"{where}.detail.object"
    bucket = _bucket(f"{where}.detail", detail)
    key = _text(place, stored, "key", 3 * MAX_KEY)
    return UploadEvent(
        bucket,
        _key(f"{place}.key", key, key),
        version_id=_optional(place, stored, "version-id", MAX_KEY),
        etag=_optional(place, stored, "etag").strip('"'),
        size=_size(where, stored),
        sequencer=_optional(place, stored, "sequencer"),
        kind=kind,
        at=_time(record.get("time")),
        raw_key=key,
    )


def _kind(name: str) -> str | None:
    """A restored or replicated object is as good as uploaded: before, there was nothing to read, or nothing at all."""
    name = name.removeprefix("s3:")
    if name.startswith(("ObjectCreated", "ObjectRestore:Completed", "ObjectSynced:Create")):
        return "created"
    return "removed" if name.startswith("ObjectRemoved") else None


def _key(where: str, decoded: str, raw: str) -> str:
    """The decoded key, or the raw one where decoding gives no valid text."""
    key = decoded if not any("\udc80" <= letter <= "\udcff" for letter in decoded) else raw
    return _keepable(where, key, MAX_KEY, "the key")


def _keepable(where: str, text: str, most: int, what: str) -> str:
    """The text; HookError for what no store sends and no database keeps: the delivery could never be filed."""
    if "\0" in text:
        raise HookError(422, f"{what} holds a NUL", where=where, mend="no store keeps such a one")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise HookError(422, f"{what} is no text: half a character", where=where, mend=MEND) from None
    if size > most:
        raise HookError(422, f"{what} is longer than {most} bytes", where=where, mend="check it")
    return text


def _bucket(where: str, record: Mapping[str, Any]) -> str:
    """A name that any store gives a bucket: what has a colon is a place of ours (`cdn:`), a slash leads elsewhere."""
    name = _text(f"{where}.bucket", _mapping(where, record, "bucket"), "name")
    if not _BUCKET.fullmatch(name):
        raise HookError(422, f"{name[:80]!r} is no bucket's name", where=f"{where}.bucket.name", mend="check it")
    return name


def _mapping(where: str, record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    if not isinstance(value, Mapping):
        raise HookError(422, f"has no object {name!r}", where=where, mend=MEND)
    return value


def _text(where: str, record: Mapping[str, Any], name: str, most: int = MAX_NAME) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise HookError(422, f"has no text {name!r}", where=where, mend=MEND)
    return _keepable(f"{where}.{name}", value, most, f"the {name}")


def _optional(where: str, record: Mapping[str, Any], name: str, most: int = MAX_NAME) -> str:
    value = record.get(name)
    return (
        _keepable(f"{where}.{name}", value, most, f"the {name}") if isinstance(value, str) and value != "null" else ""
    )


def _size(where: str, record: Mapping[str, Any]) -> int:
    value = record.get("size", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise HookError(422, f"size = {value!r} is no size", where=where, mend=MEND)
    return value


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None  # the time only tells two unnumbered uploads apart; our own clock does that as well
