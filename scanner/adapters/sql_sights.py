"""What is seen of the pipeline, asked of the database in bounded questions along indices."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from scanner.adapters.enforcement_table import enforcement
from scanner.adapters.intake_tables import dead_letter, pipeline_note
from scanner.adapters.known_tables import tally
from scanner.adapters.metric_rows import HIT, VERDICT, counted
from scanner.adapters.sql import Database
from scanner.adapters.sql_enforcement import PACE, begun
from scanner.adapters.tables import action, is_in, rescan, verdict
from scanner.adapters.tables import scan_request as request
from scanner.domain.actions import SLACK, ActionState
from scanner.domain.content import Subject
from scanner.domain.enforcement.notices import Delivery as NoticeState
from scanner.domain.gates import Gate
from scanner.domain.requests import Lane, RequestState
from scanner.domain.sights import BUCKETS, OTHER, RULES, TENANTS, Sight, Waiting, bounded

LANES = (Lane.UPLOADS, Lane.BULK)
MOST = 1_000_000  # counted of one backlog
EACH = 10_000  # counted of one account's
TURNS = 200  # accounts looked at
RECENT, WINDOW = 20_000, 60.0  # verdicts looked at for the rate, and over how many seconds


@dataclass(frozen=True, slots=True)
class SqlSights:
    """One database's sight."""

    database: Database

    def look(self, now: datetime) -> Sight:
        """What is seen now."""
        with self.database.reading() as connection:
            counters, notes = counted(connection), _notes(connection)
            parted = {tuple(label.split(" ")): n for (name, label), n in counters.items() if name == VERDICT}
            verdicts = {(word, clause): count for (word, clause), count in parted.items()}
            hits = {label: count for (name, label), count in counters.items() if name == HIT}
            canary = json.loads(notes.get(("canary", "last"), "{}"))
            judged_at = canary.get("at")
            return Sight(
                now,
                oldest={lane: self._oldest(connection, lane, now) for lane in LANES},
                open=dict(_open(connection)),
                tenants=tuple(one for lane in LANES for one in _tenants(connection, lane, now)),
                rate=_rate(connection, now),
                verdicts=verdicts,
                hits=bounded(hits, RULES),
                known=dict(_known(connection)),
                dead=_dead(connection),
                coverage=_coverage(connection),
                gates=Counter(str(Gate.from_text(t).mode) for (kind, _), t in notes.items() if kind == "gate"),
                costs=json.loads(notes.get(("costs", "rules"), "{}")),
                canary_seconds=float(canary.get("seconds", -1.0)),
                canary_age=(now - datetime.fromisoformat(judged_at)).total_seconds() if judged_at else -1.0,
                alarm=bool(json.loads(notes.get(("alarm", "scanning"), "{}")).get("what")),
                begun=begun(connection, now - PACE.within, now + SLACK, "", "").count,
                put_off=_put_off(connection),
            )

    def oldest(self, now: datetime) -> float:
        """How long the oldest unscanned upload waits, in seconds; 0 if none does."""
        with self.database.reading() as connection:
            return self._oldest(connection, Lane.UPLOADS, now)

    def judged_at(self, subject: Subject) -> datetime | None:
        """When the newest verdict over this version was recorded."""
        query = select(verdict.c.at).where(verdict.c.bucket == subject.bucket, verdict.c.key == subject.key)
        with self.database.reading() as connection:
            at: datetime | None = connection.execute(query.order_by(verdict.c.id.desc()).limit(1)).scalar()
        return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at

    def _oldest(self, connection: Connection, lane: Lane, now: datetime) -> float:
        """Ids are given in the order of filing, so the lowest open one is the oldest."""
        ages = [0.0]
        for state in (RequestState.OWED, RequestState.LEASED):
            query = select(func.min(request.c.id)).where(is_in(state), request.c.lane == lane)
            lowest = connection.execute(query).scalar()
            if lowest is not None:
                at = connection.execute(select(request.c.created_at).where(request.c.id == lowest)).scalar()
                ages.append(_age(at, now))
        return max(ages)


def _open(connection: Connection) -> Iterator[tuple[tuple[str, str], int]]:
    for lane in LANES:
        for state in (RequestState.OWED, RequestState.LEASED):
            some = select(request.c.id).where(is_in(state), request.c.lane == lane).limit(MOST)
            yield (str(lane), str(state)), int(_count(connection, some.subquery()))


def _tenants(connection: Connection, lane: Lane, now: datetime) -> list[Waiting]:
    """The accounts that wait longest, and all others of those looked at together."""
    found, turn = list[Waiting](), ""
    for _ in range(TURNS):
        mine = is_in(RequestState.OWED), request.c.lane == lane
        after = connection.execute(select(func.min(request.c.turn)).where(*mine, request.c.turn > turn)).scalar()
        if after is None:
            break
        turn = after
        first = select(request.c.account, request.c.created_at).where(*mine, request.c.turn == turn)
        account, at = connection.execute(first.order_by(request.c.id).limit(1)).one()
        some = select(request.c.id).where(*mine, request.c.turn == turn).limit(EACH).subquery()
        found.append(Waiting(lane, account, _count(connection, some), _age(at, now)))
    found.sort(key=lambda one: (-one.oldest, one.account))
    rest = found[TENANTS:]
    shown = found[:TENANTS]
    return [*shown, Waiting(lane, OTHER, sum(o.count for o in rest), rest[0].oldest)] if rest else shown


def _rate(connection: Connection, now: datetime) -> float:
    newest = select(verdict.c.at).order_by(verdict.c.id.desc()).limit(RECENT).subquery()
    since = select(func.count()).select_from(newest).where(newest.c.at > now - timedelta(seconds=WINDOW))
    return float(connection.execute(since).scalar() or 0) / WINDOW


def _known(connection: Connection) -> Iterator[tuple[str, int]]:
    for name, count in connection.execute(select(tally.c.name, tally.c.count).where(tally.c.scope == "")):
        yield str(name), int(count)


def _dead(connection: Connection) -> dict[str, int]:
    """Messages by cause, and actions and notices that gave up."""
    query = select(dead_letter.c.cause, func.count()).where(dead_letter.c.state == "open").group_by(dead_letter.c.cause)
    found = {f"message-{cause}": int(count) for cause, count in connection.execute(query)}
    dead = select(func.count()).select_from(action).where(action.c.state == ActionState.DEAD)
    gave_up = int(connection.execute(dead).scalar() or 0)
    untold = (enforcement.c.kind == "notice", enforcement.c.state == NoticeState.DEAD.value)
    notices = int(connection.execute(select(func.count()).select_from(enforcement).where(*untold)).scalar() or 0)
    return {**found, "action-gave-up": gave_up, "notice-gave-up": notices}


def _put_off(connection: Connection) -> int:
    waiting = select(func.count()).select_from(action).where(action.c.state == ActionState.PUT_OFF)
    return int(connection.execute(waiting).scalar() or 0)


def _coverage(connection: Connection) -> dict[str, tuple[int, int]]:
    """By bucket, from its newest finished rescan: listed, and how many of those have a verdict over their bytes."""
    query = select(rescan.c.id, rescan.c.document).where(rescan.c.state == "done")
    found: dict[str, tuple[int, int]] = {}
    for row in connection.execute(query.order_by(rescan.c.started_at.desc()).limit(1_000)):
        stated = json.loads(row.document)
        bucket = str(stated["bucket"])
        if bucket in found or stated.get("prefix") or len(found) >= BUCKETS:
            continue
        lines = select(func.sum(tally.c.count)).where(tally.c.scope == row.id, tally.c.name.startswith("scanned:"))
        scanned = int(connection.execute(lines).scalar() or 0)
        found[bucket] = (int(stated["listed"]), int(stated["cached"]) + scanned)
    return found


def _notes(connection: Connection) -> Mapping[tuple[str, str], str]:
    query = select(pipeline_note).where(pipeline_note.c.kind.in_(("gate", "alarm", "canary", "costs")))
    return {(row["kind"], row["name"]): row["document"] for row in connection.execute(query).mappings()}


def _count(connection: Connection, some: object) -> int:
    return int(connection.execute(select(func.count()).select_from(some)).scalar() or 0)  # type: ignore[arg-type]


def _age(at: datetime | None, now: datetime) -> float:
    if at is None:
        return 0.0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite gives times back without their zone
    return max(0.0, (now - aware).total_seconds())
