"""What was typed wrongly, or met a world that is not as it should be: one line, status 2, and never a finding's 1."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.adapters.s3_contents import s3_client
from scanner.cli.main import run
from scanner.cli.options import me
from scanner.settings import Settings
from tests.integration.conftest import variables
from tests.integration.ports import free_port

Told = tuple[int, str, str]


def _aup(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Told:
    status, told = run(arguments), capsys.readouterr()
    return status, told.out, told.err


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A state folder, and nothing that would answer."""
    monkeypatch.setenv("AUP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("AUP_REDIS_URL", f"redis+socket://{tmp_path}/nowhere.sock")
    monkeypatch.setenv("AUP_S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AUP_S3_ACCESS_KEY", "k")
    monkeypatch.setenv("AUP_S3_SECRET_KEY", "s")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    "arguments",
    [
        ["rescan", "tenant"],
        ["rescan", "no such bucket!"],
        ["coverage", "tenant"],
        ["scan", "s3://tenant/"],
        ["rescan"],
        ["rescan", "tenant", "--resume", "R1"],
        ["rescan", "--resume", "R1", "--full"],
        ["rescan", "tenant", "--work", "--detach"],
        ["rescan", "tenant", "--rate", "fast"],
        ["scan", "s3://tenant/", "--state", "s.jsonl"],
        ["scan", "README.md", "--sarif"],
        ["frobnicate"],
    ],
)
def test_a_mistake_is_one_json_a_line_where_json_was_asked_for(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = _aup([*arguments, "--json"], capsys)
    [error] = [json.loads(line) for line in out.splitlines()]
    assert (status, bool(error["what"]), bool(error["mend"])) == (2, True, True)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("letter", ["L²", "L" + "9" * 30, "L7", "nowhere"])
def test_a_letter_that_is_none_is_told_of(letter: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = _aup(["deadletters", "replay", letter], capsys)
    assert (status, "no such" in err) == (2, True), err


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AUP_LEASE_SECONDS", "nan", "lease_seconds = nan is not positive"),
        ("AUP_SWEEP_SECONDS", "1e400", "sweep_seconds = inf is not positive"),
        ("AUP_S3_ENDPOINT", "127.0.0.1:9", "is no endpoint"),
        ("AUP_S3_ENDPOINT", "https://", "is no endpoint"),
        ("AUP_DATABASE_URL", "nonsense", "database_url names no database"),
        ("AUP_DATABASE_URL", "mysql://x/y", "database_url names no database"),
        ("AUP_RESCAN_SCHEDULES", "0 3 * * 0 b ²", "is no schedule"),
        ("AUP_RESCAN_SCHEDULES", "0 3 31 2 * b", "is no cron expression"),
        ("AUP_STATE_DIR", "/proc/nowhere", "check that it is there"),
        ("AUP_SETTINGS", "/proc", "cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    status, _, err = _aup(["sweep"], capsys)
    assert (status, len(err.splitlines()), told in err) == (2, 1, True), err


def test_what_nobody_foresaw_is_a_failure_and_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scanner.cli.main.read_settings", lambda *_: 1 // 0)
    status, out, err = _aup(["coverage", "b", "--json"], capsys)
    assert (status, json.loads(out)["what"]) == (2, "ZeroDivisionError: integer division or modulo by zero")
    assert "Traceback" in err


def _shell(line: str, folder: Path, environ: dict[str, str]) -> int:
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environ, capture_output=True, check=False).returncode


def test_a_reader_that_leaves_a_full_disk_and_no_input_are_failures(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"f{number}.txt").write_text("an ordinary note")
    environ = {**os.environ, "AUP": f"{sys.executable} -m scanner", "PYTHONPATH": str(Path.cwd())}
    assert _shell("set -o pipefail; $AUP scan . --json | head -1", tmp_path, environ) == 2
    assert _shell("$AUP scan f1.txt -v > /dev/full", tmp_path, environ) == 2
    assert _shell("$AUP scan - <&-", tmp_path, environ) == 2


def test_who_has_no_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert me() == f"uid-{os.getuid()}"


def test_globs_choose_among_a_buckets_keys_and_a_mistyped_prefix_is_no_clean_bucket(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    bucket, client = settings.buckets[0], s3_client(settings)
    for key in ("www/a.html", "www/b.txt", "c.html"):
        client.put_object(Bucket=bucket, Key=key, Body=b"an ordinary note")
    status, out, _ = _aup(["scan", f"s3://{bucket}/", "--json", "--include", "*.html", "--exclude", "c*"], capsys)
    assert (status, [json.loads(line)["path"] for line in out.splitlines()]) == (0, [f"s3://{bucket}/www/a.html"])
    status, _, err = _aup(["scan", f"s3://{bucket}/wwww/"], capsys)
    assert (status, "no key begins so" in err) == (2, True)
