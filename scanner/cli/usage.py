"""`aup usage`: samples in, a check, what stands, and what proposed thresholds would have done."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_simulation import simulation
from scanner.bootstrap_usage import UsageHouse, open_usage, usage_folder
from scanner.cli.exits import line, visible
from scanner.cli.options import JSON
from scanner.cli.usage_files import FORMS, form_of, mapping_of, read_samples, read_snapshots, read_traffic
from scanner.cli.usage_text import course_row, course_totals, incident_lines, incident_row, limit_rows
from scanner.domain.usage.samples import RawSample, Tally
from scanner.wire.records import to_plain
from scanner.wire.usage_records import incident_plain

FILES = click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
FORM = click.option(
    "--as", "form", type=click.Choice(FORMS), help="What the files are [default: csv or json by their names]."
)
BATCH = 50_000


@click.group()
def usage() -> None:
    """Resource use under clause 3.1.3.6: samples in, incidents out."""


@usage.command(
    epilog="Examples: aup usage ingest use.csv; aup usage ingest --as s3-log *.log; aup usage ingest --prometheus"
)
@FILES
@FORM
@click.option(
    "--map", "mapping", type=click.Path(exists=True, path_type=Path), help="CSV name,account of a log's hosts."
)
@click.option("--prometheus", is_flag=True, help="Ask the Prometheus of usage.yaml for all that is new.")
@click.option("--url", default="", help="The Prometheus to ask [default: the one in usage.yaml].")
@JSON
@click.pass_context
def ingest(
    context: click.Context, files: tuple[Path, ...], form: str, mapping: Path, prometheus: bool, url: str, as_json: bool
) -> int:
    """Take samples, snapshots or access logs; what is refused is counted with its reason."""
    if not files and not prometheus and not url:
        raise click.UsageError("name files, or --prometheus")
    opened = _open(context)
    tally = Tally()
    if prometheus or url:
        tally = sum((each for _, each in opened.metering.pull(opened.source(url))), tally)
    if files:
        tally += _ingest_files(opened, files, form or form_of(files[0]), mapping_of(mapping))
    _tell(tally, as_json=as_json)
    return 1 if tally.refused else 0


@usage.command(epilog="Example: aup usage check (once a minute; the workers' beat does it too)")
@JSON
@click.pass_context
def check(context: click.Context, as_json: bool) -> int:
    """Step all that is new, weigh the accounts, carry out what follows. Exit 1 if an incident is open."""
    opened = _open(context)
    done = opened.metering.check()
    troubles = [*done.troubles, *([opened.rules.trouble] if opened.rules.trouble else [])]
    if as_json:
        line({"steps": dict(done.steps), "signals": done.signals, "carried": done.carried, "troubles": troubles})
    for incident in done.incidents:
        line(incident_plain(incident)) if as_json else click.echo(incident_row(incident))
    for trouble in troubles:
        click.echo(f"aup: {visible(trouble)}", err=True)
    if not as_json:
        steps = ", ".join(f"{count} {name}" for name, count in sorted(done.steps.items())) or "no new samples"
        click.echo(
            f"{steps}; {done.signals} signals, {len(done.incidents)} incidents changed, {done.carried} carried out"
        )
    return 2 if troubles else 1 if opened.record.incidents("", only_open=True, limit=1) else 0


@usage.command(epilog="Example: aup usage show acme --hours 48 --plot acme.svg")
@click.argument("account", required=False, default="")
@click.option(
    "--hours", default=24, type=click.IntRange(1, 24 * 31), show_default=True, help="How far the plot goes back."
)
@click.option("--plot", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the plot (SVG) here.")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True)
@JSON
@click.pass_context
def show(context: click.Context, account: str, hours: int, target: Path | None, limit: int, as_json: bool) -> int:
    """The incidents (of an account: also what it bought, uses and runs, and its plot)."""
    opened = _open(context)
    incidents = opened.record.incidents(account, only_open=False, limit=limit)
    if as_json:
        for incident in incidents:
            line(incident_plain(incident))
    elif account:
        _show_account(opened, account)
        for incident in incidents:
            click.echo("\n".join(incident_lines(incident)))
    else:
        for incident in incidents:
            click.echo(incident_row(incident))
    if target is not None:
        now = datetime.now(UTC)
        newest = incidents[0] if incidents else None
        svg = (
            opened.plotting.incident(newest)
            if newest
            else opened.plotting.account(account, now - timedelta(hours=hours), now)
        )
        target.write_text(svg, encoding="utf-8")
    if not as_json:
        click.echo(f"{len(incidents)} incidents, {sum(incident.is_open for incident in incidents)} open")
    return 1 if any(incident.is_open for incident in incidents) else 0


@usage.command(epilog="Example: aup usage simulate month.csv --rules proposed/usage.yaml --snapshots agents.jsonl")
@FILES
@FORM
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The proposed usage.yaml.")
@click.option(
    "--snapshots", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON lines of an agent feed."
)
@JSON
@click.pass_context
def simulate(
    context: click.Context,
    files: tuple[Path, ...],
    form: str,
    rules: Path | None,
    snapshots: Path | None,
    as_json: bool,
) -> int:
    """Replay samples under proposed thresholds: who would have been watched, throttled, suspended, and when."""
    if not files:
        raise click.UsageError("name files of samples")
    tally, samples = Tally(), list[RawSample]()
    for found in _rows(files, form or form_of(files[0])):
        if isinstance(found, Tally):
            tally += found
        else:
            samples.append(found)
    shots = [shot for shot in read_snapshots(snapshots) if not isinstance(shot, Tally)] if snapshots else []
    path = rules or usage_folder(context.obj()) / "usage.yaml"
    done = simulation(path).run(samples, shots)
    for course in done.courses:
        line(to_plain(course)) if as_json else click.echo(course_row(course))
    _tell(tally + done.tally, as_json=as_json)
    if not as_json:
        click.echo(course_totals(done))
    return 0


def _open(context: click.Context) -> UsageHouse:
    return open_usage(open_house(context.obj(), role="cli"))


def _rows(files: tuple[Path, ...], form: str) -> Iterator[RawSample | Tally]:
    for file in files:
        yield from read_samples(file, form)


def _ingest_files(opened: UsageHouse, files: tuple[Path, ...], form: str, accounts: dict[str, str]) -> Tally:
    if form == "snapshots":
        return sum((_noted(opened, file) for file in files), Tally())
    if form.endswith("-log"):
        return _ingest_logs(opened, files, form, accounts)
    tally, batch = Tally(), list[RawSample]()
    for found in _rows(files, form):
        if isinstance(found, Tally):
            tally += found
            continue
        batch.append(found)
        if len(batch) >= BATCH:
            tally += opened.metering.ingest(batch)
            batch = []
    return tally + opened.metering.ingest(batch)


def _ingest_logs(opened: UsageHouse, files: tuple[Path, ...], form: str, accounts: dict[str, str]) -> Tally:
    traffic, tally = read_traffic(files, form, accounts, opened.rules.usage())
    return tally + opened.metering.ingest(traffic.samples) + _without_count(opened.metering.note(traffic.tops))


def _noted(opened: UsageHouse, file: Path) -> Tally:
    found = list(read_snapshots(file))
    wrong = [row for row in found if isinstance(row, Tally)]
    return sum(wrong, opened.metering.note([row for row in found if not isinstance(row, Tally)]))


def _without_count(tally: Tally) -> Tally:
    return Tally(0, {}, tally.examples)


def _tell(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        line(to_plain(tally))
        return
    for example in tally.examples:
        click.echo(f"  refused {visible(example)}", err=True)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(tally.refused.items()))
    click.echo(f"{tally.accepted} taken, {sum(tally.refused.values())} refused" + (f" ({reasons})" if reasons else ""))


def _show_account(opened: UsageHouse, account: str) -> None:
    book, now = opened.rules.usage(), datetime.now(UTC)
    click.echo("\n".join(limit_rows(book, visible(account), now.date())))
    for shot in opened.record.snapshots(now - timedelta(days=1), account, 1):
        click.echo(f"  last snapshot {shot.at:%m-%d %H:%M} from {visible(shot.source) or 'an agent'}")
