"""`aup tokens`: what systems show to the API. A token is printed once; only its digest is kept."""

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_access import AccessHouse, open_access
from scanner.cli.exits import line, visible
from scanner.cli.options import JSON, me
from scanner.domain.access import SCOPES, Token


@click.group()
def tokens() -> None:
    """Issue, list and revoke the API's tokens."""


@tokens.command(epilog="Example: aup tokens add portal --scope notices:read --scope appeals:file --tenant account-1")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help=f"Repeat it: {', '.join(sorted(SCOPES))}.")
@click.option("--tenant", default="", help="Bind it to one account: everything else is not there for it.")
@click.option("--days", default=0.0, type=click.FloatRange(0), help="How long it is good [default: until revoked].")
@click.pass_context
def add(context: click.Context, name: str, scopes: tuple[str, ...], tenant: str, days: float) -> int:
    """Issue a token; it is printed once."""
    secret, token = _access(context).issuing.issue(name, scopes, _me(), tenant=tenant, days=days)
    click.echo(_row(token))
    click.echo(f"token (shown once): {secret}")
    return 0


@tokens.command("list", epilog="Example: aup tokens list --json | jq .id")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """All tokens, revoked ones too."""
    rows = _access(context).kept.tokens()
    for token in rows:
        line(_plain(token)) if as_json else click.echo(_row(token))
    if not as_json:
        click.echo(f"{len(rows)} tokens")
    return 0


@tokens.command(epilog="Example: aup tokens revoke T0123456789abcdef")
@click.argument("token_id")
@click.pass_context
def revoke(context: click.Context, token_id: str) -> int:
    """Make a token good for nothing."""
    click.echo(_row(_access(context).issuing.revoke(token_id, _me())))
    return 0


def _access(context: click.Context) -> AccessHouse:
    return open_access(open_house(context.obj(), role="cli"))


def _me() -> str:
    return f"cli:{me()}"


def _plain(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": [scope.value for scope in token.scopes],
        "tenant": token.tenant,
        "created_at": token.created_at.isoformat(),
        "ends_at": token.ends_at.isoformat() if token.ends_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }


def _row(token: Token) -> str:
    ends = "revoked" if token.revoked_at else f"until {token.ends_at:%Y-%m-%d}" if token.ends_at else "no end"
    return f"{token.id} {visible(token.name):20} {token.tenant or 'all':16} {ends:16} {' '.join(token.scopes)}"
