"""`aup rules stats`: how every rule stands, by what was measured and what reviewers decided."""

from collections.abc import Mapping
from pathlib import Path

import click

from scanner.bootstrap import load_rulebook, open_house
from scanner.cli.exits import CLEAN, line
from scanner.cli.options import JSON
from scanner.cli.rules_folders import OVERLAY, RULES, columns, folders_of, settings_of, visible_lines
from scanner.rulebook.cost import measure
from scanner.rulebook.samples import read_samples
from scanner.rulebook.sources import read_sources
from scanner.services.ruling import GATE, CaseDecisions, Standing, standings
from scanner.settings import Settings

EXAMPLES = """\b
Examples:
  aup rules stats
  aup rules stats --cost --json | jq 'select(.us_per_10kb > 20)'
"""


@click.command(epilog=EXAMPLES)
@RULES
@OVERLAY
@JSON
@click.option("--cost", is_flag=True, help="Measure each YARA rule on the harmless samples, too.")
@click.pass_context
def stats(context: click.Context, rules_dir: Path | None, overlay: Path | None, as_json: bool, cost: bool) -> int:
    """Each rule's status as written and as it stands: confirmed, overturned, its precision's bound, its cost."""
    folders = folders_of(context, rules_dir, overlay)
    book = load_rulebook(folders.rules, folders.overlay)
    decided = decisions_of(settings_of(context))
    samples, _ = read_samples(read_sources(folders.rules))
    costs = measure(book, samples).rules if cost else {}
    found = sorted(standings(book, decided), key=lambda each: (not each.demoted, -each.decided.total, each.rule.id))
    if as_json:
        for each in found:
            line(_record(each, costs))
        return CLEAN
    head = ("rule", "written", "stands", "confirmed", "overturned", "precision ≥", "evaluation", "µs/10 KB", "because")
    rows = [_row(each, costs) for each in found]
    click.echo(visible_lines("\n".join(columns([head, *rows]))))
    demoted = sum(each.demoted for each in found)
    click.echo(f"{len(found)} rules, {demoted} held below their written status (an automatic measure needs ≥ {GATE})")
    return CLEAN


def decisions_of(settings: Settings) -> Mapping[str, tuple[int, int]]:
    """What reviewers decided by rule; nothing where there is no database yet."""
    if not settings.database_url and not (settings.state / "aup.sqlite3").exists():
        return {}
    house = open_house(settings, role="cli")
    try:
        return CaseDecisions(house.casebook).counts()
    finally:
        house.close()


def _row(each: Standing, costs: Mapping[str, float]) -> tuple[str, ...]:
    cost = costs.get(each.rule.id)
    return (
        each.rule.id,
        each.rule.status,
        each.status,
        str(each.decided.right),
        str(each.decided.wrong),
        f"{each.decided.at_least:.3f}" if each.decided.total else "",
        f"{each.recorded.right}:{each.recorded.wrong}" if each.recorded.total else "–",
        "" if cost is None else f"{cost:.1f}",
        each.why,
    )


def _record(each: Standing, costs: Mapping[str, float]) -> dict[str, object]:
    cost = costs.get(each.rule.id)
    return {
        "rule": each.rule.id,
        "written": each.rule.status,
        "stands": each.status,
        "why": each.why,
        "confirmed": each.decided.right,
        "overturned": each.decided.wrong,
        "precision_at_least": each.decided.at_least,
        "measured_right": each.recorded.right,
        "measured_wrong": each.recorded.wrong,
        "us_per_10kb": None if cost is None else round(cost, 1),
    }
