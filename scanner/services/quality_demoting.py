"""Rules that reviewers' decisions have demoted: since when, by which figures, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.cases import Outcome
from scanner.domain.precision import Track, wilson
from scanner.domain.rules import Rule, Rulebook, RuleStatus
from scanner.ports_review import Queue
from scanner.services.ruling import Standing, standing, standings

LOOKED_AT = 5_000  # newest decisions of a rule that its fall is looked for in
MOST_STEPS = 300  # times that its standing is worked out anew


@dataclass(frozen=True, slots=True)
class Demoted:
    """A rule below what its file says. `since` is the decision that brought it there; `low`, `high`: 95 % interval."""

    rule: str
    was: RuleStatus
    now: RuleStatus
    since: datetime | None
    decided: Track
    low: float
    high: float
    why: str


@dataclass(frozen=True, slots=True)
class Demoting:
    """Reads what decisions did to rules. `written`: the rulebook as its files say, before decisions lower anything."""

    written: Callable[[], Rulebook]
    queue: Queue

    def standings(self) -> dict[str, Standing]:
        """Every rule that was decided about, by what the decisions and its own record carry."""
        outcomes = self.queue.outcomes()
        decided = {rule: (counts.get("violating", 0), counts.get("clean", 0)) for rule, counts in outcomes.items()}
        return {one.rule.id: one for one in standings(self.written(), decided) if one.rule.id in decided}

    def demoted(self) -> list[Demoted]:
        """Those that fell by decisions against them, the latest first."""
        fallen = [one for one in self.standings().values() if one.demoted and one.decided.wrong]
        told = [self._told(one) for one in fallen]
        return sorted(told, key=lambda one: (one.since is None, -(one.since.timestamp() if one.since else 0), one.rule))

    def _told(self, one: Standing) -> Demoted:
        low, high = wilson(one.decided.right, one.decided.total)
        since = self._since(one.rule, one.decided)
        return Demoted(one.rule.id, one.rule.status, one.status, since, one.decided, low, high, one.why)

    def _since(self, rule: Rule, track: Track) -> datetime | None:
        """The decision with which the rule fell for good: walked back from the newest one until it still stood."""
        book, since = self.written(), None
        recorded, day_one = Track(*book.recorded.get(rule.id, (0, 0))), book.policy.of(rule.clause).day_one
        for at, outcome, before in _backwards(self.queue.history(rule.id, LOOKED_AT), track):
            if outcome is not Outcome.CLEAN:
                continue  # a confirmed hit lets no rule fall
            since = at
            if not standing(rule, recorded, before, day_one=day_one).demoted:
                break
        return since


def _backwards(decisions: Sequence[tuple[datetime, Outcome]], track: Track) -> list[tuple[datetime, Outcome, Track]]:
    """Each decision, the newest first, with the record as it was before it; those against the rule are bounded."""
    found, against = [], 0
    for at, outcome in decisions:
        wrong = outcome is Outcome.CLEAN
        track = Track(track.right - (not wrong), track.wrong - wrong)
        found.append((at, outcome, track))
        against += wrong
        if against >= MOST_STEPS:
            break
    return found
