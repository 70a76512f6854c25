"""Docs that are generated are fresh; every setting and command is told; links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.main import aup
from scanner.domain.limits import Limits
from scanner.settings import Settings
from scripts.reference import DOCS, commands, comments, settings_page

ROOT = DOCS.parent


def test_the_commands_page_is_fresh() -> None:
    """In a process of its own: click keeps a command's help option as it was first asked for."""
    program = "import sys; from scripts.reference import cli_page; sys.stdout.buffer.write(cli_page().encode())"
    page = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT).stdout.decode()
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_the_settings_page_is_fresh() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page(), "run `make docs`"


@pytest.mark.parametrize("kind", [Settings, Limits])
def test_every_setting_says_what_it_is(kind: type) -> None:
    assert [name for name, text in comments(kind).items() if not text] == []


def test_every_command_has_help() -> None:
    assert [path for path, command in commands(aup) if not command.help] == []


def test_every_relative_link_in_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_no_page_names_a_file_that_is_not_there() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:scanner|workers|console|tests)/[\w./]*\w)/?`", text))
    assert [name for name in named if not Path(ROOT, name).exists()] == []
