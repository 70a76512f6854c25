"""`aup strikes` and `aup measures`: what weighs on an account, and measures wider than one object."""

import click

from scanner.cli.exits import CLEAN, line, visible
from scanner.cli.options import BY, JSON, REASON, houses
from scanner.domain.actions import Action
from scanner.domain.enforcement.places import is_object
from scanner.domain.enforcement.strikes import Rung
from scanner.wire.records import to_plain


@click.group()
def strikes() -> None:
    """Strikes: confirmed violations on an account's record. They end by themselves and can be voided."""


@strikes.command(name="show", epilog="Example: aup strikes show account-1 --bucket site")
@click.argument("account")
@click.option("--bucket", default="", help="And what weighs on this bucket.")
@JSON
@click.pass_context
def show(context: click.Context, account: str, bucket: str, as_json: bool) -> int:
    """An account's strikes, their sum, and how far a person may climb the ladder."""
    standing = houses(context)[1].widening.standing(account, bucket)
    if as_json:
        line(to_plain(standing))
        return CLEAN
    for one in standing.strikes:
        word = f"void: {one.voided_why}" if one.voided_by else f"until {one.ends_at:%Y-%m-%d}"
        click.echo(visible(f"{one.id} {one.weight} §{one.clause} {one.container} {one.case} {word}"))
    on_bucket = f", {standing.container_weight} on {bucket}" if bucket else ""
    click.echo(visible(f"{account} weighs {standing.weight}{on_bucket}: up to the rung {standing.rung}"))
    return CLEAN


@strikes.command(epilog="Example: aup strikes void account-1 S0123 --reason 'decided in error'")
@click.argument("account")
@click.argument("strike_id")
@REASON
@BY
@JSON
@click.pass_context
def void(context: click.Context, account: str, strike_id: str, reason: str, person: str, as_json: bool) -> int:
    """Void one strike: it weighs no more, and stays to be seen."""
    struck = houses(context)[1].widening.void(account, strike_id, person, reason)
    line(to_plain(struck)) if as_json else click.echo(f"{struck.id} void by {struck.voided_by}")
    return CLEAN


@click.group()
def measures() -> None:
    """Measures of a case: on its object, and wider ones, which only people take."""


@measures.command(name="list", epilog="Example: aup measures list C0123456789abcde")
@click.argument("case_id")
@JSON
@click.pass_context
def list_measures(context: click.Context, case_id: str, as_json: bool) -> int:
    """Every measure of a case, in force or not."""
    for action in houses(context)[0].outbox.actions_of(case_id):
        _told(action, as_json)
    return CLEAN


@measures.command(epilog="Example: aup measures widen C0123 --rung container --prefix gallery/ --reason 'the 4th time'")
@click.argument("case_id")
@click.option("--rung", type=click.Choice(["container", "account"]), required=True)
@click.option("--prefix", default="", help="Only what lies under it [default: the whole bucket].")
@click.option(
    "--writes", is_flag=True, help="Nobody puts anything there either; reading and deleting stay the owner's."
)
@REASON
@BY
@JSON
@click.pass_context
def widen(
    context: click.Context, case_id: str, rung: str, prefix: str, writes: bool, reason: str, person: str, as_json: bool
) -> int:
    """Suspend the bucket, a prefix or the account of a case that a person decided, as far as strikes carry it."""
    widening = houses(context)[1].widening
    _told(widening.widen(case_id, Rung(rung), person, reason, prefix=prefix, writes=writes), as_json)
    return CLEAN


@measures.command(epilog="Example: aup measures lift A0123456789abcde --reason 'cleaned up'")
@click.argument("action_id")
@REASON
@BY
@JSON
@click.pass_context
def lift(context: click.Context, action_id: str, reason: str, person: str, as_json: bool) -> int:
    """Undo one wide measure by its stored inverse."""
    _told(houses(context)[1].widening.lift(action_id, person, reason), as_json)
    return CLEAN


def _told(action: Action, as_json: bool) -> None:
    if as_json:
        line(to_plain(action))
        return
    place = action.subject.url if is_object(action.subject) else f"{action.subject.bucket} {action.subject.key}".strip()
    click.echo(visible(f"{action.id} {action.measure} {action.state} {place} by {action.proposer} {action.outcome}"))
