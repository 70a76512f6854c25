"""Escape probes: nothing that leads out of the cage works from inside it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.detection.cage.layers import ALL_LAYERS

ROOT = str(Path(__file__).resolve().parents[3])
START = f"import sys; sys.path.insert(0, {ROOT!r}); from tests.unit.cage.probes import main; main()"


@pytest.fixture(scope="module")
def probed() -> dict:
    target = Path("/tmp/aup-cage-target")
    target.write_bytes(b"stays")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-I", "-c", START, str(port)], capture_output=True, env={}, cwd="/", timeout=60, check=True
        )
    return json.loads(done.stdout)


def test_nothing_that_leads_out_works(probed: dict) -> None:
    if set(ALL_LAYERS) - set(probed["layers"]):
        pytest.skip(f"this kernel gives only {probed['layers']}")
    did = {name: word for name, word in probed["outcomes"].items() if not word.startswith("refused")}
    assert did == {}


def test_the_file_outside_is_untouched(probed: dict) -> None:
    assert probed["outcomes"]
    assert Path("/tmp/aup-cage-target").read_bytes() == b"stays"
    assert not Path("/tmp/aup-cage-escape").exists()


def test_the_environment_is_empty(probed: dict) -> None:
    assert set(probed["environment"]) <= {"LC_CTYPE"}


def test_the_kernel_here_gives_every_wall(probed: dict) -> None:
    """Where it does not, the cage names what is missing; this only tells the reader of the report."""
    if os.uname().sysname != "Linux":
        pytest.skip("walls are Linux's")
    assert {"rlimits", "empty-environment"} <= set(probed["layers"])
