"""`aup rescan BUCKET` and `aup rescans …`: bulk rescans, resumable."""

import getpass
import time

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scanner.bootstrap import House, open_house
from scanner.cli.exits import FINDINGS, INCOMPLETE, line
from scanner.domain.rescans import RescanState
from scanner.services.rescanning import Progress as Standing
from scanner.wire.records import to_plain

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command(
    epilog="Examples: aup rescan tenant-a; aup rescan tenant-a --prefix www/ --full; aup rescan --resume R1a2b"
)
@click.argument("bucket", required=False)
@click.option("--prefix", default="", help="Only keys that start so.")
@click.option("--full", is_flag=True, help="Also objects whose verdict is still good.")
@click.option("--resume", "resumed", help="Go on with this rescan.")
@click.option("--detach", is_flag=True, help="List, then leave the scanning to the workers.")
@JSON
@click.pass_context
def rescan(
    context: click.Context,
    bucket: str | None,
    prefix: str,
    full: bool,
    resumed: str | None,
    detach: bool,
    as_json: bool,
) -> int:
    """Scan a bucket's objects again on the bulk lane, with progress and a coverage statement at the end."""
    house = open_house(context.obj(), role="cli")
    if resumed:
        current = house.rescanning.progress(resumed).rescan
        if current.state is RescanState.PAUSED:
            house.rescanning.steer(resumed, "resume")
        rescan_id = resumed
    elif bucket:
        rescan_id = house.rescanning.start(bucket, prefix, requester=getpass.getuser(), full=full).id
    else:
        raise click.UsageError("name a bucket, or --resume a rescan")
    if not as_json:
        click.echo(f"rescan {rescan_id} (interrupt at will; go on with: aup rescan --resume {rescan_id})")
    for _ in house.rescanning.run_listing(rescan_id):
        pass
    standing = house.rescanning.progress(rescan_id) if detach else _watch(house, rescan_id, quiet=as_json)
    return _statement(standing, as_json)


@click.group()
def rescans() -> None:
    """List, pause, resume and cancel rescans."""


@rescans.command("list")
@JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> int:
    """The newest rescans."""
    house = open_house(context.obj(), role="cli")
    for row in house.rescans.rescans(50):
        text = f"{row.id} {row.state:10} s3://{row.bucket}/{row.prefix} listed {row.listed} requested {row.requested}"
        line(to_plain(row)) if as_json else click.echo(text)
    return 0


def _verb(name: str) -> click.Command:
    @click.command(name, help=f"{name.capitalize()} a rescan.")
    @click.argument("rescan_id")
    @click.pass_context
    def steer(context: click.Context, rescan_id: str) -> int:
        moved = open_house(context.obj(), role="cli").rescanning.steer(rescan_id, name)
        click.echo(f"{moved.id} {moved.state}")
        return 0

    return steer


for _name in ("pause", "resume", "cancel"):
    rescans.add_command(_verb(_name))


def _watch(house: House, rescan_id: str, *, quiet: bool) -> Standing:
    """Wait until nothing is owed, with a bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), disable=quiet, transient=False) as bar:
        task = bar.add_task("scanning", total=None)
        while True:
            standing = house.rescanning.progress(rescan_id)
            done = sum(count for word, count in standing.requests.items() if word.startswith("done"))
            bar.update(task, total=standing.rescan.requested, completed=done)
            if not standing.rescan.is_live:
                return standing
            time.sleep(0.3)


def _statement(standing: Standing, as_json: bool) -> int:
    """The coverage statement: listed = cached + scanned by verdict + still owed."""
    row, words = standing.rescan, {word.removeprefix("done:"): count for word, count in standing.requests.items()}
    if as_json:
        line({**to_plain(row), "requests": words})  # type: ignore[dict-item]
    else:
        told = ", ".join(f"{count} {word}" for word, count in sorted(words.items())) or "none"
        click.echo(f"{row.state}: listed {row.listed} = {row.cached} unchanged + {row.requested} requested ({told})")
    if words.get("VIOLATION") or words.get("SUSPECT"):
        return FINDINGS
    incomplete = set(words) - {"CLEAN"}
    return INCOMPLETE if incomplete else 0
