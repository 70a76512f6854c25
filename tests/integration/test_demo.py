"""The demo computes what it shows: with a rule gone its table is another."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_demo(*arguments: str) -> tuple[dict[str, dict[str, str]], str]:
    """The demo's rows by object (of a replaced object, the one over what lies there now), and what it told people."""
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "demo", "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows.sort(key=lambda row: row["verdict"] != "FAILED")
    return {row["object"]: row for row in rows}, done.stderr


def test_the_demo_finds_suspends_and_proves() -> None:
    rows, told = run_demo()
    expected = {
        "tenant-a/bad/eicar.com": "VIOLATION",
        "tenant-a/bad/eicar-in.zip": "VIOLATION",
        "tenant-a/bad/avatar.php": "VIOLATION",
        "tenant-a/odd/late.gz": "VIOLATION",
        "tenant-b/odd/replaced.txt": "VIOLATION",
        "tenant-a/odd/locked.zip": "PARTIAL",
        "tenant-a/odd/../line\nbreak/😀 名字.txt": "CLEAN",
        "tenant-a/www/login.html": "CLEAN",
    }
    assert {name: rows[name]["verdict"] for name in expected} == expected
    judged = {"VIOLATION", "SUSPECT"}
    for name in ("bad/paypal/index.html", "bad/casino-gb18030.html", "bad/offer.tar.gz"):
        assert rows[f"tenant-a/{name}"]["verdict"] in judged
    assert rows["tenant-a/bad/offer.tar.gz"]["clause"] == "3.1.3.5.4"
    assert rows["tenant-a/odd/bomb.zip"]["verdict"] in ("PARTIAL", "UNSCANNABLE")
    ordinary = {"www", "src", "img", "audio", "doc", "mail", "pack"}
    wrong = {
        name: row["verdict"]
        for name, row in rows.items()
        if name.split("/")[1] in ordinary and row["verdict"] != "CLEAN"
    }
    assert wrong == {}
    assert "its clean neighbour) → 200" in told
    assert "→ 403" in told
    assert "VALID" in told
    assert "NOT VALID" not in told


@pytest.mark.slow
def test_with_a_rule_file_gone_the_table_is_another(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    for file in (rules / "yara").rglob("*.yar"):
        if "EICAR" in file.read_text(encoding="utf-8"):
            file.unlink()
    for file in (rules / "samples").glob("*.yaml"):
        file.unlink()
    rows, _ = run_demo("--rules", str(rules))
    assert rows["tenant-a/bad/eicar.com"]["verdict"] == "CLEAN"
