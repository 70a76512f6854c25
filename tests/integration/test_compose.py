"""The compose file: valid, and its commands run natively with its settings, on real PostgreSQL and Redis."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from scanner.adapters.embedded_redis import eviction_policy, start_redis
from scanner.adapters.s3_contents import s3_client
from scanner.adapters.sql import Database
from scanner.bootstrap import open_house
from scanner.cli.demo_objects import EICAR
from scanner.domain.content import UploadEvent
from scanner.settings import Settings, read_settings
from tests.integration.ports import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
OURS = ("console", "worker-uploads", "worker-bulk", "worker-enforcement")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def test_docker_itself_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    names = ("POSTGRES_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY", "HOOK_SECRET", "API_TOKEN")
    environ = {**os.environ, **dict.fromkeys(names, "x")}
    done = subprocess.run(
        [docker, "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "-q"], env=environ, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_every_setting_in_the_file_is_a_setting(compose: dict[str, Any]) -> None:
    for name in OURS:
        variables = {key: str(value) for key, value in compose["services"][name]["environment"].items()}
        read = read_settings({key: "strict" if key == "AUP_CAGE" else value for key, value in variables.items()})
        assert (read.cage, read.redis_url) == ("strict", variables["AUP_REDIS_URL"])


def test_every_service_is_there_and_nothing_is_published_to_the_world(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "s3", "intake", *OURS}
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8731:8731", "127.0.0.1:8732:8732"]  # the console, and the previews' own origin
    assert sum("--beat" in service.get("command", []) for service in services.values()) == 1
    assert "noeviction" in services["redis"]["command"]


def test_the_stack_runs_natively_and_scans_one_object(
    compose: dict[str, Any], store: Settings, postgres_server: str, tmp_path: Path
) -> None:
    """The same commands and settings, with loopback addresses in place of service names."""
    redis, console_port = start_redis(tmp_path / "redis"), free_port()
    assert eviction_policy(redis.url) == "noeviction"
    with Database(postgres_server).writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    replaced = {
        "AUP_STATE_DIR": str(tmp_path / "state"),
        "AUP_DATABASE_URL": postgres_server,
        "AUP_REDIS_URL": redis.url,
        "AUP_S3_ENDPOINT": store.s3_endpoint,
        "AUP_S3_ACCESS_KEY": store.s3_access_key,
        "AUP_S3_SECRET_KEY": store.s3_secret_key,
        "AUP_HOOK_SECRET": "hook",
        "AUP_API_TOKEN": "api",
        "AUP_CONSOLE_HOST": "127.0.0.1",
        "AUP_CAGE": "auto",
    }
    children = [_start(compose["services"][name], replaced, console_port) for name in OURS]
    try:
        wait_for(console_port)
        _scan_one(read_settings(replaced))
    finally:
        for child in children:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(10)
        redis.stop()


def _start(service: Mapping[str, Any], replaced: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
    environ = {key: replaced.get(key, str(value)) for key, value in service["environment"].items()}
    environ = {**os.environ, **environ, "AUP_CONSOLE_PORT": str(port)}
    command = [sys.executable, "-m", "scanner", *service["command"]]
    return subprocess.Popen(command, env=environ, start_new_session=True)


def _scan_one(settings: Settings) -> None:
    house, client = open_house(settings, role="cli"), s3_client(settings)
    client.create_bucket(Bucket="compose")
    client.put_bucket_versioning(Bucket="compose", VersioningConfiguration={"Status": "Enabled"})
    put = client.put_object(Bucket="compose", Key="eicar.com", Body=EICAR.encode())
    event = UploadEvent("compose", "eicar.com", put["VersionId"], put["ETag"].strip('"'), 68, "1")
    house.intake.accept([event])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        cases = house.casebook.cases((), 10, "0")
        if cases and all(action.is_final for action in house.outbox.actions_of(cases[0].id)):
            break
        time.sleep(0.2)
    [case] = house.casebook.cases((), 10, "0")
    [action] = house.outbox.actions_of(case.id)
    assert (case.clause, str(action.state)) == ("3.1.3.7", "DONE")
    house.close()
