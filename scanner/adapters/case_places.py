"""Where each case stands in the queue, written in the transaction that writes the case."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from scanner.adapters.desk_tables import case_place as table
from scanner.adapters.sql import stamp
from scanner.domain.cases import Case
from scanner.domain.review_queue import DOUBLING, lane_of, likeness, reach, turn


def save_places(connection: Connection, cases: Iterable[Case]) -> None:
    """Write the places of changed cases; a new copy of a content brings its other open cases forward with it."""
    for case in cases:
        if case.revision == 1:
            copies = 1 + _copies(connection, case.sha256)
            row = {"case_id": case.id, "turn": turn(case, copies), "copies": copies, **place_row(case)}
            connection.execute(insert(table).values(**row))
            _bring_forward(connection, case, copies)
        else:
            connection.execute(update(table).where(table.c.case_id == case.id).values(**place_row(case)))


def place_row(case: Case) -> dict[str, Any]:
    """The columns that follow from the case alone."""
    made, held = case.decision, case.claim
    return {
        "is_open": int(case.is_open),
        "state": case.state.value,
        "lane": lane_of(case).value,
        "clause": case.clause,
        "rule": case.rule,
        "source": case.source,
        "account": case.subject.account,
        "sha256": case.sha256,
        "likeness": likeness(case),
        "opened_at": stamp(case.opened_at),
        "due_at": stamp(case.due_at),
        "holder": held.reviewer if held else "",
        "held_until": stamp(held.until) if held else None,
        "outcome": made.outcome.value if made else "",
        "decider": made.reviewer if made else "",
        "decided_at": stamp(made.at) if made else None,
    }


def _copies(connection: Connection, sha256: str) -> int:
    """How many cases over these bytes there are; content that was never read has no copies."""
    if not sha256:
        return 0
    found = connection.execute(select(func.max(table.c.copies)).where(table.c.sha256 == sha256)).scalar()
    return int(found or 0)


def _bring_forward(connection: Connection, case: Case, copies: int) -> None:
    """Only when the reach grows, which is at every doubling: else each copy would rewrite all the others."""
    if copies < 2 or reach(copies) == reach(copies - 1):
        return
    lead = turn(case, 1) - turn(case, copies)
    before = turn(case, 1) - turn(case, copies - 1)
    others = (table.c.sha256 == case.sha256, table.c.is_open == 1, table.c.case_id != case.id)
    moved = update(table).where(*others).values(turn=table.c.turn - (lead - before), copies=copies)
    connection.execute(moved)
    assert DOUBLING.total_seconds() >= lead - before >= 0
