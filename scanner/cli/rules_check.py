"""`aup rules check` and `aup rules lint`: the gate."""

from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli.exits import CLEAN, FINDINGS, line
from scanner.cli.options import JSON
from scanner.cli.rules_folders import OVERLAY, RULES, columns, eyes_of, folders_of, visible_lines
from scanner.rulebook.check import LINTS, Report, check_rules
from scanner.rulebook.lint import Lint
from scanner.rulebook.problems import Level, Problem, render_all

EXAMPLES = """\b
Examples:
  aup rules check
  aup rules check --rules ./rules --quick
  aup rules check --costs
  aup rules check --overlay /etc/aup/rules --json | jq .message
"""


@click.command(epilog=EXAMPLES)
@RULES
@OVERLAY
@JSON
@click.option("--quick", is_flag=True, help="Leave out what is measured: cost and crafted bytes.")
@click.option("--strict", is_flag=True, help="Warnings refuse the rules, too.")
@click.option("--costs", is_flag=True, help="Print what each rule and pack costs.")
@click.pass_context
def check(
    context: click.Context,
    rules_dir: Path | None,
    overlay: Path | None,
    as_json: bool,
    quick: bool,
    strict: bool,
    costs: bool,
) -> int:
    """The gate: schema, clauses, ceilings, ids, samples, slow constructs, and what every rule costs."""
    folders = folders_of(context, rules_dir, overlay)
    report = check_rules(folders.rules, eyes_of, folders.overlay, quick=quick)
    levels = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
    refusing = sum(each.level in levels for each in report.problems)
    for text in _as_lines(report, costs) if not as_json else ():
        click.echo(visible_lines(text))
    for record in _as_records(report, costs) if as_json else ():
        line(record)
    count = len(report.book.rules) if report.book else 0
    if as_json:
        line({"holds": not refusing, "rules": count, "samples": report.samples, "problems": len(report.problems)})
    else:
        warnings = len(report.problems) - len(report.errors)
        verdict = f"refused: {len(report.errors)} errors" if refusing else "the rules hold"
        click.echo(f"{verdict}; {warnings} warnings; {count} rules, {report.samples} samples")
    return FINDINGS if refusing else CLEAN


@click.command()
@JSON
@click.option("--list", "list_them", is_flag=True, help="List every lint (which is all that this command does).")
def lint(as_json: bool, list_them: bool) -> int:
    """What `aup rules check` looks at: every lint with its level and why it stands."""
    if as_json:
        for each in LINTS:
            line({"lint": each.name, "level": each.level, "finds": _finds(each), "why": each.recommendation})
        return CLEAN
    rows = [(each.name, each.level, _finds(each), each.recommendation) for each in LINTS]
    click.echo("\n".join(columns([("lint", "level", "what it finds", "why"), *rows])))
    click.echo(f"{len(LINTS)} lints" if list_them else f"{len(LINTS)} lints; `aup rules check` runs them")
    return CLEAN


def _finds(each: Lint) -> str:
    return (each.look.__doc__ or "").strip().split("\n")[0].rstrip(".")


def _as_lines(report: Report, costs: bool) -> Iterator[str]:
    if report.problems:
        yield render_all(report.problems, report.texts) + "\n"
    if costs and report.costs:
        dearest = sorted(report.costs.rules.items(), key=lambda pair: -pair[1])
        yield "\n".join(columns([("µs per 10 KB", "rule"), *((f"{cost:.1f}", rule) for rule, cost in dearest)])) + "\n"
        packs = sorted(report.costs.packs.items(), key=lambda pair: -pair[1])
        yield "\n".join(columns([("µs per 10 KB", "pack"), *((f"{cost:.1f}", pack) for pack, cost in packs)])) + "\n"


def _as_records(report: Report, costs: bool) -> Iterator[dict[str, object]]:
    for each in sorted(report.problems, key=lambda each: (each.file, each.line)):
        yield problem_record(each)
    if costs and report.costs:
        for kind, table in (("rule", report.costs.rules), ("pack", report.costs.packs)):
            yield from ({kind: name, "us_per_10kb": round(cost, 1)} for name, cost in table.items())


def problem_record(each: Problem) -> dict[str, object]:
    """One problem for machines."""
    return {
        "level": each.level,
        "lint": each.lint,
        "file": each.file,
        "line": each.line,
        "column": each.column,
        "key": each.key,
        "message": each.message,
        "mend": each.mend,
    }
