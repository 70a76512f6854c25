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

from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line, visible
from scanner.cli.local_scan import Scan, scan_bucket, scan_bytes, scan_tree
from scanner.detection.walking import Scanned, tree
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Standing, Verdict, judge
from scanner.render.sarif import sarif
from scanner.render.verdicts import verdict_lines, verdict_record

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
        """Count what an earlier run found, so that its findings still decide the exit status."""
        for row in rows:
            self.resumed += 1
            self.words[row["verdict"]] += 1
            self.worst = max(self.worst, row.get("standing", 0))
            self.clauses.update([row["clause"]] if row.get("standing") else [])

    def add(self, verdict: Verdict, *, skipped: str = "") -> None:
        """Count one verdict, or one entry that is no content."""
        if skipped:
            self.skipped[skipped] += 1
            return
        self.words[verdict.word] += 1
        self.size += verdict.content.size
        if verdict.standing is not Standing.CLEAN:
            self.clauses[verdict.clause] += 1
            self.worst = max(self.worst, verdict.standing)

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
    order = Scan(context.obj(), rules_dir, include, exclude, state, jobs, not no_prefilter, overlay)
    book, tally, kept = order.book, Tally(), list[tuple[str, Verdict]]()
    tally.resume(order.progress.rows.values())
    for scanned in _shown(_scanned(order, book, targets), targets, quiet=as_json or as_sarif):
        verdict = judge(scanned.detection, book)
        order.progress.add(scanned.path, verdict)
        tally.add(verdict, skipped=scanned.skipped)
        if as_json:
            line(verdict_record(scanned.path, verdict, book, skipped=scanned.skipped))
        elif as_sarif:
            kept.append((scanned.path, verdict))
        else:
            _tell(scanned, verdict, book, verbose)
    if as_sarif:
        line(sarif(kept, book, version("aup-scanner")))
    click.echo(tally.line(), err=as_json or as_sarif)
    return tally.status(fail_on)


def _tell(scanned: Scanned, verdict: Verdict, book: Rulebook, verbose: int) -> None:
    """One file for people."""
    if scanned.skipped:
        lines = [f"SKIPPED     {scanned.path}: {scanned.skipped}"] if verbose else []
    else:
        lines = verdict_lines(scanned.path, verdict, book, verbose=verbose)
    for text in lines:
        click.echo(visible(text))


def _scanned(order: Scan, book: Rulebook, targets: tuple[str, ...]) -> Iterator[Scanned]:
    for target in targets:
        if target == "-":
            yield Scanned("-", scan_bytes(order, book, sys.stdin.buffer))
        elif target.startswith("s3://"):
            yield from scan_bucket(order, book, target)
        elif target.startswith(("https://", "http://")):
            yield from _web(order, book, target)
        else:
            yield from scan_tree(order, book, target)


def _web(order: Scan, book: Rulebook, target: str) -> Iterator[Scanned]:
    """libcurl is loaded only for those who scan the web."""
    from scanner.cli.web_scan import scan_url

    return scan_url(order, book, target)


def _shown(rows: Iterator[Scanned], targets: tuple[str, ...], *, quiet: bool) -> Iterator[Scanned]:
    """The rows, with rate and time left on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield from rows
        return
    local = all(target != "-" and not target.startswith(("s3://", "https://", "http://")) for target in targets)
    total = sum(1 for target in targets for _ in tree(target)) if local else None
    columns = (TextColumn("scanned"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scan", total=total)
        for row in rows:
            bar.advance(task)
            yield row


class RateColumn(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        """The rate so far."""
        return Text(f"{task.speed or 0:.0f} files/s")
