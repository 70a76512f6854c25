"""`aup cdn`: what a CDN serves is found, scanned, taken down everywhere, and shown to be gone."""

import sys
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from scanner.bootstrap_cdn import CdnHouse, open_cdn
from scanner.bootstrap_web import cdn_settings
from scanner.cli.cdn_domains import start_domain, stop_domain, stops
from scanner.cli.cdn_ingest import FORMS, Ingest, keep_seen, opened_log, seen_before, told
from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line, visible
from scanner.cli.options import JSON
from scanner.domain.cdn.harvest import Harvest
from scanner.domain.cdn.looks import worst_of
from scanner.domain.coverage import Reason
from scanner.render.verdicts import verdict_record
from scanner.services.cdn_exploring import Reach


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
    seen = seen_before(settings.state)
    salt = seen.key + datetime.now(UTC).date().isoformat().encode()  # another sample each day, and nobody's to foresee
    work = Ingest(Harvest(found.domains, seen, salt, domain), form or "")
    _read(work, files, quiet=as_json)
    candidates = work.harvest.candidates()
    summary = work.summary(candidates)
    rest = work.harvest.rest()
    waits = {each.text for each in rest}
    if not dry_run:
        filed = open_cdn(settings).finding.file(candidates + rest)
        work.harvest.keep(each for each in candidates + rest if each.text not in set(filed.over))
        keep_seen(settings.state, seen)
        waits = {*filed.left, *filed.over}
        summary |= {"requests": len(set(filed.ids)), "over_line": len(filed.over)}
    summary |= {"left_for_later": len(waits)}
    for each in candidates + rest if listed else ():
        word = "waits" if each.text in waits else each.why.value
        row = {"url": each.text, "why": each.why.value, "requests": each.requests, "waits": word == "waits"}
        line(row) if as_json else click.echo(visible(f"{word:9} {each.requests:>9} {each.text}"))
    if as_json:
        line(summary)
    else:
        click.echo("\n".join(told(summary)))
        click.echo("nothing was filed" if dry_run else f"{summary['requests']} requests filed")
        if waits:
            click.echo(f"{len(waits)} URLs are over their domain's budget of the day; see `aup cdn budget --list`")
    return FINDINGS if work.lines.bad else CLEAN


@cdn.command(epilog="Examples: aup cdn budget; aup cdn budget www.example.com --list")
@click.argument("domain", required=False, default="")
@click.option("--list", "listed", is_flag=True, help="And every URL that waits.")
@JSON
@click.pass_context
def budget(context: click.Context, domain: str, listed: bool, as_json: bool) -> int:
    """Today's budget of each domain: what was taken, and what waits for another day and then comes first."""
    budgeting = open_cdn(context.obj()).finding.budgeting
    for row in budgeting.spending():
        if domain and row.domain != domain:
            continue
        told = f"{row.domain}: {row.taken} of {row.budget} taken today, {row.waiting} wait"
        line(asdict(row)) if as_json else click.echo(visible(told))
        for url in budgeting.left(row.domain, row.waiting) if listed else ():
            line({"url": url, "waits": True}) if as_json else click.echo(visible(f"waits     {url}"))
    return CLEAN


@cdn.command(epilog="Example: aup cdn scan https://www.example.com/ --depth 1")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--depth", type=click.IntRange(0, 5), default=1, show_default=True, help="Links followed, on one site.")
@click.option("--pages", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Fetched to find more.")
@click.option("--account", default="", help="Whose it is [default: the domain's, by cdn.toml].")
@click.option("--file-only", is_flag=True, help="Leave the scan to the workers.")
@JSON
@click.pass_context
def scan(
    context: click.Context, urls: tuple[str, ...], depth: int, pages: int, account: str, file_only: bool, as_json: bool
) -> int:
    """Explore from URLs as several visitors, and scan all that is found; cases and verdicts are recorded."""
    opened = open_cdn(context.obj())
    exploring = replace(opened.exploring, reach=Reach(depth, pages))
    found = exploring.explore(urls)
    ids = exploring.file(found, account)
    for text, shown in found.cloaked.items():
        for each in shown:
            row = {"url": text, "vantage": each.vantage, "differs": each.what}
            line(row) if as_json else click.echo(visible(f"CLOAKED     {text}: as {each.vantage} {each.what}"))
    words, doubtful = (Counter[str](), []) if file_only else _scanned(opened, ids, as_json)
    if doubtful:
        words += _scanned(opened, exploring.file_ranges(doubtful, account), as_json)[0]
    counts = ", ".join(f"{count} {word}" for word, count in sorted(found.counts.items()) if count)
    if as_json:
        line({"requests": len(ids), "verdicts": dict(words), "explored": dict(found.counts)})
    else:
        click.echo(f"{len(ids)} requests filed; {counts}")
        click.echo(", ".join(f"{count} {word}" for word, count in sorted(words.items())) or "nothing was scanned here")
    if words["VIOLATION"] or words["SUSPECT"]:
        return FINDINGS
    read = found.is_whole and not any(words[word] for word in ("PARTIAL", "UNSCANNABLE", "FAILED"))
    return CLEAN if read else INCOMPLETE


def _scanned(opened: CdnHouse, ids: list[int], as_json: bool) -> tuple[Counter[str], list[str]]:
    """Verdicts by word, and the URLs whose ranges are not the whole's."""
    words, doubtful = Counter[str](), list[str]()
    for start in range(0, len(ids), 200):
        for row in opened.house.scanning.scan_batch(ids[start : start + 200], "aup cdn scan").judged:
            words[row.verdict.word] += 1
            if Reason.INCONSISTENT in row.verdict.coverage.reasons:
                doubtful.append(row.subject.key)
            record = verdict_record(row.subject.url, row.verdict, opened.house.rules.current())
            line(record) if as_json else click.echo(visible(f"{row.verdict.word:11} {row.subject.url}"))
    return words, doubtful


@cdn.command(epilog="Example: aup cdn purge https://www.example.com/bad.html (and aup cdn verify afterwards)")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--wait", type=click.FloatRange(0, 3_600), default=0.0, help="Seconds to wait for the provider's tasks.")
@JSON
@click.pass_context
def purge(context: click.Context, urls: tuple[str, ...], wait: float, as_json: bool) -> int:
    """Make the edges forget URLs; without URLs, send and poll what is owed. Exit 1 while something is open."""
    opened, ends = open_cdn(context.obj()), time.monotonic() + wait
    wanted = opened.purging.want(urls) if urls else []
    sent, polled = opened.purging.push(), opened.purging.poll()
    while time.monotonic() < ends and opened.purging.ledger.running(1):
        time.sleep(min(0.5, wait))
        polled = opened.purging.poll()
    rows = [opened.purging.ledger.latest(purge.url) or purge for purge in wanted]
    for row in rows:
        record = {"url": row.url, "state": row.state.value, "task": row.task, "outcome": row.outcome}
        line(record) if as_json else click.echo(visible(f"{row.state.value:9} {row.url} {row.task} {row.outcome}"))
    if not as_json:
        click.echo(", ".join(f"{count} {word}" for word, count in (sent + polled).items()) or "nothing was owed")
    return FINDINGS if any(row.is_open for row in rows) else CLEAN


@cdn.command(epilog="Example: aup cdn verify https://www.example.com/bad.html")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@JSON
@click.pass_context
def verify(context: click.Context, urls: tuple[str, ...], as_json: bool) -> int:
    """Look through every edge as a plain visitor. Exit 1 if one serves a URL, 3 if one could not be seen."""
    looks = open_cdn(context.obj()).looking.look(urls)
    for look in looks:
        record = {**asdict(look), "at": look.at.isoformat(), "cached": look.cached}
        told = f"{look.seen:8} {look.status:>3} {look.edge:21} {look.url} {look.cache or look.detail}"
        line(record) if as_json else click.echo(visible(told))
    worst = worst_of(looks)
    if not as_json:
        click.echo(f"{len({look.edge for look in looks})} edges, {len(looks)} looks: {worst}")
    return FINDINGS if worst == "served" else INCOMPLETE if worst == "unclear" else CLEAN


for _command in (stop_domain, start_domain, stops):
    cdn.add_command(_command)


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
