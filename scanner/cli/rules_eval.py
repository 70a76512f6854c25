"""`aup rules eval`: what the rules are worth on labelled content."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.cli.evaluating import compared, evaluate_items, items_of
from scanner.cli.exits import CLEAN, line
from scanner.cli.options import JSON
from scanner.cli.rules_folders import OVERLAY, RULES, columns, folders_of, visible_lines
from scanner.domain.rules import Rulebook
from scanner.rulebook.cost import measure
from scanner.rulebook.evaluation import Evaluation, Group, Share
from scanner.rulebook.precisionfile import NAME, render_precision
from scanner.rulebook.samples import read_samples
from scanner.rulebook.sources import read_sources

EXAMPLES = """\b
Examples:
  aup rules eval CORPUS
  aup rules eval CORPUS/manifest.jsonl --only webshell --only webapp --mistakes
  aup rules eval ../shared/data/text_lines.jsonl.gz --json
  aup rules eval CORPUS --compare /tmp/yara-rules
  aup rules eval CORPUS ../shared/data/text_lines.jsonl.gz --record
A manifest line holds path, label (malicious or benign), clause, and as far as known cat, tier, split and repo.
"""
SLOWEST = 10  # rules shown of the cost table
DIMENSIONS = ((1, "kind"), (2, "tier"), (3, "repository"))


@click.command("eval", epilog=EXAMPLES)
@click.argument("corpora", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CORPUS_OR_MANIFEST...")
@RULES
@OVERLAY
@click.option("--compare", type=click.Path(exists=True, path_type=Path), help="Another rules folder, or any YARA set.")
@click.option("--only", multiple=True, help="Only contents of this kind (cat); repeatable.")
@click.option("--tuned-on", type=click.Path(exists=True, path_type=Path), help="Repositories the rules were tuned on.")
@click.option("--mistakes", is_flag=True, help="Name every harmless content that was flagged.")
@click.option("--record", is_flag=True, help=f"Write what was measured of each rule to {NAME} in the rules folder.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@JSON
@click.pass_context
def evaluate(
    context: click.Context,
    corpora: tuple[Path, ...],
    rules_dir: Path | None,
    overlay: Path | None,
    compare: Path | None,
    only: tuple[str, ...],
    tuned_on: Path | None,
    mistakes: bool,
    record: bool,
    jobs: int,
    as_json: bool,
) -> int:
    """Recall, false rates with their 95 % intervals, confusion, and what each rule alone contributes."""
    folders = folders_of(context, rules_dir, overlay)
    kinds = frozenset(only)
    tuned = frozenset(tuned_on.read_text(encoding="utf-8").split()) if tuned_on else frozenset[str]()
    found = evaluate_items(folders, items_of(corpora, kinds), jobs, tuned)
    slowest = slowest_rules(found.book, folders.rules)
    if as_json:
        for row in records(found, tuned):
            line(row)
        for rule, cost in slowest:
            line({"by": "cost", "rule": rule, "us_per_10kb": round(cost, 1)})
    else:
        click.echo(visible_lines("\n".join(report(found, tuned, mistakes=mistakes))))
        rows = [(f"{cost:.1f}", rule) for rule, cost in slowest[:SLOWEST]]
        click.echo("\n".join(columns([("µs per 10 KB", "slowest rules, each alone"), *rows])))
    if compare is not None:
        with compared(compare) as others:
            _compare(found, evaluate_items(others, items_of(corpora, kinds), jobs), as_json)
    if record:
        record_precision(found, folders.rules)
        click.echo(f"wrote {folders.rules / NAME}", err=as_json)
    return CLEAN


def slowest_rules(book: Rulebook, rules: Path) -> list[tuple[str, float]]:
    """Every YARA rule's cost on the harmless samples, the dearest first."""
    samples, _ = read_samples(read_sources(rules))
    return sorted(measure(book, samples).rules.items(), key=lambda pair: -pair[1])


def record_precision(found: Evaluation, rules: Path) -> None:
    """Keep what was measured of each rule with the rules."""
    bad, good = (found.share("flagged", label=label).total for label in ("malicious", "benign"))
    tracks = {rule: tally.track for rule, tally in found.rules.items()}
    today, measured_on = datetime.now(UTC).date().isoformat(), f"{bad} malicious, {good} benign contents"
    apart = {rule: tally.held_out for rule, tally in found.rules.items()} if found.tuned else None
    page = render_precision(tracks, found.book.rules, date=today, measured_on=measured_on, held_out=apart)
    (rules / NAME).write_text(page, encoding="utf-8")


def report(found: Evaluation, tuned: frozenset[str], *, mistakes: bool = False) -> Iterator[str]:
    """The tables for people."""
    for dimension, name in DIMENSIONS:
        head = ("", name, "contents", "flagged", "rate", "95 % interval", "at high", "right clause", "not fully read")
        rows = [_row(label, value, group) for (label, value), group in found.by(dimension).items() if value]
        yield from [*columns([head, *rows]), ""] if rows else []
    yield from _sources(found, tuned)
    yield from columns([("of clause", "led by a rule of", "contents"), *_confusion(found)])
    yield ""
    yield from columns([("rule", "right", "wrong", "alone", "precision ≥"), *_rules(found)])
    if mistakes:
        yield ""
        yield from columns([("flagged harmless content", "kind", "rule"), *((n, k, r) for k, n, r in found.mistakes)])


def records(found: Evaluation, tuned: frozenset[str]) -> Iterator[dict[str, object]]:
    """The same for machines."""
    for dimension, name in DIMENSIONS:
        for (label, value), group in found.by(dimension).items():
            yield {"by": name, "label": label, name: value, **_figures(group)}
    for where, share in in_and_cross(found, tuned):
        yield {"by": "source", "source": where, "recall": share.as_record()}
    for (truth, lead), count in sorted(found.confusion.items()):
        yield {"by": "confusion", "clause": truth, "led_by": lead, "count": count}
    for rule, tally in sorted(found.rules.items()):
        yield {"by": "rule", "rule": rule, "right": tally.right, "wrong": tally.wrong, "alone": tally.alone}


def in_and_cross(found: Evaluation, tuned: frozenset[str]) -> list[tuple[str, Share]]:
    """Recall on repositories that the rules were tuned on, and on all others."""
    repos = {key[3] for key in found.groups if key[0] == "malicious"}
    kinds = (("in-source", repos & tuned), ("cross-source", repos - tuned))
    return [(name, found.share("flagged", label="malicious", repo=chosen)) for name, chosen in kinds if tuned]


def _sources(found: Evaluation, tuned: frozenset[str]) -> Iterator[str]:
    for name, share in in_and_cross(found, tuned):
        yield f"{name:<13} {percent(share)} of {share.total} found"
        yield ""


def _compare(ours: Evaluation, theirs: Evaluation, as_json: bool) -> None:
    if as_json:
        for key, group in theirs.by(1).items():
            line({"by": "compare", "label": key[0], "kind": key[1], **_figures(group)})
    else:
        click.echo(visible_lines("\n".join(side_by_side(ours, theirs))))


def side_by_side(ours: Evaluation, theirs: Evaluation) -> Iterator[str]:
    """Two rule sets over the same content, kind by kind, and the noisiest rules of the other."""
    other = theirs.by(1)
    rows = [
        (*key, str(group.total), percent(Share(group.flagged, group.total)), percent(_flagged(other[key])))
        for key, group in ours.by(1).items()
        if key in other
    ]
    yield from columns([("", "kind", "contents", "these rules", "the others"), *rows])
    noisy = sorted(((tally.wrong, rule) for rule, tally in theirs.rules.items() if tally.wrong), reverse=True)
    yield from columns([("wrong", "noisiest rules of the others"), *((str(n), rule) for n, rule in noisy[:SLOWEST])])


def _flagged(group: Group) -> Share:
    return Share(group.flagged, group.total)


def percent(share: Share) -> str:
    """A share with its interval, for people."""
    low, high = share.interval
    return f"{share.value:.2%} ({low:.2%}–{high:.2%})"


def _row(label: str, value: str, group: Group) -> tuple[str, ...]:
    share = _flagged(group)
    low, high = share.interval
    right = f"{Share(group.right, group.total).value:.2%}" if label == "malicious" else ""
    return (
        label,
        value,
        str(group.total),
        str(group.flagged),
        f"{share.value:.2%}",
        f"{low:.2%}–{high:.2%}",
        str(group.strong),
        right,
        str(group.incomplete),
    )


def _figures(group: Group) -> dict[str, object]:
    return {
        **_flagged(group).as_record(),
        "at_high": group.strong,
        "right_clause": group.right,
        "not_fully_read": group.incomplete,
        "clauses": dict(group.clauses),
    }


def _confusion(found: Evaluation) -> list[tuple[str, ...]]:
    return [(truth, lead or "none", str(count)) for (truth, lead), count in sorted(found.confusion.items())]


def _rules(found: Evaluation) -> list[tuple[str, ...]]:
    ranked = sorted(found.rules.items(), key=lambda pair: (-pair[1].wrong, -pair[1].alone, pair[0]))
    return [
        (rule, str(each.right), str(each.wrong), str(each.alone), f"{each.track.at_least:.3f}") for rule, each in ranked
    ]
