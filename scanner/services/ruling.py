"""A rule's life: nursery → shadow → review → auto, as far as its measured precision carries it (domain.md §2)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from scanner.domain.cases import CaseState, Outcome
from scanner.domain.messages import (
    AS_WRITTEN,
    CARRIED,
    MEASURED,
    MEASURED_LOW,
    NEVER_MEASURED,
    NOT_CARRIED,
    OVERTURNED_LOW,
    OVERTURNED_OF,
)
from scanner.domain.precision import Track
from scanner.domain.rules import Rule, Rulebook, RuleStatus, digest_of
from scanner.ports import Casebook, Decisions, Rules

GATE = 0.95  # an automatic measure needs a precision above this, at 95 % confidence: 59 confirmed without an error
FINEST = 0.99  # 299 confirmed without an error: shown, and what an operator may ask for
DECIDED = (CaseState.DECIDED_CLEAN, CaseState.DECIDED_VIOLATING, CaseState.CLOSED)
PAGE = 500  # cases read at a time
MOSTLY_WRONG = 0.5  # a rule whose precision is surely below this opens no more cases


@dataclass(frozen=True, slots=True)
class Standing:
    """What a rule may do now: its status as written, as it stands, and the reason."""

    rule: Rule
    status: RuleStatus
    why: str
    decided: Track
    recorded: Track

    @property
    def demoted(self) -> bool:
        """Whether its record keeps it below what its file says."""
        return self.status is not self.rule.status


def standing(rule: Rule, recorded: Track, decided: Track, *, day_one: bool) -> Standing:
    """How far the rule's record carries it. `recorded` travels with the rules, `decided` comes from reviewers."""
    status, why = _carried(rule, recorded, decided, day_one)
    return Standing(rule, status, why, decided, recorded)


def fallen(rule: Rule, book: Rulebook, decided: tuple[int, int]) -> bool:
    """Whether overturned decisions keep a rule from acting by itself, though its file lets it."""
    recorded, field_track = Track(*book.recorded.get(rule.id, (0, 0))), Track(*decided)
    day_one = book.policy.of(rule.clause).day_one
    stands = standing(rule, recorded, field_track, day_one=day_one)
    return bool(field_track.wrong) and rule.status is RuleStatus.AUTO and stands.status is not RuleStatus.AUTO


def graded(book: Rulebook, decided: Mapping[str, tuple[int, int]]) -> Rulebook:
    """The rulebook with every status lowered to what the record carries; its digest tells it from the ungraded one."""
    found = standings(book, decided)
    lowered = {each.rule.id: replace(each.rule, status=each.status) for each in found if each.demoted}
    if not lowered:
        return book
    marks = [("book", book.digest.encode()), *((key, rule.status.encode()) for key, rule in lowered.items())]
    return replace(book, rules={**book.rules, **lowered}, digest=digest_of(marks))


def standings(book: Rulebook, decided: Mapping[str, tuple[int, int]]) -> tuple[Standing, ...]:
    """Every rule's standing."""
    return tuple(
        standing(
            rule,
            Track(*book.recorded.get(rule.id, (0, 0))),
            Track(*decided.get(rule.id, (0, 0))),
            day_one=book.policy.of(rule.clause).day_one,
        )
        for rule in book.rules.values()
    )


@dataclass(frozen=True, slots=True)
class CaseDecisions:
    """Serves the port `Decisions` from the cases themselves: what a reopened case said does not count until redone."""

    casebook: Casebook

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Confirmed and overturned hits by rule; walks all decided cases, so it is asked seldom."""
        found: dict[str, tuple[int, int]] = {}
        seen = 0
        while page := self.casebook.cases(DECIDED, PAGE, str(seen) if seen else ""):
            seen += len(page)
            for case in page:
                right, wrong = found.get(case.rule, (0, 0))
                outcome = case.decision.outcome if case.decision else None
                found[case.rule] = (right + (outcome is Outcome.VIOLATING), wrong + (outcome is Outcome.CLEAN))
        return found


@dataclass(slots=True)
class Ruling:
    """Serves the port `Rules`: the rulebook on disk, graded by what reviewers decided.

    `every`: seconds between two looks at the decisions.
    """

    rules: Rules
    decisions: Decisions
    every: float = 30.0
    monotonic: Callable[[], float] = time.monotonic
    _source: Rulebook | None = field(default=None, init=False)
    _graded: Rulebook | None = field(default=None, init=False)
    _looked: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def current(self) -> Rulebook:
        """The rulebook in force."""
        source = self.rules.current()
        with self._lock:
            now = self.monotonic()
            if self._graded is None or source is not self._source or now - self._looked >= self.every:
                fresh = graded(source, self.decisions.counts())
                if self._graded is None or fresh.digest != self._graded.digest:
                    self._graded = fresh  # the same grades stay the same object, so that nothing is built anew for them
                self._source, self._looked = source, now
            return self._graded

    @property
    def trouble(self) -> str:
        """What keeps a newer rulebook from being in force."""
        return self.rules.trouble

    def standings(self) -> tuple[Standing, ...]:
        """Every rule's standing now."""
        return standings(self.rules.current(), self.decisions.counts())


def _carried(rule: Rule, recorded: Track, decided: Track, day_one: bool) -> tuple[RuleStatus, str]:
    if rule.status in (RuleStatus.NURSERY, RuleStatus.SHADOW):
        return rule.status, AS_WRITTEN()
    if decided.total and decided.at_most < MOSTLY_WRONG:
        return RuleStatus.SHADOW, OVERTURNED_OF(wrong=decided.wrong, total=decided.total)
    if rule.status is RuleStatus.REVIEW:
        return rule.status, AS_WRITTEN()
    if decided.at_least >= GATE:
        low = f"{decided.at_least:.3f}"
        return rule.status, CARRIED(right=decided.right, wrong=decided.wrong, low=low)
    if not day_one:
        low = f"{decided.at_least:.3f}"
        return RuleStatus.REVIEW, NOT_CARRIED(right=decided.right, wrong=decided.wrong, low=low, gate=GATE)
    return _from_day_one(recorded, decided)


def _from_day_one(recorded: Track, decided: Track) -> tuple[RuleStatus, str]:
    """Clauses that may act on the evaluation's record, until decisions in the field speak against it."""
    if not recorded.total:
        return RuleStatus.REVIEW, NEVER_MEASURED()
    if recorded.share < GATE:
        return RuleStatus.REVIEW, MEASURED_LOW(share=f"{recorded.share:.3f}", gate=GATE)
    both = recorded.plus(decided)
    if decided.wrong and both.at_least < GATE:
        return RuleStatus.REVIEW, OVERTURNED_LOW(wrong=decided.wrong, low=f"{both.at_least:.3f}", gate=GATE)
    return RuleStatus.AUTO, MEASURED(right=recorded.right, wrong=recorded.wrong)
