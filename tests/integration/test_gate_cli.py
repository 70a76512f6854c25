"""`aup stores gate|gates|show|admit` over a strict store, and what `aup serve` starts beside the workers."""

import json
from dataclasses import replace

import pytest

from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import open_house
from scanner.bootstrap_gate import open_gating
from scanner.cli.main import run
from scanner.cli.serve import intake_commands
from scanner.domain.content import UploadEvent
from scanner.domain.requests import Lane
from scanner.settings import Settings
from tests.contract.s3_stores import site_policy, status_of
from tests.integration.conftest import variables


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    return settings


def test_a_bucket_is_gated_and_a_real_verdict_opens_it(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    client, bucket = s3_client(told), told.buckets[0]
    client.put_bucket_policy(Bucket=bucket, Policy=site_policy(bucket))
    assert run(["stores", "gate", bucket, "gate", "--by", "li"]) == 0
    put = client.put_object(Bucket=bucket, Key="note", Body=b"an ordinary note")
    url = f"{told.s3_endpoint}/{bucket}/note"
    assert status_of(url) == 403
    house = open_house(told, role="cli")
    house.intake.accept([UploadEvent(bucket, "note", put["VersionId"], put["ETag"].strip('"'), 16, "1")])
    house.scanning.scan_next(Lane.UPLOADS, "w", 10)
    assert open_gating(house).advance() == {"opened": 1}
    assert status_of(url) == 200
    house.close()
    capsys.readouterr()
    assert run(["stores", "gates", "--json"]) == 1, "no login of ours is named: the tag can be forged"
    shown = json.loads(capsys.readouterr().out)
    assert (shown["bucket"], shown["mode"]) == (bucket, "gate")
    assert "gate_writers" in shown["forging"]
    run(["stores", "show"])
    assert f"s3://{bucket} gate, its owner could write the tag" in capsys.readouterr().out
    assert run(["stores", "gate", bucket, "monitor"]) == 0


def test_a_person_admits_a_version_by_command(told: Settings) -> None:
    client, bucket = s3_client(told), told.buckets[0]
    client.put_bucket_policy(Bucket=bucket, Policy=site_policy(bucket))
    run(["stores", "gate", bucket, "gate"])
    version = client.put_object(Bucket=bucket, Key="note", Body=b"x")["VersionId"]
    assert run(["stores", "admit", bucket, "note", "--version", version, "--reason", "a false alarm"]) == 0
    assert status_of(f"{told.s3_endpoint}/{bucket}/note") == 200


def test_serve_starts_pollers_and_watchdog_only_where_they_have_something_to_do(settings: Settings) -> None:
    assert intake_commands(settings) == []
    wired = replace(settings, sqs_queues=("http://q",), alarm_url="http://a")
    assert [command[3:] for command in intake_commands(wired)] == [["intake", "run"], ["watchdog"]]
