"""What rules are worth on labelled content: recall, false rates, and what each rule alone contributes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.domain.coverage import Reach
from scanner.domain.findings import Severity
from scanner.domain.precision import Track, wilson
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection, Standing, standing_of
from scanner.rulebook.corpus import Item


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules made of one content: `judging` open a case, `strong` at severity high or above, `all` hit."""

    judging: frozenset[str]
    strong: frozenset[str]
    all: frozenset[str]
    lead: str = ""
    full: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a total, with its Wilson interval at 95 %."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound."""
        return wilson(self.count, self.total)

    def as_record(self) -> dict[str, Any]:
        """For machines."""
        low, high = self.interval
        return {"count": self.count, "total": self.total, "share": self.value, "low": low, "high": high}


@dataclass(slots=True)
class Group:
    """The contents of one kind: how many, how many flagged, flagged at high, flagged under the right clause."""

    total: int = 0
    flagged: int = 0
    strong: int = 0
    right: int = 0
    incomplete: int = 0
    clauses: Counter[str] = field(default_factory=Counter)

    def add(self, item: Item, seen: Seen, clauses: frozenset[str], strong: bool) -> None:
        """Count one content; `clauses` are those of the rules that flag it."""
        self.total += 1
        self.flagged += bool(clauses)
        self.strong += strong
        self.right += item.clause in clauses
        self.incomplete += not seen.full
        self.clauses.update(clauses)


@dataclass(slots=True)
class RuleTally:
    """One rule over the corpus: `alone` counts bad contents that no other judging rule found.

    `held_out` counts those of `right` that come from sources nobody looked at while the rules were written.
    """

    right: int = 0
    wrong: int = 0
    alone: int = 0
    held_out: int = 0

    @property
    def track(self) -> Track:
        """As a record."""
        return Track(self.right, self.wrong)


@dataclass(slots=True)
class Evaluation:
    """The tally of a corpus under one rulebook. Groups are keyed by label, kind (cat), tier and repository."""

    book: Rulebook
    groups: dict[tuple[str, str, str, str], Group] = field(default_factory=lambda: defaultdict(Group))
    rules: dict[str, RuleTally] = field(default_factory=lambda: defaultdict(RuleTally))
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[tuple[str, str, str]] = field(default_factory=list)  # (kind, name or first words, rule)
    tuned: frozenset[str] = frozenset()  # repositories that were looked at while the rules were written

    def add(self, item: Item, seen: Seen) -> None:
        """Count one content."""
        counted = {rule for rule in seen.judging if item.bad or item.counts_against(self.book.rules[rule].clause)}
        clauses = frozenset(self.book.rules[rule].clause for rule in counted)
        group = self.groups[item.label, item.cat, item.tier, item.repo]
        group.add(item, seen, clauses, bool(counted & seen.strong))
        lead = seen.lead if seen.lead in counted else next(iter(sorted(counted)), "")
        self.confusion[item.clause if item.bad else "benign", self._clause(lead)] += 1
        for rule in seen.all:
            tally = self.rules[rule]
            if item.bad:
                tally.right += 1
                tally.held_out += bool(self.tuned) and bool(item.repo) and item.repo not in self.tuned
                tally.alone += seen.judging == {rule}
            elif item.counts_against(self.book.rules[rule].clause):
                tally.wrong += 1
        self.mistakes.extend(
            (item.cat, str(item.path or item.text[:40] or item.name), rule) for rule in counted if not item.bad
        )

    def share(self, what: str, **wanted: str | Iterable[str]) -> Share:
        """`what` (flagged, strong, right, incomplete) of the groups with that label, cat, tier or repo."""
        found = list(self._matching(wanted))
        return Share(sum(getattr(group, what) for group in found), sum(group.total for group in found))

    def under(self, clause: str, **wanted: str | Iterable[str]) -> Share:
        """Contents flagged by a rule under that clause."""
        found = list(self._matching(wanted))
        return Share(sum(group.clauses[clause] for group in found), sum(group.total for group in found))

    def by(self, dimension: int) -> dict[tuple[str, str], Group]:
        """Groups summed by (label, value) of a dimension: 1 kind, 2 tier, 3 repository."""
        summed: dict[tuple[str, str], Group] = defaultdict(Group)
        for key, group in sorted(self.groups.items()):
            _pour(group, summed[key[0], key[dimension]])
        return summed

    def _clause(self, rule: str) -> str:
        found = self.book.rule(rule)
        return found.clause if found else "none"

    def _matching(self, wanted: Mapping[str, str | Iterable[str]]) -> Iterator[Group]:
        names = ("label", "cat", "tier", "repo")
        for key, group in self.groups.items():
            if all(_among(key[names.index(name)], value) for name, value in wanted.items()):
                yield group


def seen_of(detection: Detection, book: Rulebook) -> Seen:
    """What a detection amounts to under the rulebook."""
    judged = [each for each in detection.findings if standing_of(each, book) is not Standing.CLEAN]
    lead = max(judged, key=lambda each: (standing_of(each, book), each.severity, each.confidence), default=None)
    return Seen(
        judging=frozenset(each.rule for each in judged),
        strong=frozenset(each.rule for each in judged if each.severity >= Severity.HIGH),
        all=frozenset(each.rule for each in detection.findings),  # nursery and shadow count, they do not judge
        lead=lead.rule if lead else "",
        full=detection.coverage.reach is Reach.FULL,
    )


def _among(value: str, wanted: str | Iterable[str]) -> bool:
    return value == wanted if isinstance(wanted, str) else value in wanted


def _pour(group: Group, into: Group) -> None:
    for name in ("total", "flagged", "strong", "right", "incomplete"):
        setattr(into, name, getattr(into, name) + getattr(group, name))
    into.clauses.update(group.clauses)
