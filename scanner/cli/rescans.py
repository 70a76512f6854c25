"""`aup rescan BUCKET` and `aup rescans …`: bulk rescans, resumable, with a coverage statement at the end."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import click
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from scanner.bootstrap import House, open_house
from scanner.cli.exits import FINDINGS, INCOMPLETE, line
from scanner.cli.options import JSON, me
from scanner.domain.requests import Lane
from scanner.domain.rescans import Rescan, RescanState, Statement
from scanner.services.rescanning import Progress, Step
from scanner.wire.records import to_plain

LOOK = 0.25  # seconds between two looks while there is nothing to do here
_NAME_ONE = "name a bucket, or --resume a rescan"
RECENT = 10.0  # seconds that the shown rate is taken over


@click.command(
    epilog="Examples: aup rescan tenant-a; aup rescan tenant-a --prefix www/ --full; aup rescan --resume R1a2b"
)
@click.argument("bucket", required=False)
@click.option("--prefix", default="", help="Only keys that start so.")
@click.option("--full", is_flag=True, help="Also objects that are unchanged under unchanged rules.")
@click.option("--rate", type=click.FloatRange(min=0), default=0.0, help="Objects listed a second at most (0: no cap).")
@click.option("--resume", "resumed", help="Go on with this rescan.")
@click.option("--work", is_flag=True, help="Scan in this process too; no worker is needed.")
@click.option("--detach", is_flag=True, help="List, then leave the rest to the workers.")
@JSON
@click.pass_context
def rescan(
    context: click.Context,
    bucket: str | None,
    prefix: str,
    full: bool,
    rate: float,
    resumed: str | None,
    work: bool,
    detach: bool,
    as_json: bool,
) -> int:
    """Scan a bucket's objects again on the bulk lane, with progress and a coverage statement at the end."""
    if bool(resumed) == bool(bucket):
        raise click.UsageError("name a bucket, or --resume a rescan, not both" if bucket else _NAME_ONE)
    if resumed and (prefix or full or rate):
        raise click.UsageError("--prefix, --full and --rate are for a new rescan: --resume goes on as it was begun")
    if work and detach:
        raise click.UsageError("--work scans here and --detach leaves it to the workers: choose one")
    house = open_house(context.obj(), role="cli")
    rescan_id = _resumed(house, resumed) if resumed else ""
    if bucket:
        started = house.rescanning.start(bucket, prefix, requester=me(), full=full, rate=rate)
        rescan_id = started.id
    if not as_json:
        click.echo(f"rescan {rescan_id} (interrupt at will; go on with: aup rescan --resume {rescan_id})")
    if detach:
        for _ in house.rescanning.run_listing(rescan_id):
            pass
        return _told(house.rescanning.progress(rescan_id), as_json)
    return _told(_watched(house, rescan_id, work=work, quiet=as_json), as_json)


@click.group()
def rescans() -> None:
    """List, show, pause, resume and cancel rescans."""


@rescans.command("list")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """The newest rescans, and every one that is not over."""
    house = open_house(context.obj(), role="cli")
    newest = house.rescans.rescans(50)
    older = [row for row in house.rescans.unfinished() if row not in newest]
    for row in [*newest, *reversed(older)]:
        counted = house.rescanning.progress(row.id).rescan if row.is_live else row
        line(to_plain(counted)) if as_json else click.echo(_row(counted))
    return 0


@rescans.command(epilog="Example: aup rescans show R0123456789a")
@click.argument("rescan_id")
@JSON
@click.pass_context
def show(context: click.Context, rescan_id: str, as_json: bool) -> int:
    """The coverage statement of a rescan, as far as it is."""
    return _told(open_house(context.obj(), role="cli").rescanning.progress(rescan_id), as_json)


def _verb(name: str, does: str) -> click.Command:
    @click.command(name, help=does)
    @click.argument("rescan_id")
    @click.pass_context
    def steer(context: click.Context, rescan_id: str) -> int:
        moved = open_house(context.obj(), role="cli").rescanning.steer(rescan_id, name)
        click.echo(f"{moved.id} {moved.state}")
        return 0

    return steer


rescans.add_command(_verb("pause", "Pause a rescan: nothing more is listed, and what waits for a scan is held back."))
rescans.add_command(_verb("resume", "Resume a paused rescan where it stopped."))
rescans.add_command(_verb("cancel", "Cancel a rescan: what waits for a scan is dropped."))


def _resumed(house: House, rescan_id: str) -> str:
    """The rescan's id; a paused one goes on."""
    if house.rescanning.progress(rescan_id).rescan.state is RescanState.PAUSED:
        house.rescanning.steer(rescan_id, "resume")
    return rescan_id


def _watched(house: House, rescan_id: str, *, work: bool, quiet: bool) -> Progress:
    """List, scan if asked to, and wait until nothing is owed, with a bar."""
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn()
    worker, seen = f"{socket.gethostname()}:{os.getpid()}", list[tuple[float, int]]()
    with stopping() as stop, Bar(*columns, disable=quiet, transient=False) as bar:
        task = bar.add_task("listing", total=None, told="")
        while True:
            busy = house.rescanning.list_page(rescan_id) is Step.LISTED
            if work and (not busy or house.rescanning.statement(rescan_id).owed >= house.settings.batch_size):
                busy = bool(house.scanning.scan_next(Lane.BULK, worker, house.settings.batch_size).judged) or busy
            progress = house.rescanning.progress(rescan_id)
            _show(bar, task, progress, seen)
            if not progress.rescan.is_live:
                return progress
            if stop.is_set():
                raise click.Abort
            if not busy:
                stop.wait(LOOK)


@contextmanager
def stopping() -> Iterator[Event]:
    """Set by the first Ctrl-C, so that the batch in hand is finished; a second one stops at once."""
    stop = Event()

    def asked(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _show(bar: Bar, task: object, progress: Progress, seen: list[tuple[float, int]]) -> None:
    """Rate over the last seconds, share that is accounted for, and the time that what is listed will take."""
    statement, now = progress.statement, time.monotonic()
    seen.append((now, statement.done))
    while len(seen) > 2 and now - seen[0][0] > RECENT:
        seen.pop(0)
    passed = now - seen[0][0]
    rate = (statement.done - seen[0][1]) / passed if passed > 0 else 0.0
    left = f"{statement.owed / rate:,.0f} s left" if rate and statement.owed else "-"
    share = 100 * statement.done / statement.listed if statement.listed else 0.0
    told = f"{statement.done:,}/{statement.listed:,}  {share:.1f} % covered  {rate:,.0f}/s  {left}"
    word = "listing and scanning" if progress.rescan.state is RescanState.LISTING else str(progress.rescan.state)
    bar.update(task, total=statement.listed or None, completed=statement.done, told=told, description=word)  # type: ignore[arg-type]


def _row(rescan: Rescan) -> str:
    what = f"listed {rescan.listed} unchanged {rescan.cached} requested {rescan.requested}"
    return f"{rescan.id} {rescan.state:10} s3://{rescan.bucket}/{rescan.prefix} {what} by {rescan.requester}"


def _told(progress: Progress, as_json: bool) -> int:
    """Print the coverage statement; the exit status."""
    statement = progress.statement
    if as_json:
        line({**to_plain(progress.rescan), "statement": to_plain(statement), "whole": statement.is_whole})  # type: ignore[dict-item]
    else:
        for text in statement_lines(progress.rescan, statement):
            click.echo(text)
    scanned = {**statement.cached, **statement.of("scanned")}
    if scanned.get("VIOLATION") or scanned.get("SUSPECT"):
        return FINDINGS
    incomplete = set(scanned) - {"CLEAN"} or statement.owed or statement.of("skipped") or statement.of("failed")
    return INCOMPLETE if incomplete else 0


def statement_lines(rescan: Rescan, statement: Statement) -> list[str]:
    """The coverage statement for people: listed = scanned + cached + skipped by reason + failed by reason."""
    kinds = {"scanned": statement.of("scanned"), "cached": dict(sorted(statement.cached.items()))}
    kinds |= {kind: statement.of(kind) for kind in ("skipped", "failed", "cancelled")}
    sums = " + ".join(
        f"{sum(words.values()):,} {kind}" for kind, words in kinds.items() if words or kind != "cancelled"
    )
    owed = f" + {statement.owed:,} still owed" if statement.owed else ""
    holds = "" if statement.is_whole else "  (does NOT add up: run `aup fsck`)"
    lines = [
        f"{rescan.state}: s3://{rescan.bucket}/{rescan.prefix}",
        f"listed {statement.listed:,} = {sums}{owed}{holds}",
    ]
    lines += [
        f"  {kind}: " + ", ".join(f"{n:,} {word}" for word, n in words.items())
        for kind, words in kinds.items()
        if words
    ]
    return lines
