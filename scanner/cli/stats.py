"""`aup stats`: measured mistakes, published: precision per rule, time to decision, backlog, overturns, appeals."""

from datetime import timedelta

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_desk import open_desk
from scanner.cli.exits import CLEAN, line
from scanner.cli.options import ONE_JSON
from scanner.cli.rules_folders import columns, visible_lines
from scanner.services.quality import Figures
from scanner.services.quality_demoting import Demoted
from scanner.wire.records import to_plain

EXAMPLES = """\b
Examples:
  aup stats
  aup stats --json | jq '.rules[] | select(.track.wrong > 0)'
"""


@click.command(epilog=EXAMPLES)
@ONE_JSON
@click.pass_context
def stats(context: click.Context, as_json: bool) -> int:
    """How well rules and reviewers did: precision with its 95 % interval, times, backlog, overturns, appeals."""
    house = open_house(context.obj(), role="cli")
    try:
        desk = open_desk(house)
        figures, demoted = desk.quality.figures(), desk.demoting.demoted()
    finally:
        house.close()
    if as_json:
        line(
            {
                **_plain(figures),
                "demoted": [to_plain(one) for one in demoted],
                "appeal_rate": figures.appeal_rate,
                "overturn_rate": figures.overturn_rate,
            }
        )
        return CLEAN
    for table in (_demoted(demoted), _rules(figures), _people(figures), _lanes(figures)):
        if len(table) > 1:
            click.echo(visible_lines("\n".join(columns(table))) + "\n")
    click.echo("; ".join(_summary(figures)))
    return CLEAN


def _plain(figures: Figures) -> dict[str, object]:
    found = to_plain(figures)
    return found if isinstance(found, dict) else {}


def _demoted(demoted: list[Demoted]) -> list[tuple[str, ...]]:
    head = ("demoted", "since", "right", "wrong", "precision", "from", "to", "why")
    rows = [
        (
            one.rule,
            f"{one.since:%Y-%m-%d %H:%M}" if one.since else "–",
            str(one.decided.right),
            str(one.decided.wrong),
            f"{one.decided.share:.3f}",
            one.was.value,
            one.now.value,
            one.why,
        )
        for one in demoted
    ]
    return [head, *rows]


def _rules(figures: Figures) -> list[tuple[str, ...]]:
    head = ("rule", "right", "wrong", "precision", "95 % interval", "escalated", "overturned")
    rows = [
        (
            one.rule or "-",
            str(one.track.right),
            str(one.track.wrong),
            f"{one.track.share:.3f}" if one.track.total else "–",
            f"{one.low:.3f}–{one.high:.3f}",
            str(one.escalated),
            str(one.overturned),
        )
        for one in figures.rules
    ]
    return [head, *rows]


def _people(figures: Figures) -> list[tuple[str, ...]]:
    head = ("reviewer", "decided", "undone", "overturned", "golden right")
    rows = [
        (p.person, str(p.decided), str(p.undone), str(p.overturned), f"{p.golden_right}/{p.golden}")
        for p in figures.people
    ]
    return [head, *rows]


def _lanes(figures: Figures) -> list[tuple[str, ...]]:
    return [("lane", "waiting", "late"), *((one.lane.value, str(one.count), str(one.late)) for one in figures.lanes)]


def _summary(figures: Figures) -> list[str]:
    times, second = figures.to_decision, figures.second
    kappa = "–" if second.kappa is None else f"{second.kappa:.2f}"
    return [
        f"decided {times.count} in 90 days, median {_length(times.median)}, 90 % within {_length(times.p90)}",
        f"second opinions {second.count}, agree {second.share:.0%}, kappa {kappa}",
        f"appeals {figures.appealed} of {figures.violating} violating decisions ({figures.appeal_rate:.1%})",
        f"overturned {figures.granted} of {figures.judged} judged ({figures.overturn_rate:.1%})",
    ]


def _length(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
