"""`aup`: one command, all verbs."""

import os
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from scanner.cli.exits import FAILED, complain
from scanner.errors import AupError, StoreError, UsageError
from scanner.settings import read_settings

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EPILOG = "Exit status: 0 clean, 1 findings, 2 usage or failure, 3 nothing found but coverage incomplete."


COMMANDS = {
    "accounts": "accounts:accounts",
    "appeals": "enforcement:appeals",
    "audit": "audit:audit",
    "cases": "cases:cases",
    "cdn": "cdn:cdn",
    "courses": "enforcement:courses",
    "coverage": "checks:coverage",
    "deadletters": "checks:deadletters",
    "deletions": "enforcement:deletions",
    "demo": "demo:demo",
    "enforce": "enforcement:enforce",
    "evidence": "evidence:evidence",
    "fsck": "checks:fsck",
    "intake": "intake:intake",
    "metrics": "observing:metrics",
    "measures": "ladder:measures",
    "notices": "orders:notices",
    "orders": "orders:orders",
    "rescan": "rescans:rescan",
    "rescans": "rescans:rescans",
    "rules": "rules:rules",
    "scan": "scan:scan",
    "serve": "serve:serve",
    "stats": "stats:stats",
    "stores": "enforcement:stores",
    "strikes": "ladder:strikes",
    "sweep": "serve:sweep",
    "tokens": "tokens:tokens",
    "usage": "usage:usage",
    "watchdog": "observing:watchdog",
    "webhooks": "webhooks:webhooks",
    "worker": "serve:worker",
}


class Commands(click.Group):
    """Imports a command's module only when it is asked for: `aup scan` needs no client of anything."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"scanner.cli.{module}"), name)
        return found


@click.group(
    cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="Settings file [default: aup.toml if present]."
)
@click.version_option(package_name="aup-scanner", prog_name="aup")
@click.pass_context
def aup(context: click.Context, file: Path | None) -> None:
    """Scan customer content under the acceptable-use policy of an agreement, and enforce it with evidence."""
    context.obj = lambda: read_settings(os.environ, file)


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
        if as_json:
            return complain(UsageError(error.format_message(), mend="see --help"), as_json=True)
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("aup: stopped", err=True)
        return 130
    except SystemExit:  # click's own answer to a reader who left: 1 would say that something was found
        return FAILED
    except Exception as error:
        return _unforeseen(error, as_json=as_json)
    return int(status) if isinstance(status, int) else 0


def _unforeseen(error: Exception, *, as_json: bool) -> int:
    """What nobody foresaw is a failure, never a finding; where it came from is told, for whoever mends it."""
    if isinstance(error, OSError) and error.strerror:
        mend = "check that it is there, may be used and has room"
        told: AupError = StoreError(error.strerror, where=str(error.filename or ""), mend=mend)
    else:
        traceback.print_exception(error)
        told = AupError(f"{type(error).__name__}: {error}", mend="this is a fault of aup's own: please report it")
    with suppress(OSError):
        complain(told, as_json=as_json)
    return FAILED
