"""Exit codes, and how errors become one line."""

import json
import sys

import click

from scanner.errors import AupError

CLEAN, FINDINGS, FAILED, INCOMPLETE = 0, 1, 2, 3


def visible(text: str) -> str:
    """Text with control and surrogate characters escaped: names belong to the attacker."""
    return text if text.isprintable() else "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def line(value: object) -> None:
    """One JSON object on one line of standard output."""
    click.echo(json_line(value))


def json_line(value: object) -> str:
    """One JSON object as `line` writes it."""
    return json.dumps(value, ensure_ascii=True, sort_keys=False)


def complain(error: AupError, *, as_json: bool = False) -> int:
    """Print the error for people or machines; the exit status."""
    if as_json:
        line({"error": type(error).__name__, "what": error.what, "where": error.where, "mend": error.mend})
    else:
        print(f"aup: {visible(str(error))}", file=sys.stderr)
    return FAILED
