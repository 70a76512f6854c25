"""The review desk: where each case stands in the queue, what reviewers did, what they set for themselves."""

import sqlalchemy as sa
from alembic import op

from scanner.adapters.case_places import place_row
from scanner.domain.cases import Case
from scanner.domain.review_queue import turn
from scanner.wire.records import from_text

revision = "0005"
down_revision = "0004"
_at = sa.DateTime(timezone=True)
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = (("is_open",), *(("is_open", name) for name in ("lane", "clause", "rule", "account", "source", "holder")))
OTHERS = (("account", "opened_at"), ("sha256", "copies"), ("likeness", "is_open"), ("outcome", "decided_at"))
NOTED = (("case_id",), ("deed", "at"), ("person", "deed", "at"))


def upgrade() -> None:
    place = _case_place()
    _desk_note()
    _desk_person()
    _place_old_cases(place)


def _case_place() -> sa.Table:
    place = op.create_table(
        "case_place",
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("is_open", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.String(length=12), nullable=False),
        sa.Column("clause", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("likeness", sa.String(length=16), nullable=False),
        sa.Column("opened_at", _at, nullable=False),
        sa.Column("due_at", _at, nullable=False),
        sa.Column("turn", sa.Float(53), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_until", _at),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("decided_at", _at),
        sa.PrimaryKeyConstraint("case_id"),
    )
    for columns in [(*names, "turn", "case_id") for names in ORDERED] + list(OTHERS):
        op.create_index(f"ix_case_place_{'_'.join(columns)}", "case_place", list(columns))
    return place


def _desk_note() -> None:
    op.create_table(
        "desk_note",
        sa.Column("id", _id, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("deed", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("clause", sa.String(length=16), nullable=False),
        sa.Column("word", sa.String(length=16), nullable=False),
        sa.Column("at", _at, nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for columns in NOTED:
        op.create_index(f"ix_desk_note_{'_'.join(columns)}", "desk_note", list(columns))


def _desk_person() -> None:
    op.create_table(
        "desk_person",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )


def _place_old_cases(place: sa.Table) -> None:
    """Cases that were opened before this table was there."""
    connection, seen = op.get_bind(), dict[str, int]()
    documents = connection.execute(sa.text("SELECT document FROM review_case")).scalars().all()
    for document in documents:
        case = from_text(document, Case)
        copies = seen[case.sha256] = seen.get(case.sha256, 0) + 1
        row = {"case_id": case.id, "turn": turn(case, copies), "copies": copies, **place_row(case)}
        connection.execute(place.insert().values(**row))
