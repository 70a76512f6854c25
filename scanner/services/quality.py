"""Quality: blind second opinions, golden items, and the figures that show how well rules and reviewers do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, Outcome, reopen
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.messages import (
    DECIDE_IN_QUEUE,
    DECIDED_YOURSELF,
    LEAVE_IT,
    NOT_DECIDED,
    OPINION_BEFORE,
    TAKE_NEXT,
)
from scanner.domain.precision import Track, wilson
from scanner.domain.review_quality import Agreement, Deed, Note, Spread, agreement, sampled, spread
from scanner.domain.review_queue import LaneCount
from scanner.errors import ConflictError, TransitionError
from scanner.ports import Casebook, Clock, Register
from scanner.ports_enforcement import Rights
from scanner.ports_review import Diary, Queue

MOST = 20_000  # notes and appeals that figures are computed from; the newest count
WINDOW = timedelta(days=90)
SAMPLE = 0.05
LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule's record in the field: right and wrong decisions, the 95 % interval, and its overturned decisions."""

    rule: str
    track: Track
    low: float
    high: float
    escalated: int
    overturned: int


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """One reviewer's record: decisions, how many were taken back or overturned on appeal, golden items right."""

    person: str
    decided: int
    undone: int
    overturned: int
    golden: int
    golden_right: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A blind second opinion that differs from the first."""

    case: str
    rule: str
    first: str
    second: str
    by: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the quality page and `aup stats` show."""

    rules: tuple[RuleFigures, ...]
    people: tuple[PersonFigures, ...]
    lanes: tuple[LaneCount, ...]
    to_decision: Spread
    second: Agreement
    disagreements: tuple[Disagreement, ...]
    violating: int
    appealed: int
    granted: int
    judged: int

    @property
    def appeal_rate(self) -> float:
        """Appeals filed for each violating decision."""
        return self.appealed / self.violating if self.violating else 0.0

    @property
    def overturn_rate(self) -> float:
        """Granted among the judged appeals."""
        return self.granted / self.judged if self.judged else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Second opinions and figures. `share` of all decisions is looked at by a second person who does not see them."""

    queue: Queue
    diary: Diary
    rights: Rights
    casebook: Casebook
    register: Register
    clock: Clock
    share: float = SAMPLE

    def next_second(self, person: str) -> Case | None:
        """A decided case for a blind second opinion: drawn by hash or golden, by others, new to them, not muted."""
        since = self.clock.now() - WINDOW
        notes = self.diary.notes((Deed.SECOND, Deed.TRUTH, Deed.DECIDED), since, MOST)
        done = {note.case for note in notes if note.deed is Deed.SECOND and note.person == person}
        golden = {note.case for note in notes if note.deed is Deed.TRUTH}
        theirs = {note.case for note in notes if note.person == person and note.deed is not Deed.SECOND}
        muted = self.diary.preferences(person).muted
        for case in (one for one in self.queue.decided(since, LOOKED_AT) if one.clause not in muted):
            own = case.id in theirs or (case.decision is not None and case.decision.reviewer == person)
            if not own and case.id not in done and (case.id in golden or sampled(case.id, self.share)):
                return case
        return None

    def give_second(self, case_id: str, person: str, outcome: Outcome) -> bool:
        """Keep a second opinion; whether it agrees. ConflictError for a second one of the same person."""
        case, notes = self.casebook.case(case_id), self.diary.notes_of(case_id)
        if case.decision is None or case.is_open:
            raise TransitionError(NOT_DECIDED(), where=case_id, mend=DECIDE_IN_QUEUE())
        if case.decision.reviewer == person:
            raise TransitionError(DECIDED_YOURSELF(), where=case_id, mend=LEAVE_IT())
        if any(note.deed is Deed.SECOND and note.person == person for note in notes):
            raise ConflictError(OPINION_BEFORE(), where=case_id, mend=TAKE_NEXT())
        self._write(case, person, Deed.SECOND, outcome.value)
        return outcome is case.decision.outcome

    def set_truth(self, case_id: str, person: str, outcome: Outcome) -> None:
        """A lead says what is right: the case is a golden item from now on."""
        self._write(self.casebook.case(case_id), person, Deed.TRUTH, outcome.value)

    def reopen(self, case_id: str, person: str, reason: str) -> Case:
        """Put a decided case back into the queue."""
        opened = reopen(self.casebook.case(case_id))
        entry = AuditEntry(self.clock.now(), person, "case-reopened", case_id, reason, {"state": opened.state})
        self.register.commit(Change(cases=(opened,), audit=(entry,)))
        return opened

    def figures(self) -> Figures:
        """The figures of the last 90 days; a rule's precision counts all its decisions."""
        now = self.clock.now()
        notes = self.diary.notes(tuple(Deed), now - WINDOW, MOST)
        outcomes = self.queue.outcomes()
        appeals = {state: self.rights.appeals(state, MOST) for state in ("OPEN", "GRANTED", "DENIED")}
        granted, judged = appeals["GRANTED"], len(appeals["GRANTED"]) + len(appeals["DENIED"])
        pairs, apart = _second(notes)
        return Figures(
            rules=_rules(outcomes, granted),
            people=_people(notes, granted),
            lanes=tuple(self.queue.lanes(now)),
            to_decision=spread(note.seconds for note in notes if note.deed is Deed.DECIDED),
            second=agreement(pairs),
            disagreements=apart,
            violating=sum(counts.get("violating", 0) for counts in outcomes.values()) + len(_charged(granted)),
            appealed=judged + len(appeals["OPEN"]),
            granted=len(granted),
            judged=judged,
        )

    def _write(self, case: Case, person: str, deed: Deed, word: str) -> None:
        self.diary.write(Note(person, deed, case.id, case.rule, case.clause, word, self.clock.now()))


def _rules(outcomes: Mapping[str, Mapping[str, int]], granted: Sequence[Appeal]) -> tuple[RuleFigures, ...]:
    """The worst first: those whose precision may be lowest."""
    overturned = Counter(appeal.charged for appeal in granted if appeal.charged)
    found = []
    for rule, counts in outcomes.items():
        track = Track(counts.get("violating", 0), counts.get("clean", 0))
        low, high = wilson(track.right, track.total)
        found.append(RuleFigures(rule, track, low, high, counts.get("escalate", 0), overturned[rule]))
    return tuple(sorted(found, key=lambda one: (one.track.share if one.track.total else 1.0, one.rule)))


def _people(notes: Sequence[Note], granted: Sequence[Appeal]) -> tuple[PersonFigures, ...]:
    """By name; an overturned decision is charged to whoever decided the case violating last."""
    truth = {note.case: note.word for note in reversed(notes) if note.deed is Deed.TRUTH}
    decided = Counter(note.person for note in notes if note.deed is Deed.DECIDED)
    undone = Counter(note.person for note in notes if note.deed is Deed.UNDONE)
    asked = [note for note in notes if note.deed is Deed.SECOND and note.case in truth]
    golden, right = Counter(n.person for n in asked), Counter(n.person for n in asked if n.word == truth[n.case])
    wrong = Counter(_decider(notes, appeal) for appeal in _charged(granted))
    names = sorted({*decided, *golden})
    return tuple(PersonFigures(who, decided[who], undone[who], wrong[who], golden[who], right[who]) for who in names)


def _decider(notes: Sequence[Note], appeal: Appeal) -> str:
    made = (n for n in notes if n.deed is Deed.DECIDED and n.case == appeal.case and n.word == Outcome.VIOLATING)
    return next((note.person for note in made), "")


def _charged(granted: Sequence[Appeal]) -> list[Appeal]:
    return [appeal for appeal in granted if appeal.charged]


def _second(notes: Sequence[Note]) -> tuple[list[tuple[str, str]], tuple[Disagreement, ...]]:
    """First and second opinions side by side; the first is the newest decision before the second opinion."""
    pairs, apart = list[tuple[str, str]](), list[Disagreement]()
    for note in notes:
        if note.deed is not Deed.SECOND:
            continue
        first = _first_before(notes, note.case, note.at)
        if first:
            pairs.append((first, note.word))
            if first != note.word:
                apart.append(Disagreement(note.case, note.rule, first, note.word, note.person))
    return pairs, tuple(apart)


def _first_before(notes: Sequence[Note], case: str, at: datetime) -> str:
    found = (note for note in notes if note.deed is Deed.DECIDED and note.case == case and note.at <= at)
    return next((note.word for note in found), "")
