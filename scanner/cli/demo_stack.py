"""The demo's processes: store, Redis, console, workers; all on loopback, all ended with the demo."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from scanner.bootstrap import s3_client, start_redis
from scanner.cli.serve import console_command, preview_command, worker_commands
from scanner.errors import StoreError
from scanner.settings import Settings

READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs, and how to talk to it."""

    settings: Settings
    folder: Path
    client: Any
    workers: tuple[subprocess.Popen[bytes], ...]

    @property
    def console_url(self) -> str:
        """Where the console answers."""
        return f"http://{self.settings.console_host}:{self.settings.console_port}"

    def make_bucket(self, name: str, *, versions: bool) -> None:
        """A bucket that the world may read, as a site's bucket is."""
        self.client.create_bucket(Bucket=name)
        allow = {"Sid": "SiteIsPublic", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"]}
        policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": [f"arn:aws:s3:::{name}/*"]}]}
        self.client.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        if versions:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, bucket: str, key: str, data: bytes, media_type: str) -> dict[str, object]:
        """Upload as a customer does; the event record that a store sends for it."""
        answer = self.client.put_object(Bucket=bucket, Key=key, Body=data, ContentType=media_type)
        stored: dict[str, object] = {
            "key": quote_plus(key, safe="/"),
            "size": len(data),
            "eTag": answer["ETag"].strip('"'),
        }
        if answer.get("VersionId"):
            stored["versionId"] = answer["VersionId"]
        stored["sequencer"] = f"{time.time_ns():016X}"
        when = datetime.now(UTC).isoformat()
        return {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "eventTime": when,
            "s3": {"bucket": {"name": bucket}, "object": stored},
        }

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """POST to the console; StoreError with its answer if it refuses."""
        request = urllib.request.Request(self.console_url + path, body, dict(headers), method="POST")  # noqa: S310 - http
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise StoreError(
                f"answered {error.code}: {error.read()[:300]!r}", where=path, mend="see the logs"
            ) from error


def open_stack(settings: Settings, folder: Path, exits: ExitStack) -> Stack:
    """Start everything and wait until it answers."""
    (folder / "logs").mkdir()
    store_port, console_port, preview_port = _free_port(), _free_port(), _free_port()
    chosen = replace(
        settings,
        state_dir=str(folder),
        s3_endpoint=f"http://127.0.0.1:{store_port}",
        s3_access_key="demo",
        s3_secret_key=secrets.token_hex(16),
        hook_secret=secrets.token_hex(16),
        api_token=secrets.token_hex(16),
        console_port=console_port,
        preview_port=preview_port,
        lease_seconds=15.0,
        sweep_seconds=2.0,
        ring_again_seconds=4.0,
        buckets=("tenant-a", "tenant-b"),
    )
    environ = {**os.environ, **_environ(chosen)}
    store = [sys.executable, "-m", "localstore", "--port", str(store_port)]
    store += ["--access-key", chosen.s3_access_key, "--secret-key", chosen.s3_secret_key]
    _start(store, "store", folder, environ, exits)
    server = start_redis(folder / "redis")
    exits.callback(server.stop)
    _start(console_command(chosen), "console", folder, environ, exits)
    workers = [_start(line, f"worker-{n}", folder, environ, exits) for n, line in enumerate(worker_commands(chosen))]
    stack = Stack(chosen, folder, s3_client(chosen), tuple(workers))
    _wait_for(store_port, "store", folder)
    _wait_for(console_port, "console", folder)
    return stack


def keep_previews(stack: Stack, exits: ExitStack) -> None:
    """Start the previews' origin, for people who stay to look at cases."""
    environ = {**os.environ, **_environ(stack.settings)}
    _start(preview_command(stack.settings), "preview", stack.folder, environ, exits)


def _environ(settings: Settings) -> dict[str, str]:
    """The settings as AUP_* variables, where they differ from the defaults."""
    found, default = dict[str, str](), Settings()
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value != getattr(default, field.name) and not isinstance(value, Mapping):
            found[f"AUP_{field.name.upper()}"] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def _start(
    command: list[str], name: str, folder: Path, environ: Mapping[str, str], exits: ExitStack
) -> subprocess.Popen[bytes]:
    log = exits.enter_context((folder / "logs" / f"{name}.log").open("ab"))
    process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(environ))
    exits.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, name: str, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise StoreError(f"the {name} did not start", where=str(folder / "logs" / f"{name}.log"), mend="read that file")
