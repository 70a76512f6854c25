"""`aup cases`: the review queue from a terminal."""

import click

from scanner.bootstrap import House, open_house
from scanner.bootstrap_desk import open_desk
from scanner.cli.exits import line, visible
from scanner.cli.options import JSON, me
from scanner.domain.cases import OPEN_STATES, Case, Outcome
from scanner.wire.records import to_plain

REVIEWER = click.option("--reviewer", default=me, show_default="you", help="Who acts.")


@click.group()
def cases() -> None:
    """List, show, claim and decide review cases."""


@cases.command("list", epilog="Example: aup cases list --state QUEUED --json | jq .id")
@click.option("--state", "states", multiple=True, help="QUEUED, CLAIMED, ... [default: the open ones].")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True)
@JSON
@click.pass_context
def list_(context: click.Context, states: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Cases, the gravest and soonest due first."""
    house = _house(context)
    rows = house.casebook.cases([word.upper() for word in states] or sorted(map(str, OPEN_STATES)), limit, "0")
    for case in rows:
        line(to_plain(case)) if as_json else click.echo(_row(case))
    if not as_json:
        click.echo(f"{len(rows)} cases")
    return 0


@cases.command(epilog="Example: aup cases show C0123456789abcde")
@click.argument("case_id")
@JSON
@click.pass_context
def show(context: click.Context, case_id: str, as_json: bool) -> int:
    """One case: what was found and where, coverage, actions, evidence."""
    house = _house(context)
    case = house.casebook.case(case_id)
    judged, actions = house.register.latest(case.subject), house.outbox.actions_of(case_id)
    if as_json:
        verdict = to_plain(judged.verdict) if judged else None
        line({"case": to_plain(case), "verdict": verdict, "actions": [to_plain(action) for action in actions]})
        return 0
    click.echo(_row(case))
    clause = house.clause(case.clause)
    if clause:
        click.echo(f"  clause {clause.number}: {clause.zh}\n         {clause.en}")
    for finding in judged.verdict.findings if judged else ():
        place = f"{finding.path or 'content'}@{finding.offset}+{finding.length}"
        click.echo(f"  {finding.severity.name:8} {finding.rule}  {visible(place)}  {visible(finding.excerpt)}")
    for gap in judged.verdict.coverage.gaps if judged else ():
        click.echo(f"  not read: {gap.reason.value} {visible(gap.path)} {visible(gap.detail)}")
    for action in actions:
        click.echo(f"  action {action.id} {action.measure} {action.state}: {visible(action.outcome)}")
    click.echo(f"  evidence {case.evidence or 'missing'}")
    return 0


@cases.command(epilog="Example: aup cases claim C0123456789abcde --reviewer li")
@click.argument("case_id")
@REVIEWER
@JSON
@click.pass_context
def claim(context: click.Context, case_id: str, reviewer: str, as_json: bool) -> int:
    """Hold a case; prints the claim's token, which deciding needs."""
    held = _house(context).reviewing.claim(case_id, reviewer)
    if as_json:
        line(to_plain(held))
    elif held.claim:
        click.echo(f"{held.id} is yours until {held.claim.until:%Y-%m-%d %H:%M:%S} UTC, token {held.claim.token}")
    return 0


@cases.command(epilog="Example: aup cases decide C0123456789abcde violating --token 1 --reason webshell")
@click.argument("case_id")
@click.argument("outcome", type=click.Choice([word.value for word in Outcome]))
@click.option("--token", type=int, help="The claim's token [default: claim the case now].")
@click.option("--reason", required=True, help="Reason code; never empty.")
@click.option("--note", default="", help="Free text.")
@REVIEWER
@JSON
@click.pass_context
def decide(
    context: click.Context,
    case_id: str,
    outcome: str,
    token: int | None,
    reason: str,
    note: str,
    reviewer: str,
    as_json: bool,
) -> int:
    """Decide a case; what follows from it is filed in the same transaction."""
    desk = open_desk(_house(context)).desk
    if token is None:
        held = desk.reviewing.claim(case_id, reviewer)
        token = held.tokens
    decided = desk.decide(case_id, reviewer, token, Outcome(outcome), reason, note)
    line(to_plain(decided)) if as_json else click.echo(_row(decided))
    return 0


def _house(context: click.Context) -> House:
    return open_house(context.obj(), role="cli")


def _row(case: Case) -> str:
    due, name = f"{case.due_at:%m-%d %H:%M}", visible(case.subject.url)
    what = f"{case.clause or '-':10} {case.rule or '-':36}"
    return f"{case.severity.name:8} {case.state:16} {case.id} {what} due {due} {name}"
