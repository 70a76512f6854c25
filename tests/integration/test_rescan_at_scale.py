"""A rescan of many objects that is interrupted again and again accounts for every one of them in the end."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

COUNT, INTERRUPTIONS = int(os.environ.get("RESCAN_OBJECTS", "50000")), 5


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings over a filled store in a process of its own."""
    command = [sys.executable, "-m", "tests.integration.rescan_store", str(COUNT)]
    store = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert store.stdout is not None
    settings = {"STATE_DIR": str(tmp_path / "state"), "S3_ENDPOINT": store.stdout.readline().strip()}
    settings |= {"S3_ACCESS_KEY": "local", "S3_SECRET_KEY": "local"}
    yield {**os.environ, "COLUMNS": "140", **{f"AUP_{name}": value for name, value in settings.items()}}
    store.kill()
    store.wait()


def _aup(environment: dict[str, str], *words: str, seconds: float = 3_600, stop_at: int = 0) -> tuple[int, str]:
    """Run a command; with `stop_at` interrupt it once so many objects are accounted for."""
    command = [sys.executable, "-m", "scanner", *words]
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    if stop_at:
        until = time.monotonic() + seconds
        while child.poll() is None and time.monotonic() < until and _done(environment) < stop_at:
            time.sleep(0.5)
        child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=seconds)
    return child.returncode, out


def _done(environment: dict[str, str]) -> int:
    """Objects accounted for in the newest rescan, as any client may ask."""
    from scanner.adapters.sql import Database
    from scanner.adapters.sql_casebook import SqlRescans
    from scanner.adapters.sql_known import SqlKnown

    database = Database(f"sqlite:///{environment['AUP_STATE_DIR']}/aup.sqlite3")
    try:
        rows = SqlRescans(database).rescans(1)
        return sum(SqlKnown(database).tallies(rows[0].id).values()) if rows else 0
    except Exception:  # the schema is still being made
        return 0
    finally:
        database.close()


@pytest.mark.slow
def test_a_rescan_interrupted_five_times_accounts_for_every_object(environment: dict[str, str]) -> None:
    step = COUNT // (INTERRUPTIONS + 1)
    status, out = _aup(environment, "rescan", "big", "--work", stop_at=step)
    print(out)
    rescan = re.search(r"rescan (R\w+)", out)
    assert rescan is not None
    assert status == 130
    for number in range(2, INTERRUPTIONS + 1):
        status, out = _aup(environment, "rescan", "--resume", rescan[1], "--work", stop_at=number * step)
        print(out)
        assert status == 130
    status, out = _aup(environment, "rescan", "--resume", rescan[1], "--work")
    print(out)
    found = COUNT // 1_000
    assert status == 1
    assert f"listed {COUNT:,} = {COUNT:,} scanned + 0 cached + 0 skipped + 0 failed\n" in out
    assert f"scanned: {COUNT - found:,} CLEAN, {found:,} VIOLATION" in out
    status, out = _aup(environment, "coverage", "big")
    print(out)
    said = f"{COUNT} with a verdict over their current bytes ({COUNT - found} CLEAN, {found} VIOLATION)"
    assert (status, out) == (0, f"{COUNT} objects listed, {said}, 0 without\n")
    status, out = _aup(environment, "rescan", "big", "--work")
    print(out)
    assert f"listed {COUNT:,} = 0 scanned + {COUNT:,} cached + 0 skipped + 0 failed\n" in out
