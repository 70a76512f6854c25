"""`aup rules list` and `aup rules explain`."""

from collections.abc import Iterator
from pathlib import Path

import click

from scanner.bootstrap_local import load_rulebook
from scanner.cli.exits import CLEAN, line
from scanner.cli.options import JSON
from scanner.cli.rules_folders import OVERLAY, RULES, Folders, columns, folders_of, visible_lines
from scanner.domain.clauses import Ceiling
from scanner.domain.precision import Track
from scanner.domain.rules import Rule, Rulebook, RuleStatus
from scanner.errors import UsageError
from scanner.rulebook.samples import Specimen, read_samples
from scanner.rulebook.sources import read_sources

LIST_EXAMPLES = """\b
Examples:
  aup rules list
  aup rules list --clause 3.1.3.7 --status auto
  aup rules list --json | jq -r .id
"""
EXPLAIN_EXAMPLES = """\b
Examples:
  aup rules explain webshell.php-eval-request
  aup rules explain webshell.php-eval-request --json
"""


@click.command("list", epilog=LIST_EXAMPLES)
@RULES
@OVERLAY
@JSON
@click.option("--clause", help="Only rules under this clause, or below it.")
@click.option("--status", type=click.Choice([each.value for each in RuleStatus]), help="Only rules of this status.")
@click.pass_context
def list_rules(
    context: click.Context,
    rules_dir: Path | None,
    overlay: Path | None,
    as_json: bool,
    clause: str | None,
    status: str | None,
) -> int:
    """All rules, most severe first."""
    folders = folders_of(context, rules_dir, overlay)
    book = load_rulebook(folders.rules, folders.overlay)
    found = [rule for rule in _ranked(book) if _under(rule, clause, book) and status in (None, rule.status.value)]
    if as_json:
        for rule in found:
            line(rule_record(rule))
        return CLEAN
    head = ("severity", "clause", "rule", "engine", "confidence", "ceiling", "status", "what it sees")
    for text in columns([head, *(_row(rule) for rule in found)]):
        click.echo(visible_lines(text))
    aside = f", {len(book.broken)} files set aside" if book.broken else ""
    click.echo(f"{len(found)} of {len(book.rules)} rules{aside}; rulebook {book.digest[:12]}")
    return CLEAN


@click.command(epilog=EXPLAIN_EXAMPLES)
@click.argument("rule_id", metavar="RULE")
@RULES
@OVERLAY
@JSON
@click.pass_context
def explain(context: click.Context, rule_id: str, rules_dir: Path | None, overlay: Path | None, as_json: bool) -> int:
    """What a rule sees, under which clause it stands, and what a hit leads to."""
    folders = folders_of(context, rules_dir, overlay)
    book = load_rulebook(folders.rules, folders.overlay)
    rule = rule_named(book, rule_id)
    if as_json:
        clause = book.agreement.clause(rule.clause)
        line({**rule_record(rule), "zh": clause.zh, "en": clause.en, "leads_to": leads_to(rule, book)})
        return CLEAN
    for text in _explained(rule, book, folders):
        click.echo(visible_lines(text))
    return CLEAN


def rule_named(book: Rulebook, rule_id: str) -> Rule:
    """The rule of that id; UsageError with the nearest ids."""
    rule = book.rule(rule_id)
    if rule is None:
        near = [each for each in book.rules if rule_id.split(".")[0] in each][:5]
        raise UsageError(f"no rule {rule_id!r}", mend=f"perhaps {', '.join(near)}" if near else "see `aup rules list`")
    return rule


def rule_record(rule: Rule) -> dict[str, object]:
    """A rule as plain values."""
    return {
        "id": rule.id,
        "engine": rule.kind,
        "clause": rule.clause,
        "severity": rule.severity.name.lower(),
        "confidence": rule.confidence.name.lower(),
        "ceiling": rule.ceiling.name.lower(),
        "status": rule.status,
        "lane": rule.lane,
        "description": rule.description,
        "author": rule.author,
        "reference": rule.reference,
        "revision": rule.revision,
        "file": rule.file,
        "line": rule.line,
        "pack": rule.pack,
        "pack_version": rule.pack_version,
    }


def leads_to(rule: Rule, book: Rulebook) -> str:
    """What one hit leads to, in words."""
    if rule.status is RuleStatus.NURSERY:
        return "it is counted, nothing else (nursery)"
    if rule.status is RuleStatus.SHADOW:
        return "it is recorded on the verdict, no case is opened (shadow)"
    policy = book.policy.of(rule.clause)
    ceiling = min(rule.ceiling, policy.ceiling, book.agreement.clause(rule.clause).ceiling)
    if rule.severity < policy.review_at or ceiling is Ceiling.RECORD:
        return "it is recorded on the verdict, no case is opened (severity or ceiling)"
    acts = rule.status is RuleStatus.AUTO and ceiling > Ceiling.REVIEW and rule.severity >= policy.suspend_at
    if not acts:
        return f"a person decides within {policy.sla_hours} h; nothing is done before"
    gate = "the precision measured with its pack" if policy.day_one else "59 confirmed decisions without an error"
    measure = "throttled" if ceiling is Ceiling.THROTTLE else "suspended, reversibly"
    return f"the object is {measure} while {gate} (or better) carries it; a person looks within {policy.sla_hours} h"


def _ranked(book: Rulebook) -> list[Rule]:
    return sorted(book.rules.values(), key=lambda rule: (-rule.severity, rule.clause, rule.id))


def _under(rule: Rule, clause: str | None, book: Rulebook) -> bool:
    if clause is None:
        return True
    if clause not in book.agreement.clauses:
        raise UsageError(f"unknown clause {clause!r}", mend=f"use one of {', '.join(book.agreement.clauses)}")
    return rule.clause == clause or rule.clause.startswith(clause + ".")


def _row(rule: Rule) -> tuple[str, ...]:
    grades = (rule.confidence.name.lower(), rule.ceiling.name.lower())
    seen = rule.description if len(rule.description) <= 70 else rule.description[:69] + "…"
    return (rule.severity.name.lower(), f"§{rule.clause}", rule.id, rule.kind, *grades, rule.status, seen)


def _explained(rule: Rule, book: Rulebook, folders: Folders) -> Iterator[str]:
    clause = book.agreement.clause(rule.clause)
    track = Track(*book.recorded.get(rule.id, (0, 0)))
    yield f"{rule.id}  ({rule.kind}, {rule.file}:{rule.line}, revision {rule.revision})"
    yield f"  {rule.description}"
    yield f"  clause      §{rule.clause} {clause.en}"
    yield f"              {clause.zh}"
    grades = (rule.severity.name, rule.confidence.name, rule.ceiling.name)
    yield "  grades      severity {}, confidence {}, ceiling {}".format(*(grade.lower() for grade in grades))
    yield f"  status      {rule.status}, asked of: {rule.lane}"
    yield f"  a hit       {leads_to(rule, book)}"
    if track.total:
        yield f"  measured    {track.right} right, {track.wrong} wrong; precision ≥ {track.at_least:.3f} at 95 %"
    else:
        yield "  measured    not yet (`aup rules eval --record`)"
    yield f"  author      {rule.author or '–'}; reference {rule.reference or '–'}"
    for specimen in _samples(rule, folders):
        yield f"  {'must hit' if specimen.kind == 'hit' else 'must miss':<11} {specimen.name}: {specimen.origin}"
    yield from (f"    | {text}" for text in _source(rule, book))


def _samples(rule: Rule, folders: Folders) -> list[Specimen]:
    found, _ = read_samples(read_sources(folders.rules))
    return [specimen for specimen in found if specimen.rule == rule.id]


def _source(rule: Rule, book: Rulebook) -> list[str]:
    """The rule's own text: from its line to where the next rule begins."""
    files = (*book.yara, *book.keywords, *book.scorers)
    text = next((file.text for file in files if file.path == rule.file), "")
    starts = sorted(other.line for other in book.rules.values() if other.file == rule.file and other.line > rule.line)
    rows = text.split("\n")[rule.line - 1 : starts[0] - 1 if starts else None]
    while rows and not rows[-1].strip():
        rows.pop()
    return rows if len(rows) <= 80 else [*rows[:80], f"… {len(rows) - 80} more lines in {rule.file}"]
