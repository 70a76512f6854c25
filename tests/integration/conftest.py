"""A real house on SQLite with a local S3 server; processes are ended with the test."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House, open_house
from scanner.settings import Settings
from tests.integration.ports import free_port, wait_for


@pytest.fixture(scope="session")
def store() -> Iterator[Settings]:
    """Settings that point at a local S3 server."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "localstore",
        "--port",
        str(port),
        "--access-key",
        "test",
        "--secret-key",
        "secret",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    yield Settings(s3_endpoint=f"http://127.0.0.1:{port}", s3_access_key="test", s3_secret_key="secret")
    process.terminate()
    process.wait(10)


@pytest.fixture
def settings(store: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a fresh state folder and two fresh buckets; the broker is nowhere: rings are lost."""
    name = f"b{abs(hash(request.node.nodeid)) % 10**10}-{time.time_ns() % 10**9}"
    client = s3_client(store)
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return replace(
        store,
        state_dir=str(tmp_path / "state"),
        buckets=(name,),
        hook_secret="hook-secret",
        api_token="api-token",
        redis_url=f"redis+socket://{tmp_path}/nowhere.sock",
    )


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The real services."""
    opened = open_house(settings, role="cli")
    yield opened
    opened.close()


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    """The settings for child processes."""
    return {**os.environ, **variables(settings)}


def variables(settings: Settings) -> dict[str, str]:
    """The settings as AUP_* variables."""
    names = ("state_dir", "s3_endpoint", "s3_access_key", "s3_secret_key", "hook_secret", "api_token", "redis_url")
    found = {f"AUP_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**found, "AUP_BUCKETS": ",".join(settings.buckets)}
