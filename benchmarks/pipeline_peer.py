"""The obvious pipeline, built as its tutorials do: one Celery task an object, boto3, libmagic, yara-python, row by row.

A worker: `celery -A benchmarks.pipeline_peer worker -P solo`. Settings come in the environment: PEER_REDIS, PEER_S3,
PEER_RULES (compiled), PEER_DATABASE.
"""

import hashlib
import os
import sqlite3
from functools import cache
from typing import Any

import boto3
import magic
import yara
from botocore.client import Config
from celery import Celery

app = Celery("peer", broker=os.environ.get("PEER_REDIS", ""))
app.conf.update(
    task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True
)


@cache
def client() -> Any:
    """The S3 client."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    return boto3.client(
        "s3", endpoint_url=os.environ["PEER_S3"], config=Config(s3={"addressing_style": "path"}), **keys
    )


@cache
def rules() -> Any:
    """All shipped YARA rules in one set."""
    return yara.load(os.environ["PEER_RULES"])


@cache
def database() -> sqlite3.Connection:
    """The verdicts."""
    connection = sqlite3.connect(os.environ["PEER_DATABASE"], timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS verdict (bucket, key, etag, sha256, type, hits, at)")
    return connection


@app.task(name="peer.scan")
def scan(bucket: str, key: str) -> None:
    """Get, identify, match, record."""
    answer = client().get_object(Bucket=bucket, Key=key)
    body = answer["Body"].read()
    kind = magic.from_buffer(body, mime=True)
    hits = ",".join(match.rule for match in rules().match(data=body))
    row = (bucket, key, answer["ETag"], hashlib.sha256(body).hexdigest(), kind, hits)
    with database() as connection:
        connection.execute("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, datetime('now'))", row)


def publish(bucket: str) -> int:
    """One task for every object of the listing."""
    count = 0
    for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            scan.delay(bucket, entry["Key"])
            count += 1
    return count


def recorded() -> int:
    """Rows so far."""
    return int(database().execute("SELECT count(*) FROM verdict").fetchone()[0])
