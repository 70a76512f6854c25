"""`aup accounts`: the people who sign in to the console. Passwords come by prompt or standard input, never as words."""

import getpass
import sys

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_access import AccessHouse, open_access
from scanner.cli.exits import line, visible
from scanner.cli.options import JSON, me
from scanner.domain.access import Account, Role
from scanner.errors import UsageError

ROLES = click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]), help="Repeat it."
)
STDIN = click.option("--stdin", "from_stdin", is_flag=True, help="Read the password's line from standard input.")
TOTP = click.option("--without-totp", is_flag=True, help="No one-time codes: for machines nobody else can reach.")


@click.group()
def accounts() -> None:
    """Add, list, change and shut the accounts of the console."""


@accounts.command(epilog="Example: aup accounts add li --role reviewer")
@click.argument("name")
@ROLES
@click.option("--display", default="", help="The name that others see.")
@STDIN
@TOTP
@click.pass_context
def add(
    context: click.Context, name: str, roles: tuple[str, ...], display: str, from_stdin: bool, without_totp: bool
) -> int:
    """Make an account; prints the address of its one-time codes once."""
    keeping = _access(context).keeping
    password = _password(from_stdin)
    account, address = keeping.add(name, roles, password, _me(), display=display, with_totp=not without_totp)
    click.echo(_row(account))
    if address:
        click.echo(f"one-time codes (shown once): {address}")
    return 0


@accounts.command("list", epilog="Example: aup accounts list --json | jq .name")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """All accounts with their roles."""
    rows = _access(context).kept.accounts()
    for account in rows:
        line(_plain(account)) if as_json else click.echo(_row(account))
    if not as_json:
        click.echo(f"{len(rows)} accounts")
    return 0


@accounts.command(epilog="Example: aup accounts roles li --role reviewer --role lead")
@click.argument("name")
@ROLES
@click.pass_context
def roles(context: click.Context, name: str, roles: tuple[str, ...]) -> int:
    """Give an account these roles instead of its own; its sessions end."""
    click.echo(_row(_access(context).keeping.set_roles(name, roles, _me())))
    return 0


@accounts.command(epilog="Example: aup accounts disable li")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open the account again.")
@click.pass_context
def disable(context: click.Context, name: str, undo: bool) -> int:
    """Shut an account; its sessions end."""
    click.echo(_row(_access(context).keeping.disable(name, _me(), again=undo)))
    return 0


@accounts.command(epilog="Example: aup accounts reset li")
@click.argument("name")
@STDIN
@TOTP
@click.pass_context
def reset(context: click.Context, name: str, from_stdin: bool, without_totp: bool) -> int:
    """Give an account another password and other one-time codes; its sessions end."""
    keeping = _access(context).keeping
    account, address = keeping.reset(name, _password(from_stdin), _me(), with_totp=not without_totp)
    click.echo(_row(account))
    if address:
        click.echo(f"one-time codes (shown once): {address}")
    return 0


@accounts.command(epilog="Example: aup accounts tie li 'https://id.example|248289761001'")
@click.argument("name")
@click.argument("subject")
@click.pass_context
def tie(context: click.Context, name: str, subject: str) -> int:
    """Let an account's person sign in by OIDC as this `issuer|sub`."""
    click.echo(_row(_access(context).keeping.tie(name, subject, _me())))
    return 0


def _access(context: click.Context) -> AccessHouse:
    return open_access(open_house(context.obj(), role="cli"))


def _me() -> str:
    return f"cli:{me()}"


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for a password", where="--stdin", mend="pipe it in with --stdin")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise UsageError("the passwords differ", where="password", mend="type the same one twice")
    return first


def _plain(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "display": account.display,
        "roles": [role.value for role in account.roles],
        "disabled": account.is_disabled,
        "totp": bool(account.totp),
        "subject": account.subject,
        "created_at": account.created_at.isoformat(),
    }


def _row(account: Account) -> str:
    marks = [word for word, shown in (("disabled", account.is_disabled), ("no codes", not account.totp)) if shown]
    told = f"  ({', '.join(marks)})" if marks else ""
    return f"{account.name:20} {' '.join(account.roles):30} {visible(account.display)}{told}"
