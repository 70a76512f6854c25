"""Every target of the Makefile does something: `make` passes over a phony target without a recipe in silence."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def _targets() -> list[str]:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    [benches] = re.findall(r"^BENCHES := (.+)$", text, re.M)
    [phony] = re.findall(r"^\.PHONY: (.+)$", text, re.M)
    return phony.replace("$(BENCHES)", benches).split()


@pytest.mark.parametrize("target", _targets())
def test_a_target_runs_something(target: str) -> None:
    dry = ["make", "-n", "-o", ".venv/.ready", target]
    said = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True).stdout
    assert ".venv" in said


def test_every_benchmark_has_a_module() -> None:
    names = [target.removeprefix("bench-") for target in _targets() if target.startswith("bench-")]
    assert [name for name in names if not (ROOT / "benchmarks" / f"{name}.py").exists()] == []
