"""Values of enforcement as rows: which columns each kind fills. Shared by the tables and by their twin in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.brakes import Begun
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Notice
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.strikes import Strike

Value = Course | Notice | Appeal | Strike | Order | Begun
KINDS: Mapping[type, str] = {
    Course: "course",
    Notice: "notice",
    Appeal: "appeal",
    Strike: "strike",
    Order: "order",
    Begun: "deletion",
}


@dataclass(frozen=True, slots=True)
class Row:
    """The searched columns of one value."""

    kind: str
    id: str
    parent: str
    account: str
    bucket: str
    state: str
    at: datetime | None
    seen_at: datetime | None
    due_at: datetime | None
    revision: int


def rows_of(change: Change) -> Iterator[tuple[Row, Value]]:
    """Every value of enforcement in a change, with its columns."""
    for course in change.courses:
        place = (course.rule, course.subject.account, course.subject.bucket, course.stage.value)
        times = (course.filed_at, course.checked_at, course.ends_at)
        yield Row("course", course.id, *place, *times, course.revision), course
    for notice in change.notices:
        columns = (notice.course, notice.account, "", notice.state.value, notice.applied_at, None, notice.due_at)
        yield Row("notice", notice.id, *columns, notice.revision), notice
    for appeal in change.appeals:
        columns = (appeal.course, appeal.account, "", appeal.state.value, appeal.filed_at, None, appeal.due_at)
        yield Row("appeal", appeal.id, *columns, appeal.revision), appeal
    for strike in change.strikes:
        state = "void" if strike.voided_by else "counts"
        columns = (strike.case, strike.account, strike.container, state, strike.at, None, strike.ends_at)
        yield Row("strike", strike.id, *columns, strike.revision), strike
    for order in change.orders:
        columns = (order.authority, "", "", order.wants, order.received_at, None, order.ends_at)
        yield Row("order", order.id, *columns, 1), order
    for begun in change.begun:
        columns = (begun.action, begun.account, "", "begun", begun.at, None, begun.at)
        yield Row("deletion", begun.id, *columns, 1), begun
