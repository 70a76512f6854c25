"""`aup fsck`, `aup coverage`, `aup deadletters`: is everything as it should be, and what is stuck."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

import click

from scanner.bootstrap import House, open_house
from scanner.bootstrap_access import open_access
from scanner.bootstrap_intake import open_intake
from scanner.bootstrap_rights import open_rights
from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line, visible
from scanner.cli.options import JSON, me
from scanner.domain.actions import ActionState
from scanner.domain.enforcement.notices import Delivery, Notice
from scanner.errors import GoneError, TaintedError
from scanner.services.checking import Breach
from scanner.wire.records import to_plain


@click.command(epilog="Example: aup fsck --json (exit 0: every invariant holds, 1: one does not)")
@JSON
@click.pass_context
def fsck(context: click.Context, as_json: bool) -> int:
    """Check every invariant over what is recorded: no silent CLEAN, no act without evidence, an unbroken log."""
    count, house = 0, open_house(context.obj(), role="cli")
    for breach in chain(house.checking.breaches(), _unlike(house)):
        count += 1
        line(to_plain(breach)) if as_json else click.echo(visible(f"{breach.invariant} {breach.thing}: {breach.what}"))
    if not as_json:
        click.echo(f"{count} breaches" if count else "every invariant holds")
    return FINDINGS if count else CLEAN


def _unlike(house: House) -> Iterator[Breach]:
    """I7: where the audit log is not what was signed before: a cut tail and a chain made anew show only there."""
    try:
        for problem in open_rights(house).checkpointing.unlike():
            yield Breach("I7", "audit log", problem)
    except TaintedError as error:
        yield Breach("I7", "checkpoints", str(error))


@click.command(
    epilog="Examples: aup coverage tenant-a --prefix www/; aup coverage tenant-a --older 900 (exit 3: one lacks it)"
)
@click.argument("bucket")
@click.option("--prefix", default="", help="Only keys that start so.")
@click.option(
    "--older",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Only what lies there for longer owes a verdict.",
)
@JSON
@click.pass_context
def coverage(context: click.Context, bucket: str, prefix: str, older: float, as_json: bool) -> int:
    """Hold a bucket's listing against the verdicts: what lies there without one over exactly its current bytes."""
    house = open_house(context.obj(), role="cli")
    if house.rescanning.contents.missing(bucket):
        raise GoneError("no such bucket, or it is not ours to read", where=bucket, mend="check name and credentials")
    words, young, since = Counter[str](), 0, house.intake.clock.now() - timedelta(seconds=older)
    for subject, judged in house.checking.uncovered(bucket, prefix):
        if judged is None and older and _is_after(subject.modified, since):
            young += 1
            continue
        words[judged.verdict.word if judged else ""] += 1
        if judged is None:
            line(to_plain(subject)) if as_json else click.echo(
                f"no verdict: {visible(subject.url)} ({subject.modified})"
            )
    if not as_json:
        bare, told = words.pop("", 0), ", ".join(f"{count} {word}" for word, count in sorted(words.items()))
        held = f"{words.total()} with a verdict over their current bytes" + (f" ({told})" if told else "")
        fresh = f", {young} younger than {older:g} s" if young else ""
        click.echo(f"{words.total() + bare + young} objects listed, {held}, {bare} without{fresh}")
        return INCOMPLETE if bare else CLEAN
    return INCOMPLETE if words[""] else CLEAN


def _is_after(modified: str, moment: datetime) -> bool:
    """Whether an object was put after that; one without a time was not."""
    try:
        return datetime.fromisoformat(modified) > moment
    except (ValueError, TypeError):
        return False


@click.group()
def deadletters() -> None:
    """Actions and notices that gave up, messages that could not be used: list them with their cause, replay them."""


@deadletters.command("list")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """Dead actions, the longest due first, dead notices, then messages of queues, the oldest first."""
    house = open_house(context.obj(), role="cli")
    for row in house.outbox.actions_in(ActionState.DEAD, 1_000):
        text = f"{row.id} {row.measure} {row.subject.url} after {row.attempts} attempts: {row.outcome}"
        line(to_plain(row)) if as_json else click.echo(visible(text))
    for notice in open_access(house).lists.rights(Notice, Delivery.DEAD, "", "", 1_000):
        text = f"{notice.id} notice of {notice.account} after {notice.attempts} attempts: {notice.outcome}"
        line(to_plain(notice)) if as_json else click.echo(visible(text))
    for letter in open_intake(house).letters.letters(1_000):
        told = {"id": f"L{letter.id}", "source": letter.source, "cause": letter.cause, "detail": letter.detail}
        text = f"L{letter.id} {letter.source} {letter.at:%Y-%m-%d %H:%M} {letter.cause}: {letter.detail}"
        line(told) if as_json else click.echo(visible(text))
    return CLEAN


@deadletters.command(epilog="Examples: aup deadletters replay A0123456789abcde (also N0123, or L12: a message)")
@click.argument("letter")
@click.pass_context
def replay(context: click.Context, letter: str) -> int:
    """Try a dead action or notice again from its first attempt, or read a message again (after its mend)."""
    house = open_house(context.obj(), role="cli")
    if letter.startswith("L") and letter[1:].isdecimal() and len(letter) < 19:
        accepted = open_intake(house).opening.replay(int(letter[1:]))
        click.echo(f"{letter}: {len(accepted.requests)} requests")
        return CLEAN
    if letter.startswith("N"):
        notice = open_rights(house).noticing.replay(letter, me())
        click.echo(f"{notice.id} {notice.state}")
        return CLEAN
    row = house.enforcing.replay(letter, me())
    click.echo(f"{row.id} {row.state}")
    return CLEAN
