"""The port `Hits` over the pages of verdicts: a whole verdict with one page of its findings."""

import json
from dataclasses import dataclass

from scanner.adapters.sql_hits import SqlHits
from scanner.domain.changes import Judged
from scanner.domain.content import Subject
from scanner.domain.verdicts import Verdict
from scanner.wire.records import from_text


@dataclass(frozen=True, slots=True)
class DeskHits:
    """A page past the last one shows the last."""

    hits: SqlHits

    def latest(self, subject: Subject, page: int, size: int) -> tuple[Judged | None, int, int]:
        """The newest verdict with one page of its findings, how many it keeps, and the page's number."""
        found = self.hits.page(subject, page * size, size)
        if found is None:
            return None, 0, 0
        last = max(0, -(-found.total // size) - 1)
        if page > last:
            return self.latest(subject, last, size)
        verdict = from_text(json.dumps({**found.verdict, "findings": found.findings}), Verdict)
        return Judged(subject, verdict), found.total, page
