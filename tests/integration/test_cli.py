"""The command line over a real house: what a user types, sees, and gets as exit status."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House
from scanner.cli.demo_objects import EICAR, SHELL
from scanner.cli.main import run
from scanner.domain.changes import Change
from scanner.domain.content import UploadEvent
from scanner.domain.enforcement.notices import Delivery
from scanner.settings import Settings
from tests.integration.conftest import variables
from tests.unit.enforcement.test_notices import notice

Aup = Callable[..., tuple[int, str, str]]


@pytest.fixture
def aup(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Aup:
    """Run one command line: exit status, output, error output."""
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


def put(house: House, key: str, data: bytes) -> None:
    """Upload, tell, scan, enforce."""
    bucket = house.settings.buckets[0]
    answer = s3_client(house.settings).put_object(Bucket=bucket, Key=key, Body=data)
    event = UploadEvent(bucket, key, answer["VersionId"], answer["ETag"].strip('"'), len(data), key)
    house.scanning.scan_batch(house.intake.accept([event]).requests, "w")
    house.enforcing.carry_out()


def test_a_case_is_worked_from_the_terminal(house: House, aup: Aup, tmp_path: Path) -> None:
    put(house, "eicar.com", EICAR.encode())
    status, out, _ = aup("cases", "list")
    case_id = out.split()[2]
    assert (status, out.splitlines()[-1]) == (0, "1 cases")
    status, out, _ = aup("cases", "show", case_id)
    assert "malware.eicar-test-file" in out
    assert "suspend DONE" in out
    status, out, _ = aup("cases", "claim", case_id, "--reviewer", "li")
    assert "token 1" in out
    status, _, err = aup("cases", "claim", case_id, "--reviewer", "wang")
    assert (status, "claimed by li" in err) == (2, True)
    status, out, _ = aup(
        "cases", "decide", case_id, "clean", "--token", "1", "--reviewer", "li", "--reason", "test", "--json"
    )
    assert (status, json.loads(out)["state"]) == (0, "DECIDED_CLEAN")
    house.enforcing.carry_out()
    assert [str(action.state) for action in house.outbox.actions_of(case_id)] == ["DONE", "DONE"]
    bundle = tmp_path / "case.aupe"
    assert aup("evidence", "export", case_id, "--to", str(bundle), "--reason", "order 17/2026")[0] == 0
    status, out, _ = aup("evidence", "verify", str(bundle))
    assert (status, "VALID" in out) == (0, True)
    status, _, err = aup("evidence", "export", case_id, "--to", str(bundle), "--reason", "again")
    assert (status, "never overwritten" in err) == (2, True)
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    status, out, _ = aup("evidence", "verify", str(bundle), "--json")
    assert (status, json.loads(out)["valid"]) == (1, False)
    assert aup("fsck")[:2] == (0, "every invariant holds\n")


def test_a_bucket_is_scanned_without_any_worker(house: House, aup: Aup) -> None:
    bucket, client = house.settings.buckets[0], s3_client(house.settings)
    client.put_object(Bucket=bucket, Key="a/../shell.php", Body=SHELL.encode())
    client.put_object(Bucket=bucket, Key="note\n.txt", Body=b"an ordinary note")
    status, out, err = aup("scan", f"s3://{bucket}/", "--json")
    rows = {row["path"]: row for row in map(json.loads, out.splitlines())}
    assert status == 1
    assert rows[f"s3://{bucket}/a/../shell.php"]["clause"] == "3.1.3.7"
    assert rows[f"s3://{bucket}/note\n.txt"]["verdict"] == "CLEAN"
    assert "2 files" in err


def test_a_rescan_lists_what_is_there_and_leaves_it_to_the_workers(house: House, aup: Aup) -> None:
    bucket = house.settings.buckets[0]
    put(house, "known", b"an ordinary note")
    s3_client(house.settings).put_object(Bucket=bucket, Key="silent", Body=b"nobody told of this")
    status, out, _ = aup("coverage", bucket)
    assert status == 3
    assert "2 objects listed, 1 with a verdict over their current bytes (1 CLEAN), 1 without" in out
    status, out, _ = aup("coverage", bucket, "--older", "900")
    assert (status, out) == (
        0,
        "2 objects listed, 1 with a verdict over their current bytes (1 CLEAN), 0 without, 1 younger than 900 s\n",
    )
    status, out, _ = aup("rescan", bucket, "--detach")
    assert "listed 2 = 0 scanned + " in out  # the other is unchanged, or too young to be sure of that
    assert "still owed" in out
    rescan_id = out.split()[1]
    assert rescan_id in aup("rescans", "list")[1]
    assert aup("rescans", "pause", rescan_id)[1] == f"{rescan_id} paused\n"
    assert aup("rescans", "pause", rescan_id)[0] == 2
    assert aup("rescans", "cancel", rescan_id)[1] == f"{rescan_id} cancelled\n"


def test_what_is_owed_is_told_by_a_sweep(house: House, aup: Aup) -> None:
    assert aup("sweep")[:2] == (0, "owed: 0 on uploads, 0 on bulk; 0 actions\n")
    assert aup("deadletters", "list")[0] == 0
    assert aup("deadletters", "replay", "nowhere")[0] == 2


def test_a_notice_that_gave_up_is_among_the_dead_letters_and_replayed(house: House, aup: Aup) -> None:
    house.register.commit(Change(notices=(notice(id="N1", state=Delivery.DEAD, attempts=30, outcome="503"),)))
    assert "N1 notice of account-1 after 30 attempts: 503" in aup("deadletters", "list")[1]
    assert 'aup_dead_letters{cause="notice-gave-up"} 1.0' in aup("metrics")[1]
    assert aup("deadletters", "replay", "N1")[1] == "N1 PENDING\n"
    assert (aup("deadletters", "list")[1], aup("deadletters", "replay", "N1")[0]) == ("", 2)


def test_standard_input_is_scanned(aup: Aup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EICAR.encode())))
    status, out, _ = aup("scan", "-")
    assert (status, out.startswith("VIOLATION   -")) == (1, True)


def test_a_tree_is_scanned_with_every_output(aup: Aup, tmp_path: Path) -> None:
    (tmp_path / "shell.php").write_text(SHELL, encoding="utf-8")
    (tmp_path / "note.txt").write_text("an ordinary note", encoding="utf-8")
    status, out, _ = aup("scan", str(tmp_path), "-v")
    assert (status, "CLEAN       " in out, "coverage FULL" in out) == (1, True, True)
    status, out, _ = aup("scan", str(tmp_path), "--sarif")
    assert json.loads(out)["runs"][0]["results"][0]["ruleId"].startswith("webshell.")
    assert aup("scan", str(tmp_path / "note.txt"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["scan", "nowhere-at-all"], "nowhere-at-all: there is no such file or folder — check the path"),
        (["scan", "s3://no-such-bucket-here/"], "no such bucket"),
        (["rescan", "no-such-bucket-here"], "no such bucket"),
        (["coverage", "no-such-bucket-here"], "no such bucket"),
        (["rescan"], "name a bucket"),
        (["scan", ".", "--rules", "no-rules-here"], "is no folder of rules"),
        (["cases", "show", "nowhere"], "nowhere: no such case"),
        (["--settings", "none.toml", "sweep"], "none.toml: there is no such file — correct the path"),
        (["evidence", "verify", "README.md", "--public-key", "none.pub"], "none.pub"),
    ],
)
def test_a_mistake_is_answered_in_one_line_with_status_2(aup: Aup, arguments: list[str], told: str) -> None:
    status, _, err = aup(*arguments)
    assert (status, told in err) == (2, True), err


def test_errors_are_json_for_machines(aup: Aup) -> None:
    status, out, _ = aup("cases", "show", "nowhere", "--json")
    error = json.loads(out)
    assert (status, error["error"], error["where"]) == (2, "UnknownError", "nowhere")


def test_a_bucket_that_refuses_access_gives_failed_verdicts(house: House) -> None:
    bucket, client = house.settings.buckets[0], s3_client(house.settings)
    put_ = client.put_object(Bucket=bucket, Key="locked", Body=b"x")
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"]}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Resource": [f"arn:aws:s3:::{bucket}/locked"]}]}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    event = UploadEvent(bucket, "locked", put_["VersionId"], put_["ETag"].strip('"'), 1, "1")
    report = house.scanning.scan_batch(house.intake.accept([event]).requests, "w")
    [judged] = report.judged
    assert (judged.verdict.word, [r.value for r in judged.verdict.coverage.reasons]) == ("FAILED", ["access-denied"])
