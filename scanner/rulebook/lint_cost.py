"""Lints over what rules cost: measured on the harmless samples and on bait, not guessed."""

from collections.abc import Iterator

from scanner.rulebook.cost import BAIT_SECONDS, slow_on_bait
from scanner.rulebook.lint import Lint
from scanner.rulebook.problems import Level, Problem
from scanner.rulebook.workbench import Workbench, problem_at

RULE_BUDGET = 120.0  # µs per 10 KB of the harmless samples, one rule alone
PACK_BUDGET = 400.0  # µs per 10 KB, all rules of a folder or keyword pack together


def over_budget(bench: Workbench) -> Iterator[Problem]:
    """A rule that costs more than its share."""
    for rule_id, cost in bench.costs.rules.items():
        rule = bench.book.rules[rule_id]
        if cost > RULE_BUDGET and rule in bench.own:
            what = f"costs {cost:.0f} µs per 10 KB, the budget is {RULE_BUDGET:.0f}"
            yield problem_at(rule, what, "give its strings rarer fixed bytes, or bound its repeats")


def pack_over_budget(bench: Workbench) -> Iterator[Problem]:
    """A folder that costs more than its share."""
    for name, cost in bench.costs.packs.items():
        if cost > PACK_BUDGET and "/imported/" not in name:
            what = f"costs {cost:.0f} µs per 10 KB together, the budget is {PACK_BUDGET:.0f}"
            yield Problem(Level.WARNING, name, 0, 0, "", what, "see `aup rules stats --cost` for the dearest rules")


def baited(bench: Workbench) -> Iterator[Problem]:
    """A rule that crafted bytes hold up."""
    for rule_id, bait in slow_on_bait(bench.book):
        which = "was killed" if bait < 0 else f"bait {bait}"
        what = f"takes over {BAIT_SECONDS:.0f} s on 64 KB of crafted bytes ({which})"
        yield problem_at(bench.book.rules[rule_id], what, "bound its repeats; begin its strings with fixed bytes")


LINTS = (
    Lint(
        "over-budget", Level.WARNING, "Every file of every customer pays for it; a busy machine says more.", over_budget
    ),
    Lint(
        "pack-over-budget",
        Level.WARNING,
        "Packs run together on every file.",
        pack_over_budget,
    ),
    Lint("slow-on-bait", Level.ERROR, "Whoever uploads chooses the bytes.", baited),
)
