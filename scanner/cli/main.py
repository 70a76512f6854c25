"""`aup`: one command, all verbs."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from scanner.cli.cases import cases
from scanner.cli.checks import coverage, deadletters, fsck
from scanner.cli.demo import demo
from scanner.cli.evidence import evidence
from scanner.cli.exits import FAILED, complain
from scanner.cli.rescans import rescan, rescans
from scanner.cli.rules import rules
from scanner.cli.scan import scan
from scanner.cli.serve import serve, sweep, worker
from scanner.cli.usage import usage
from scanner.errors import AupError
from scanner.settings import read_settings

EPILOG = "Exit status: 0 clean, 1 findings, 2 usage or failure, 3 nothing found but coverage incomplete."


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="Settings file [default: aup.toml if present]."
)
@click.version_option(package_name="aup-scanner", prog_name="aup")
@click.pass_context
def aup(context: click.Context, file: Path | None) -> None:
    """Scan customer content under the acceptable-use policy of an agreement, and enforce it with evidence."""
    context.obj = lambda: read_settings(os.environ, file)


COMMANDS = (
    scan,
    demo,
    serve,
    worker,
    sweep,
    rescan,
    rescans,
    cases,
    evidence,
    rules,
    fsck,
    coverage,
    deadletters,
    usage,
)
for command in COMMANDS:
    aup.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status."""
    as_json = "--json" in arguments
    try:
        status = aup.main(list(arguments), prog_name="aup", standalone_mode=False)
    except AupError as error:
        return complain(error, as_json=as_json)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("aup: stopped", err=True)
        return 130
    except BrokenPipeError:
        return FAILED
    return int(status) if isinstance(status, int) else 0
