"""Notifications as AWS, MinIO, Ceph, topics and event buses send them."""

import hashlib
import hmac
import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import HookError
from scanner.wire.s3_events import signed, upload_events


def record(key: str = "a.txt", name: str = "ObjectCreated:Put", **stored: object) -> dict[str, object]:
    return {
        "eventName": name,
        "eventTime": "2026-03-01T12:00:00.000Z",
        "s3": {"bucket": {"name": "tenant"}, "object": {"key": key, "size": 3, **stored}},
    }


def body(*records: object) -> bytes:
    return json.dumps({"Records": records}).encode()


def test_every_record_of_a_delivery_is_read() -> None:
    events = upload_events(body(*(record(f"k{n}") for n in range(250))), 1_000)
    assert [event.key for event in events] == [f"k{n}" for n in range(250)]


def test_an_aws_record_gives_version_etag_and_sequencer() -> None:
    [event] = upload_events(body(record(versionId="v1", eTag='"abc"', sequencer="0055")), 10)
    assert (event.bucket, event.version_id, event.etag, event.sequencer, event.size) == (
        "tenant",
        "v1",
        "abc",
        "0055",
        3,
    )


def test_a_minio_record_with_its_prefix_and_envelope_is_read() -> None:
    document = {
        "EventName": "s3:ObjectCreated:Put",
        "Key": "tenant/a.txt",
        "Records": [record(name="s3:ObjectCreated:Put")],
    }
    assert len(upload_events(json.dumps(document).encode(), 10)) == 1


def test_a_ceph_record_with_an_empty_version_is_read() -> None:
    [event] = upload_events(body(record(versionId="", eTag="abc", sequencer="F7E6D75DC742D108")), 10)
    assert event.version_id == ""


@pytest.mark.parametrize("key", ["a b.txt", "名字/😀.php", "a+b", "a%2Fb", "../x", "line\nbreak", "é"])
def test_an_encoded_key_is_decoded_and_its_own_spelling_kept(key: str) -> None:
    [event] = upload_events(body(record(quote_plus(key))), 10)
    assert event.key == key
    assert event.raw_key == quote_plus(key)


@given(
    st.text(min_size=1, max_size=200).filter(lambda t: "\0" not in t and not any(0xD800 <= ord(c) < 0xE000 for c in t))
)
def test_any_key_survives_encoding(key: str) -> None:
    if len(key.encode()) <= 1_024:
        [event] = upload_events(body(record(quote_plus(key))), 10)
        assert event.key == key


def test_a_topic_envelope_is_unwrapped() -> None:
    envelope = {"Type": "Notification", "Message": body(record()).decode()}
    assert len(upload_events(json.dumps(envelope).encode(), 10)) == 1


def test_an_event_bus_record_keeps_its_key_as_it_is() -> None:
    detail = {"bucket": {"name": "tenant"}, "object": {"key": "a+b%20c", "size": 1, "etag": "e", "version-id": "v"}}
    document = {"detail-type": "Object Created", "time": "2026-03-01T12:00:00Z", "detail": detail}
    [event] = upload_events(json.dumps(document).encode(), 10)
    assert (event.key, event.version_id) == ("a+b%20c", "v")


def test_removals_are_events_and_other_kinds_are_not() -> None:
    events = upload_events(body(record(name="ObjectRemoved:Delete"), record(name="ObjectTagging:Put"), record()), 10)
    assert [event.kind for event in events] == ["removed", "created"]


@pytest.mark.parametrize("name", ["s3:ObjectRestore:Completed", "ObjectSynced:Create"])
def test_what_was_restored_from_an_archive_or_came_from_another_zone_is_as_good_as_uploaded(name: str) -> None:
    [event] = upload_events(body(record(name=name)), 10)
    assert event.kind == "created"
    assert upload_events(body(record(name="ObjectRestore:Post")), 10) == []


def test_a_restoration_told_by_an_event_bus_is_as_good_as_an_upload() -> None:
    detail = {"bucket": {"name": "tenant"}, "object": {"key": "a", "size": 1, "etag": "e", "version-id": "v"}}
    document = {"detail-type": "Object Restore Completed", "time": "2026-03-01T12:00:00Z", "detail": detail}
    [event] = upload_events(json.dumps(document).encode(), 10)
    assert event.kind == "created"


def test_a_test_event_is_accepted_with_nothing_in_it() -> None:
    assert upload_events(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}).encode(), 10) == []


@pytest.mark.parametrize(
    ("text", "status", "where"),
    [
        (b"not json", 422, ""),
        (b"[]", 422, ""),
        (b"{}", 422, "Records"),
        (b"[" * 100_000, 422, ""),
        (body("x"), 422, "Records[0]"),
        (body(record(), {"eventName": "ObjectCreated:Put"}), 422, "Records[1]"),
        (
            body({"eventName": "ObjectCreated:Put", "s3": {"bucket": {}, "object": {"key": "k"}}}),
            422,
            "Records[0].s3.bucket",
        ),
        (body(record("")), 422, "Records[0].s3.object"),
        (body(record("a%00b")), 422, "Records[0].s3.object.key"),
        (body(record("x" * 1_025)), 422, "Records[0].s3.object.key"),
        (body(record("\ud800")), 422, "Records[0].s3.object.key"),
        (body(record(versionId="v\0")), 422, "Records[0].s3.object.versionId"),
        (body(record(versionId="v" * 1_025)), 422, "Records[0].s3.object.versionId"),
        (body(record(eTag="\udc80")), 422, "Records[0].s3.object.eTag"),
        (body(record(sequencer="0" * 256)), 422, "Records[0].s3.object.sequencer"),
        (body(record() | {"s3": {"bucket": {"name": "t\0"}, "object": {}}}), 422, "Records[0].s3.bucket.name"),
        (body(record(size=-1)), 422, "Records[0]"),
        (body(record(size=True)), 422, "Records[0]"),
        (body(*[record()] * 11), 413, "Records"),
        (json.dumps({"Type": "Notification", "Message": "{"}).encode(), 422, "Message"),
    ],
)
def test_a_bad_delivery_is_refused_with_its_place(text: bytes, status: int, where: str) -> None:
    with pytest.raises(HookError) as refusal:
        upload_events(text, 10)
    assert (refusal.value.status, refusal.value.where) == (status, where)
    assert refusal.value.mend


@pytest.mark.parametrize("bucket", ["cdn:web", "account:victim", "room:x", "a/../b", "a?x=1", "a b", "a\r\nb", "名"])
def test_what_no_store_calls_a_bucket_is_no_place_to_read_from(bucket: str) -> None:
    one = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": "k"}}}
    bus = {"detail-type": "Object Created", "detail": {"bucket": {"name": bucket}, "object": {"key": "k"}}}
    for text in (body(one), json.dumps(bus).encode()):
        with pytest.raises(HookError, match="is no bucket's name") as refusal:
            upload_events(text, 10)
        assert refusal.value.where.endswith("bucket.name")


def test_the_signature_must_be_that_of_the_raw_body() -> None:
    text = body(record())
    good = "sha256=" + hmac.new(b"key", text, hashlib.sha256).hexdigest()
    assert signed("key", text, good, "")
    assert signed("key", text, "", "Bearer key")
    assert not signed("key", text + b" ", good, "")
    assert not signed("other", text, good, "Bearer key")
    assert not signed("", text, good, "Bearer ")
