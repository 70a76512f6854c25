"""How many uploads an account has open: what the quota asks before it files more."""

from dataclasses import dataclass

from sqlalchemy import func, select

from scanner.adapters.sql import Database
from scanner.adapters.sql_requests import turn_of
from scanner.adapters.tables import is_in
from scanner.adapters.tables import scan_request as table
from scanner.domain.requests import Lane, RequestState


@dataclass(frozen=True, slots=True)
class SqlBacklog:
    """Counts along an index, and never beyond `most`."""

    database: Database
    most: int

    def room(self, account: str) -> int:
        """How many more uploads of the account may be open now."""
        mine = select(table.c.id).where(
            is_in(RequestState.OWED), table.c.lane == Lane.UPLOADS, table.c.turn == turn_of(account)
        )
        with self.database.reading() as connection:
            held = connection.execute(select(func.count()).select_from(mine.limit(self.most).subquery())).scalar()
        return max(0, self.most - int(held or 0))
