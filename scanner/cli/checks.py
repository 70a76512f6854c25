"""`aup fsck`, `aup coverage`, `aup deadletters`: is everything as it should be, and what is stuck."""

import getpass

import click

from scanner.bootstrap import open_house
from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line, visible
from scanner.domain.actions import ActionState
from scanner.errors import GoneError
from scanner.wire.records import to_plain

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command(epilog="Example: aup fsck --json (exit 0: every invariant holds, 1: one does not)")
@JSON
@click.pass_context
def fsck(context: click.Context, as_json: bool) -> int:
    """Check every invariant over what is recorded: no silent CLEAN, no act without evidence, an unbroken log."""
    count = 0
    for breach in open_house(context.obj(), role="cli").checking.breaches():
        count += 1
        line(to_plain(breach)) if as_json else click.echo(visible(f"{breach.invariant} {breach.thing}: {breach.what}"))
    if not as_json:
        click.echo(f"{count} breaches" if count else "every invariant holds")
    return FINDINGS if count else CLEAN


@click.command(epilog="Example: aup coverage tenant-a --prefix www/ (exit 3: something lacks a verdict)")
@click.argument("bucket")
@click.option("--prefix", default="", help="Only keys that start so.")
@JSON
@click.pass_context
def coverage(context: click.Context, bucket: str, prefix: str, as_json: bool) -> int:
    """Hold a bucket's listing against the verdicts: what lies there without one over exactly its current bytes."""
    house = open_house(context.obj(), role="cli")
    if house.rescanning.contents.missing(bucket):
        raise GoneError("no such bucket, or it is not ours to read", where=bucket, mend="check name and credentials")
    listed = bare = 0
    for subject, judged in house.checking.uncovered(bucket, prefix):
        listed += 1
        if judged is None:
            bare += 1
            line(to_plain(subject)) if as_json else click.echo(
                f"no verdict: {visible(subject.url)} ({subject.modified})"
            )
    if not as_json:
        click.echo(f"{listed} objects listed, {listed - bare} with a verdict over their current bytes, {bare} without")
    return INCOMPLETE if bare else CLEAN


@click.group()
def deadletters() -> None:
    """Actions that gave up: list them with their cause, and replay them."""


@deadletters.command("list")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """Dead actions, the longest due first."""
    for row in open_house(context.obj(), role="cli").outbox.actions_in(ActionState.DEAD, 1_000):
        text = f"{row.id} {row.measure} {row.subject.url} after {row.attempts} attempts: {row.outcome}"
        line(to_plain(row)) if as_json else click.echo(visible(text))
    return CLEAN


@deadletters.command(epilog="Example: aup deadletters replay A0123456789abcde")
@click.argument("action_id")
@click.pass_context
def replay(context: click.Context, action_id: str) -> int:
    """Try a dead action again from its first attempt."""
    row = open_house(context.obj(), role="cli").enforcing.replay(action_id, getpass.getuser())
    click.echo(f"{row.id} {row.state}")
    return CLEAN
