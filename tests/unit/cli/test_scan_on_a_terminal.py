"""What `aup scan` shows on a terminal while it works."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from scanner.cli.scan import GETTING_READY


def _on_a_terminal(*words: str) -> tuple[str, str]:
    """Standard output, and what went to the terminal that standard error is."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scanner", "scan", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = bytearray()
        while part := _read(ours):
            shown += part
        assert process.stdout is not None
        said = process.stdout.read()
    os.close(ours)
    return said, shown.decode("utf-8", "replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side has closed it
        return b""


def test_until_the_first_file_is_done_it_says_that_the_rules_are_made_ready(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("good morning")
    said, shown = _on_a_terminal(str(tmp_path))
    assert "1 CLEAN; 1 files" in said
    assert shown.index(GETTING_READY) < shown.index("scanned")


def test_the_whole_is_what_globs_and_state_file_leave_to_be_scanned(tmp_path: Path) -> None:
    folder, state = tmp_path / "files", str(tmp_path / "state")
    folder.mkdir()
    for name in ("a.txt", "b.txt", "c.php", "d.php", "e.php"):
        (folder / name).write_text("good morning")
    _, shown = _on_a_terminal(str(folder), "--include", "*.txt", "--state", state)
    assert "2/2" in shown
    _, shown = _on_a_terminal(str(folder), "--state", state)
    assert "3/3" in shown
