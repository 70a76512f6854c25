"""S3 stores on loopback for the suites: the strict one (in this process) and moto's server."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3
from botocore.client import Config

from localstore.server import running
from localstore.world import World
from scanner.domain.content import Subject

OWNER, STRANGER = "111111111111", "222222222222"


@dataclass
class Store:
    """A store: where it is, its owner's client, and (for the strict one) the world behind it."""

    url: str
    client: Any
    world: World

    def bucket(self, name: str = "tenant", *, versions: bool = True, public: bool = True) -> str:
        """A bucket, as a site's is."""
        self.client.create_bucket(Bucket=name)
        if versions:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if public:
            self.client.put_bucket_policy(Bucket=name, Policy=site_policy(name))
        return name

    def put(self, key: str = "a/key", body: bytes = b"bad", bucket: str = "tenant", **more: Any) -> Subject:
        """An object; the subject that names exactly this version."""
        answer = self.client.put_object(Bucket=bucket, Key=key, Body=body, **more)
        version = answer.get("VersionId", "")
        return Subject(bucket, key, version, answer["ETag"].strip('"'), len(body), "account-1")

    def anonymous(self, key: str, bucket: str = "tenant", version: str = "") -> int:
        """The status that the world gets."""
        query = f"?versionId={quote(version)}" if version else ""
        return status_of(f"{self.url}/{bucket}/{quote(key)}{query}")


def site_policy(bucket: str, *more: dict[str, Any]) -> str:
    """A policy under which the world may read."""
    allow = {"Sid": "Site", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"]}
    statements = [{**allow, "Resource": [f"arn:aws:s3:::{bucket}/*"]}, *more]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def status_of(url: str) -> int:
    """The status of a GET."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def client(url: str, access_key: str = "owner", secret: str = "secret", **options: Any) -> Any:
    """A client that tries once."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=5, **options),
    )


@contextmanager
def strict_store(*quirks: str) -> Iterator[Store]:
    """The strict store, with some promises broken."""
    world = World(quirks=frozenset(quirks))
    world.add_account(OWNER, "owner", "secret")
    world.add_account(STRANGER, "stranger", "secret")
    with running(world) as server:
        yield Store(server.url, client(server.url), world)


@contextmanager
def moto_store() -> Iterator[Store]:
    """moto's server."""
    from moto.server import ThreadedMotoServer

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=10)
        yield Store(url, client(url), World())
    finally:
        server.stop()
