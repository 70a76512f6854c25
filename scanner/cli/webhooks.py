"""`aup webhooks`: who is told of what, the delivery log, and replay."""

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_reports import ReportsHouse, open_reports
from scanner.cli.exits import line, visible
from scanner.cli.options import JSON, me
from scanner.domain.webhooks import EVENTS, Delivery, Webhook
from scanner.errors import UnknownError
from scanner.wire.records import to_plain


@click.group()
def webhooks() -> None:
    """Add and list receivers, read their delivery log, deliver once more."""


@webhooks.command(epilog="Example: aup webhooks add https://ops.example/in --event case-opened")
@click.argument("url")
@click.option("--event", "events", multiple=True, required=True, type=click.Choice(EVENTS), help="Repeat it.")
@click.pass_context
def add(context: click.Context, url: str, events: tuple[str, ...]) -> int:
    """Add a receiver; the secret that signs its messages is printed once."""
    reports = _reports(context)
    hook = reports.telling.add(url, events, _me())
    click.echo(_row(hook))
    click.echo(f"secret (shown once): {reports.secret_of(hook)}")
    return 0


@webhooks.command("list", epilog="Example: aup webhooks list --json | jq .id")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """All receivers."""
    rows = _reports(context).hooks.webhooks()
    for hook in rows:
        line(to_plain(hook)) if as_json else click.echo(_row(hook))
    if not as_json:
        click.echo(f"{len(rows)} webhooks")
    return 0


@webhooks.command(epilog="Example: aup webhooks switch W0123456789abcdef --off")
@click.argument("webhook_id")
@click.option("--on/--off", "is_on", required=True, help="Go on from where it was stopped, or stop.")
@click.pass_context
def switch(context: click.Context, webhook_id: str, is_on: bool) -> int:
    """Stop telling a receiver, or go on."""
    click.echo(_row(_reports(context).telling.switch(webhook_id, _me(), is_on=is_on)))
    return 0


@webhooks.command(epilog="Example: aup webhooks deliveries W0123456789abcdef")
@click.argument("webhook_id")
@click.option("--limit", default=100, type=click.IntRange(1, 10_000), show_default=True)
@click.option("--after", default=0, type=click.IntRange(0), help="Go on behind this number (the end of an id).")
@JSON
@click.pass_context
def deliveries(context: click.Context, webhook_id: str, limit: int, after: int, as_json: bool) -> int:
    """A receiver's delivery log, the oldest first."""
    hooks = _reports(context).hooks
    if hooks.webhook(webhook_id) is None:
        raise UnknownError("no such webhook", where=webhook_id, mend="see `aup webhooks list`")
    for row in hooks.deliveries(webhook_id, after, limit):
        line(to_plain(row)) if as_json else click.echo(_log(row))
    return 0


@webhooks.command(epilog="Example: aup webhooks replay W0123456789abcdef-42")
@click.argument("delivery_id")
@click.pass_context
def replay(context: click.Context, delivery_id: str) -> int:
    """Deliver once more, whatever became of it."""
    click.echo(_log(_reports(context).telling.replay(delivery_id, _me())))
    return 0


@webhooks.command()
@click.pass_context
def send(context: click.Context) -> int:
    """Write what is owed and deliver what is due, once; the workers do it on their schedule."""
    done = _reports(context).telling.beat()
    click.echo(", ".join(f"{count} {word}" for word, count in done.items()))
    return 0


def _reports(context: click.Context) -> ReportsHouse:
    return open_reports(open_house(context.obj(), role="cli"))


def _me() -> str:
    return f"cli:{me()}"


def _row(hook: Webhook) -> str:
    return f"{hook.id} {'on ' if hook.is_on else 'off'} {visible(hook.url)} {' '.join(hook.events)}"


def _log(row: Delivery) -> str:
    told = f"{row.id} {row.event:18} {row.thing:18} {row.state.value:8} {row.attempts:3}"
    return f"{told} {visible(row.outcome)}".rstrip()
