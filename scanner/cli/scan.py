"""`aup scan`: the engine by itself, on files, standard input or a bucket; no server is needed."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scanner.cli.exits import CLEAN, FINDINGS, INCOMPLETE, line, visible
from scanner.cli.local_scan import Scan, scan_bucket, scan_bytes, scan_tree
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
  curl -s https://example.com/ | aup scan -
"""


@dataclass(slots=True)
class Tally:
    """Counts for the last line."""

    words: Counter[str] = field(default_factory=Counter)
    clauses: Counter[str] = field(default_factory=Counter)
    size: int = 0
    started: float = field(default_factory=time.monotonic)
    worst: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
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
        seconds, files = max(time.monotonic() - self.started, 1e-6), sum(self.words.values())
        words = ", ".join(f"{count} {word}" for word, count in sorted(self.words.items())) or "nothing to scan"
        clauses = ", ".join(f"§{clause} {count}" for clause, count in sorted(self.clauses.items()))
        rate = f"{files} files, {self.size / 1e6:.1f} MB in {seconds:.1f} s ({files / seconds:.0f} files/s)"
        return f"{words}; {rate}" + (f"; {clauses}" if clauses else "")


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, required=True, metavar="PATH|s3://BUCKET[/PREFIX]|-...")
@click.option(
    "--rules", "rules_dir", type=click.Path(path_type=Path), help="Rules folder [default: the shipped rules]."
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
    """Scan files, folders, a bucket or standard input, and say what was found, where, and what was not read."""
    order = Scan(context.obj(), rules_dir, include, exclude, state, jobs, not no_prefilter)
    book, tally, kept = order.book(), Tally(), list[tuple[str, Verdict]]()
    for name, verdict in _shown(_verdicts(order, book, targets), quiet=as_json or as_sarif):
        tally.add(verdict)
        if as_json:
            line(verdict_record(name, verdict, book))
        elif as_sarif:
            kept.append((name, verdict))
        else:
            for text in verdict_lines(visible(name), verdict, book, verbose=verbose):
                click.echo(visible(text))
    if as_sarif:
        line(sarif(kept, book, version("aup-scanner")))
    click.echo(tally.line(), err=as_json or as_sarif)
    return tally.status(fail_on)


def _verdicts(order: Scan, book: Rulebook, targets: tuple[str, ...]) -> Iterator[tuple[str, Verdict]]:
    for target in targets:
        if target == "-":
            yield "-", judge(scan_bytes(order, book, sys.stdin.buffer), book)
        elif target.startswith("s3://"):
            for name, detection in scan_bucket(order, book, target):
                yield name, judge(detection, book)
        else:
            for name, detection in scan_tree(order, book, target):
                yield name, judge(detection, book)


def _shown(rows: Iterator[tuple[str, Verdict]], *, quiet: bool) -> Iterator[tuple[str, Verdict]]:
    """The rows, with a progress line on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield from rows
        return
    columns = (TextColumn("scanned"), BarColumn(pulse_style="dim"), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("scan", total=None)
        for row in rows:
            yield row
            bar.advance(task)
