"""The review queue and the reviewers' diary as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, false, func, insert, not_, or_, select, update

from scanner.adapters.desk_tables import case_place, desk_note, desk_person
from scanner.adapters.sql import Database, stamp
from scanner.adapters.tables import review_case
from scanner.domain.cases import Case, CaseState, Outcome
from scanner.domain.messages import LOAD_AGAIN, OTHER_WINDOW
from scanner.domain.review_people import Preferences
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import LaneCount, Place, Queued, ReviewLane, Wanted
from scanner.errors import ConflictError
from scanner.wire.records import from_text, to_text

PLACE = case_place.c
PLAIN = ("clause", "account", "source", "rule", "state", "lane")
MOST_COUNTED = 10_000
ALIKE = {"content": ("sha256",), "account": ("account", "rule"), "words": ("likeness",)}


@dataclass(frozen=True, slots=True)
class SqlDesk:
    """It is Queue and Diary of `scanner.ports_review`."""

    database: Database

    # Queue
    def page(self, wanted: Wanted, now: datetime, limit: int, after: Place | None = None) -> list[Queued]:
        """Open cases behind the place, the highest rank first; found through an index, not by counting rows."""
        query = select(PLACE.case_id, PLACE.turn, _copies()).where(*_asked(wanted, now))
        if after is not None:
            behind = and_(PLACE.turn == after.turn, PLACE.case_id > after.case)
            query = query.where(PLACE.turn >= after.turn, or_(PLACE.turn > after.turn, behind))
        placed = query.order_by(PLACE.turn, PLACE.case_id).limit(limit).subquery()
        whole = select(placed, review_case.c.document).join(review_case, review_case.c.id == placed.c.case_id)
        with self.database.reading() as connection:
            rows = connection.execute(whole.order_by(placed.c.turn, placed.c.case_id)).mappings()
            return [_queued(row) for row in rows]

    def lanes(self, now: datetime) -> list[LaneCount]:
        """Every lane, the pressing ones first, empty ones too."""
        late = func.sum((PLACE.due_at < stamp(now)).cast(case_place.c.is_open.type))
        query = select(PLACE.lane, func.count(), late, func.min(PLACE.opened_at)).where(PLACE.is_open == 1)
        with self.database.reading() as connection:
            found = {row[0]: row for row in connection.execute(query.group_by(PLACE.lane))}
        rows = [(lane, found.get(lane.value)) for lane in ReviewLane]
        return [LaneCount(lane, *_counts(row)) for lane, row in rows]

    def alike(self, case: Case, by: str, limit: int) -> list[Case]:
        """Other cases that a decision may cover, too; the open ones first."""
        own = select(case_place).where(PLACE.case_id == case.id).subquery()
        same = [PLACE[name] == own.c[name] for name in ALIKE[by]]
        if by == "content":
            same.append(PLACE.sha256 != "")
        query = select(review_case.c.document).join(case_place, review_case.c.id == PLACE.case_id)
        query = query.join(own, and_(*same)).where(PLACE.case_id != case.id)
        return self._cases(query.order_by(PLACE.is_open.desc(), PLACE.turn).limit(limit))

    def count(self, case: Case, by: str) -> int:
        """How many cases `alike` could give, MOST_COUNTED at most; copies are counted as the queue counts them."""
        if by == "content":
            counted = select(func.max(PLACE.copies) - 1).where(PLACE.sha256 == case.sha256, PLACE.sha256 != "")
        else:
            own = select(case_place).where(PLACE.case_id == case.id).subquery()
            same = and_(*(PLACE[name] == own.c[name] for name in ALIKE[by]))
            found = select(PLACE.case_id).join(own, same).where(PLACE.case_id != case.id).limit(MOST_COUNTED)
            counted = select(func.count()).select_from(found.subquery())
        with self.database.reading() as connection:
            return int(connection.execute(counted).scalar() or 0)

    def over(self, contents: Sequence[str], limit: int) -> list[Case]:
        """Cases over any of the contents; the open ones first."""
        query = select(review_case.c.document).join(case_place, review_case.c.id == PLACE.case_id)
        query = query.where(PLACE.sha256.in_(contents), PLACE.sha256 != "")
        return self._cases(query.order_by(PLACE.is_open.desc(), PLACE.turn).limit(limit))

    def of_account(self, account: str, limit: int) -> list[Case]:
        """An account's newest cases."""
        query = select(review_case.c.document).join(case_place, review_case.c.id == PLACE.case_id)
        return self._cases(query.where(PLACE.account == account).order_by(PLACE.opened_at.desc()).limit(limit))

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """Decided cases by rule and outcome."""
        query = select(PLACE.rule, PLACE.outcome, func.count()).where(PLACE.outcome != "")
        found: dict[str, dict[str, int]] = {}
        with self.database.reading() as connection:
            for rule, outcome, count in connection.execute(query.group_by(PLACE.rule, PLACE.outcome)):
                found.setdefault(rule, {})[outcome] = count
        return found

    def record(self, rule: str) -> tuple[int, int]:
        """One rule's confirmed and overturned hits."""
        wanted = (PLACE.is_open == 0, PLACE.rule == rule, PLACE.outcome.in_(("clean", "violating")))
        query = select(PLACE.outcome, func.count()).where(*wanted).group_by(PLACE.outcome)
        with self.database.reading() as connection:
            counts: dict[str, int] = {row[0]: int(row[1]) for row in connection.execute(query)}
        return counts.get("violating", 0), counts.get("clean", 0)

    def decided(self, since: datetime, limit: int) -> list[Case]:
        """Cases decided since, the newest first."""
        query = select(review_case.c.document).join(case_place, review_case.c.id == PLACE.case_id)
        asked = (PLACE.outcome.in_(("clean", "violating")), PLACE.decided_at >= stamp(since))
        return self._cases(query.where(*asked).order_by(PLACE.decided_at.desc()).limit(limit))

    def history(self, rule: str, limit: int) -> list[tuple[datetime, Outcome]]:
        """A rule's decisions, the newest first."""
        wanted = (PLACE.is_open == 0, PLACE.rule == rule, PLACE.outcome.in_(("clean", "violating")))
        query = select(PLACE.decided_at, PLACE.outcome).where(*wanted).order_by(PLACE.decided_at.desc()).limit(limit)
        with self.database.reading() as connection:
            rows = [(_aware(row[0]), Outcome(row[1])) for row in connection.execute(query)]
        return [(at, outcome) for at, outcome in rows if at is not None]

    # Diary
    def write(self, note: Note) -> None:
        """Keep a deed."""
        row = {
            "person": note.person,
            "deed": note.deed.value,
            "case_id": note.case,
            "rule": note.rule,
            "clause": note.clause,
            "word": note.word,
            "at": stamp(note.at),
            "seconds": note.seconds,
        }
        with self.database.writing() as connection:
            connection.execute(insert(desk_note).values(**row))

    def notes(self, deeds: Sequence[Deed], since: datetime, limit: int, person: str = "") -> list[Note]:
        """Deeds of these kinds since then, the newest first."""
        query = select(desk_note).where(desk_note.c.deed.in_([deed.value for deed in deeds]))
        query = query.where(desk_note.c.at >= stamp(since))
        if person:
            query = query.where(desk_note.c.person == person)
        return self._notes(query.order_by(desk_note.c.at.desc(), desk_note.c.id.desc()).limit(limit))

    def notes_of(self, case: str) -> list[Note]:
        """Deeds about a case, the oldest first."""
        return self._notes(select(desk_note).where(desk_note.c.case_id == case).order_by(desk_note.c.id))

    def preferences(self, person: str) -> Preferences:
        """A reviewer's settings, or fresh ones (revision 0)."""
        query = select(desk_person.c.document).where(desk_person.c.person == person)
        with self.database.reading() as connection:
            document = connection.execute(query).scalar()
        return from_text(document, Preferences) if document else Preferences(person)

    def save(self, kept: Preferences) -> None:
        """Keep them; ConflictError if they were changed in another window."""
        row = {"person": kept.person, "revision": kept.revision, "document": to_text(kept)}
        before = (desk_person.c.person == kept.person, desk_person.c.revision == kept.revision - 1)
        late = ConflictError(OTHER_WINDOW(), where=kept.person, mend=LOAD_AGAIN())
        try:
            with self.database.writing() as connection:
                if kept.revision == 1:
                    connection.execute(insert(desk_person).values(**row))
                elif connection.execute(update(desk_person).where(*before).values(**row)).rowcount != 1:
                    raise late
        except ConflictError:
            raise late from None  # the database's own words are for operators

    def _cases(self, query: Any) -> list[Case]:
        with self.database.reading() as connection:
            return [from_text(document, Case) for document in connection.execute(query).scalars()]

    def _notes(self, query: Any) -> list[Note]:
        with self.database.reading() as connection:
            return [_note(row) for row in connection.execute(query).mappings()]


def _copies() -> Any:
    """How many copies there are by now: a row's own count is that of when its reach last grew."""
    other = case_place.alias("other")
    most = select(func.max(other.c.copies)).where(other.c.sha256 == PLACE.sha256, PLACE.sha256 != "")
    return func.coalesce(most.scalar_subquery(), 1).label("copies")


def _asked(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    asked = [PLACE.is_open == 1]
    asked += [PLACE[name] == getattr(wanted, name) for name in PLAIN if getattr(wanted, name)]
    if wanted.stands:
        asked += _standing(wanted.stands, now)
    if wanted.muted:
        asked.append(PLACE.clause.not_in(wanted.muted))
    if wanted.assigned == "-":
        asked.append(or_(PLACE.held_until.is_(None), PLACE.held_until <= stamp(now)))
    elif wanted.assigned:
        asked += [PLACE.holder == wanted.assigned, PLACE.held_until > stamp(now)]
    return asked


def _standing(wanted: str, now: datetime) -> list[ColumnElement[bool]]:
    """As `standing` of the domain tells it."""
    held = and_(PLACE.held_until.is_not(None), PLACE.held_until > stamp(now))
    if wanted == CaseState.CLAIMED:
        return [held]
    is_escalated = PLACE.outcome == "escalate"
    told = {CaseState.ESCALATED.value: is_escalated, CaseState.QUEUED.value: not_(is_escalated)}
    return [not_(held), told.get(wanted, false())]


def _queued(row: RowMapping) -> Queued:
    return Queued(from_text(row["document"], Case), Place(row["turn"], row["case_id"]), row["copies"])


def _counts(row: Any) -> tuple[int, int, datetime | None]:
    return (int(row[1]), int(row[2] or 0), _aware(row[3])) if row else (0, 0, None)


def _note(row: RowMapping) -> Note:
    what = (row["case_id"], row["rule"], row["clause"], row["word"])
    return Note(row["person"], Deed(row["deed"]), *what, _aware(row["at"]) or datetime.now(UTC), row["seconds"])


def _aware(moment: datetime | None) -> datetime | None:
    """SQLite gives times back without their zone; all of ours are UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
