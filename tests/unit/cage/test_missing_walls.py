"""Where the system refuses walls, as containers do, verdict and start say so; a strict cage starts nothing."""

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.cage.without_unshare import UNSHARE

ROOT = Path(__file__).parents[3]
NAMESPACES = "user-namespace, network-namespace, ipc-namespace"

pytestmark = pytest.mark.skipif(platform.machine() not in UNSHARE, reason="its number of unshare is not known here")


def _aup(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`aup` where unshare is refused."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AUP_")}
    told = {f"AUP_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "tests.unit.cage.without_unshare", sys.executable, "-m", "scanner", *words]
    return subprocess.run(command, env={**own, **told}, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "good morning")
    return path


def test_a_verdict_names_the_walls_that_its_parser_lacked(archive: Path, tmp_path: Path) -> None:
    done = _aup("scan", str(archive), "--json", STATE_DIR=str(tmp_path / "state"))
    verdict = json.loads(done.stdout.splitlines()[0])
    assert verdict["verdict"] == "CLEAN"
    assert f"parsed in a cage without {NAMESPACES}" in verdict["coverage"]["notes"]


def test_a_verdict_says_when_the_cage_is_off(archive: Path, tmp_path: Path) -> None:
    done = _aup("scan", str(archive), "--json", STATE_DIR=str(tmp_path / "state"), CAGE="off")
    verdict = json.loads(done.stdout.splitlines()[0])
    assert "parsed outside the cage: it is switched off" in verdict["coverage"]["notes"]


def test_a_worker_names_at_its_start_the_walls_that_are_missing(tmp_path: Path) -> None:
    """It ends at once here, for nobody answers where its broker should be."""
    done = _aup("worker", STATE_DIR=str(tmp_path), REDIS_URL="redis://127.0.0.1:1/0")
    assert f"the parsers' cage stands without {NAMESPACES}" in done.stderr


@pytest.mark.parametrize("command", [["worker"], ["serve"]])
def test_nothing_that_scans_starts_without_all_walls_of_a_strict_cage(command: list[str], tmp_path: Path) -> None:
    done = _aup(*command, STATE_DIR=str(tmp_path), CAGE="strict", HOOK_SECRET="h" * 40, API_TOKEN="t" * 40)
    assert done.returncode == 2
    assert f"the kernel does not give {NAMESPACES}" in done.stderr
    assert "docs/operating.md" in done.stderr
