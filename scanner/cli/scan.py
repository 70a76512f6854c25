"""`aup scan`: the engine by itself, on files, standard input or a bucket; no server is needed."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line
from scanner.cli.local_scan import Scan, scan_bucket, scan_bytes, scan_tree
from scanner.cli.scan_telling import Form, Teller, Told
from scanner.detection.walking import Scanned, path_of, tree
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Standing
from scanner.errors import UsageError
from scanner.render.sarif import Part, sarif_of

GETTING_READY = "rules are made ready (the first time: compiled)"
EXAMPLES = """\b
Examples:
  aup scan /srv/www
  aup scan upload.zip -v
  aup scan /srv/www --rules /etc/aup/rules --json > verdicts.jsonl
  aup scan s3://tenant-a/www/
  aup scan https://www.example.com/ -v
  curl -s https://example.com/ | aup scan -
"""


@dataclass(slots=True)
class Tally:
    """Counts for the last line."""

    words: Counter[str] = field(default_factory=Counter)
    clauses: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    size: int = 0
    started: float = field(default_factory=time.monotonic)
    worst: int = 0

    def resume(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count what an earlier run found in files that are as they were: it still decides the exit status."""
        for row in rows:
            self.resumed += 1
            self.words[row["verdict"]] += 1
            self.worst = max(self.worst, row.get("standing", 0))
            self.clauses.update([row["clause"]] if row.get("standing") else [])

    def add(self, told: Told) -> None:
        """Count one verdict, or one entry that is no content."""
        if told.skipped:
            self.skipped[told.skipped] += 1
            return
        self.words[told.word] += 1
        self.size += told.size
        if told.standing:
            self.clauses[told.clause] += 1
            self.worst = max(self.worst, told.standing)

    def status(self, fail_on: str) -> int:
        """The exit status: findings before incomplete coverage before clean."""
        if self.worst >= (Standing.VIOLATION if fail_on == "violation" else Standing.SUSPECT):
            return FINDINGS
        incomplete = self.words["PARTIAL"] + self.words["UNSCANNABLE"] + self.words["FAILED"]
        return INCOMPLETE if incomplete else CLEAN

    def line(self) -> str:
        """Counts, clauses, coverage and rate."""
        seconds = max(time.monotonic() - self.started, 1e-6)
        files = sum(self.words.values()) - self.resumed
        words = ", ".join(f"{count} {word}" for word, count in sorted(self.words.items())) or "nothing to scan"
        clauses = ", ".join(f"§{clause} {count}" for clause, count in sorted(self.clauses.items()))
        rate = f"{files} files, {self.size / 1e6:.1f} MB in {seconds:.1f} s ({files / seconds:.0f} files/s)"
        skipped = ", ".join(f"{count} {why}" for why, count in sorted(self.skipped.items()))
        parts = [
            words,
            f"skipped {skipped}" if skipped else "",
            f"{self.resumed} from the state file" if self.resumed else "",
        ]
        return "; ".join(part for part in (*parts, rate, clauses) if part)


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, required=True, metavar="PATH|s3://BUCKET[/PREFIX]|https://URL|-...")
@click.option(
    "--rules", "rules_dir", type=click.Path(path_type=Path), help="Rules folder [default: the shipped rules]."
)
@click.option(
    "--overlay", "overlay", type=click.Path(path_type=Path), help="Operator's folder over it [default: the settings']."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.option("--sarif", "as_sarif", is_flag=True, help="One SARIF 2.1.0 document at the end.")
@click.option("-v", "--verbose", count=True, help="Show clean files and coverage; twice: every view.")
@click.option("--fail-on", type=click.Choice(["suspect", "violation"]), default="suspect", show_default=True)
@click.option("--include", multiple=True, help="Only names that match this glob (repeatable).")
@click.option("--exclude", multiple=True, help="Not names that match this glob (repeatable).")
@click.option(
    "--state", type=click.Path(path_type=Path), help="Resume: skip what this file says was scanned; add to it."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes [default: one a core].")
@click.option("--no-prefilter", is_flag=True, help="Ask every rule by plain YARA: slower, same verdicts.")
@click.pass_context
def scan(
    context: click.Context,
    targets: tuple[str, ...],
    rules_dir: Path | None,
    overlay: Path | None,
    as_json: bool,
    as_sarif: bool,
    verbose: int,
    fail_on: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    jobs: int | None,
    no_prefilter: bool,
) -> int:
    """Scan files, folders, a bucket, web pages or standard input; say what was found, where, and what was not read."""
    if as_json and as_sarif:
        raise UsageError("--json and --sarif are two forms", where="aup scan", mend="choose one")
    order = Scan(context.obj(), rules_dir, include, exclude, state, jobs, not no_prefilter, overlay)
    form = Form.JSON if as_json else Form.SARIF if as_sarif else Form.PEOPLE
    tally, parts = Tally(), list[Part]()
    for some in _shown(_told(order, form, verbose, targets), order, targets, quiet=form is not Form.PEOPLE):
        _write(some, order, parts)
        for told in some:
            tally.add(told)
    tally.resume(order.progress.spared)
    if as_sarif:
        line(sarif_of(parts, order.book, version("aup-scanner")))
    click.echo(tally.line(), err=as_json or as_sarif)
    return tally.status(fail_on)


def _write(some: list[Told], order: Scan, parts: list[Part]) -> None:
    """Only what was said counts as done."""
    if text := "".join(told.text for told in some):
        click.echo(text, nl=False)
    order.progress.add(told.state for told in some)
    parts += [told.part for told in some if told.part is not None and any(told.part)]


def _told(order: Scan, form: Form, verbose: int, targets: tuple[str, ...]) -> Iterator[list[Told]]:
    teller = Teller(order.book, form, verbose, order.progress.stamp if order.state else "")
    for target in targets:
        if target == "-":
            if sys.stdin is None:
                raise UsageError("there is no standard input", where="-", mend="send it something, or name a file")
            yield [teller.told(Scanned("-", scan_bytes(order, order.book, sys.stdin.buffer)))]
        elif target.startswith("s3://"):
            yield from ([teller.told(each)] for each in scan_bucket(order, order.book, target))
        elif target.startswith(("https://", "http://")):
            yield from ([teller.told(each)] for each in _web(order, order.book, target))
        else:
            yield from scan_tree(order, teller, target)


def _web(order: Scan, book: Rulebook, target: str) -> Iterator[Scanned]:
    """libcurl is loaded only for those who scan the web."""
    from scanner.cli.web_scan import scan_url

    return scan_url(order, book, target)


def _shown(rows: Iterator[list[Told]], order: Scan, targets: tuple[str, ...], *, quiet: bool) -> Iterator[list[Told]]:
    """The rows, some at a time, with rate and time left on a terminal; before the first, what it is waited for.

    What the globs leave out is no part of the whole; nor is what the state file spares, as far as it was met.
    """
    if quiet or not sys.stderr.isatty():
        yield from rows
        return
    local = all(target != "-" and not target.startswith(("s3://", "https://", "http://")) for target in targets)
    total = sum(order.chosen(path_of(entry)) for target in targets for entry in tree(target)) if local else None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(GETTING_READY, total=total)
        for some in rows:
            left = None if total is None else total - len(order.progress.spared)
            bar.update(task, advance=len(some), total=left, description="scanned")
            yield some


class RateColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        """The rate so far."""
        return Text(f"{task.speed or 0:.0f} files/s")
