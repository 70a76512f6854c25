"""`aup cdn`: what a CDN serves is found, scanned, taken down everywhere, and shown to be gone."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from scanner.bootstrap_cdn import open_cdn
from scanner.bootstrap_web import cdn_settings
from scanner.cli.cdn_ingest import FORMS, Ingest, keep_seen, opened_log, seen_before, told
from scanner.cli.exits import CLEAN, FINDINGS, line, visible
from scanner.domain.cdn.harvest import Harvest
from scanner.domain.cdn.sketches import Seen

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group()
def cdn() -> None:
    """Content behind the CDN: find it, scan it as the world sees it, take it down everywhere, prove it is gone."""


@cdn.command(
    epilog="Examples: aup cdn ingest access.log.gz; zcat *.gz | aup cdn ingest - --as tencent --dry-run --json"
)
@click.argument("files", nargs=-1, required=True, metavar="FILE|-...")
@click.option("--as", "form", type=click.Choice(FORMS), help="The form of the lines [default: recognised].")
@click.option("--domain", default="", help="The host of logs whose lines name none.")
@click.option("--dry-run", is_flag=True, help="File nothing, and remember nothing.")
@click.option("--list", "listed", is_flag=True, help="Print the candidates.")
@JSON
@click.pass_context
def ingest(
    context: click.Context,
    files: tuple[str, ...],
    form: str | None,
    domain: str,
    dry_run: bool,
    listed: bool,
    as_json: bool,
) -> int:
    """Read access logs, and file what is worth a scan. Exit 1 if lines were not taken."""
    settings = context.obj()
    found = cdn_settings(settings)
    seen = Seen(held=seen_before(settings.state))
    work = Ingest(Harvest(found.domains, seen, seen.table[:8].hex().encode()[:16], domain), form or "")
    _read(work, files, quiet=as_json)
    candidates = work.harvest.candidates()
    summary = work.summary(candidates)
    if not dry_run:
        filed = open_cdn(settings).finding.file(candidates)
        keep_seen(settings.state, bytes(seen.table))
        summary |= {"requests": len(set(filed.ids))}
    for each in candidates if listed else ():
        row = {"url": each.url.text, "why": each.why.value, "requests": each.requests}
        line(row) if as_json else click.echo(visible(f"{each.why.value:9} {each.requests:>9} {each.url.text}"))
    if as_json:
        line(summary)
    else:
        click.echo("\n".join(told(summary)))
        click.echo("nothing was filed" if dry_run else f"{summary['requests']} requests filed")
    return FINDINGS if work.lines.bad else CLEAN


def _read(work: Ingest, files: tuple[str, ...], *, quiet: bool) -> None:
    sizes = {name: Path(name).stat().st_size if name != "-" and Path(name).exists() else 0 for name in files}
    shown: AbstractContextManager[Progress | None] = nullcontext()
    if not quiet and sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        shown = Progress(*columns, console=Console(stderr=True), transient=True)
    with shown as bar:
        task: Any = bar.add_task("ingest", total=sum(sizes.values()) or None) if bar else None
        behind = 0
        for name in files:
            with opened_log(name, sys.stdin.buffer) as stream:
                for place in work.take(stream, name):
                    if bar:
                        bar.update(task, completed=behind + place, description=f"{work.lines.good} lines")
            behind += sizes[name]
