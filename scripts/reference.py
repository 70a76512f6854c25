"""Write docs/cli.md and docs/settings.md from the code: `python -m scripts.reference` (a test keeps them fresh)."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from scanner.cli.main import CONTEXT, aup
from scanner.domain.limits import Limits
from scanner.settings import Settings

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 100


def commands(
    command: click.Command, path: tuple[str, ...] = ("aup",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all below it, in order."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, **CONTEXT)
        for name in command.list_commands(context):
            if found := command.get_command(context, name):
                yield from commands(found, (*path, name))


def cli_page() -> str:
    """Every command's help text."""
    exits = "Exit status: 0 clean, 1 findings, 2 usage or failure, 3 nothing found but coverage incomplete."
    parts = [f"# Commands\n\nGenerated from the program by `make docs`. {exits}\n"]
    for path, command in commands(aup):
        context = click.Context(command, info_name=" ".join(path), terminal_width=WIDTH, **CONTEXT)
        parts.append(f"## {' '.join(path)}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def comments(kind: type) -> dict[str, str]:
    """The comment beside each field of a dataclass, with the comment lines above it where there is none beside."""
    found: dict[str, str] = {}
    for line in inspect.getsource(kind).splitlines():
        match = re.match(r"    (\w+): [^#]*?(?:#\s*(.*))?$", line)
        if match:
            found[match[1]] = match[2] or ""
    return found


def settings_page() -> str:
    """Every setting and every limit with its default and meaning."""
    lines = [
        "# Settings\n",
        "Generated from the program by `make docs`. In `aup.toml` as `key`, in the environment as `AUP_KEY`.\n",
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    lines += _rows(Settings)
    lines += [
        "\n## Limits\n",
        "Under `[limits]` in `aup.toml`. What is hit leaves a gap in the coverage.\n",
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *_rows(Limits)]) + "\n"


def _rows(kind: type) -> list[str]:
    told, values = comments(kind), kind()
    rows = []
    for field in fields(kind):
        value = getattr(values, field.name)
        shown = f"`{value!r}`" if value not in ("", (), {}) else "–"
        rows.append(f"| `{field.name}` | {shown} | {told[field.name]} |")
    return rows


def main() -> None:
    """Write both pages."""
    (DOCS / "cli.md").write_text(cli_page(), encoding="utf-8")
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
