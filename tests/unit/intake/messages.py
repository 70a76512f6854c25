"""Messages as stores and queues send them."""

import json
from typing import Any


def record(bucket: str, key: str, version: str = "v1", sequencer: str = "01") -> dict[str, Any]:
    """One record of an S3 event."""
    stored = {"key": key, "size": 3, "eTag": "e", "versionId": version, "sequencer": sequencer}
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": stored}}


def direct(*records: dict[str, Any]) -> str:
    """S3 to SQS."""
    return json.dumps({"Records": list(records)})


def through_topic(*records: dict[str, Any]) -> str:
    """S3 to SNS to SQS."""
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": direct(*records)})


def from_bus(bucket: str, key: str) -> str:
    """EventBridge to SQS."""
    stored = {"key": key, "size": 3, "etag": "e", "version-id": "v1", "sequencer": "01"}
    return json.dumps({"detail-type": "Object Created", "detail": {"bucket": {"name": bucket}, "object": stored}})


def minio_element(*records: dict[str, Any]) -> str:
    """One element of MinIO's list (format access)."""
    return json.dumps([{"Event": list(records), "EventTime": "2026-03-01T12:00:00Z"}])
