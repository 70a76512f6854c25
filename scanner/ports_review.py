"""The ports of the review desk. Adapters subclass nothing; `bootstrap_desk` wires them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from scanner.domain.cases import Case, Outcome
from scanner.domain.changes import Judged
from scanner.domain.content import Subject
from scanner.domain.review_people import Preferences
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import LaneCount, Place, Queued, Wanted
from scanner.domain.similarity import Similar, Sketch


class Queue(Protocol):
    """Cases in the order of the review queue.

    `page` gives open cases behind a place; `lanes` counts all open cases; `alike` gives cases over the same bytes
    (`content`), of the same account and rule (`account`), or with the same words (`words`), open ones first, and
    `count` how many of them there are (of those that are not copies it counts some thousands at most); `outcomes`
    counts decided cases by rule and outcome; `decided` gives the newest decided cases; `over` gives cases over any of
    some contents (sha256), open ones first; `history` gives a rule's decisions (when, and
    clean or violating), the newest first.
    """

    def page(self, wanted: Wanted, now: datetime, limit: int, after: Place | None = None) -> list[Queued]: ...

    def lanes(self, now: datetime) -> list[LaneCount]: ...

    def alike(self, case: Case, by: str, limit: int) -> list[Case]: ...

    def count(self, case: Case, by: str) -> int: ...

    def over(self, contents: Sequence[str], limit: int) -> list[Case]: ...

    def of_account(self, account: str, limit: int) -> list[Case]: ...

    def outcomes(self) -> Mapping[str, Mapping[str, int]]: ...

    def decided(self, since: datetime, limit: int) -> list[Case]: ...

    def history(self, rule: str, limit: int) -> list[tuple[datetime, Outcome]]: ...


class Likenesses(Protocol):
    """Sketches of contents. They are written with a `Change`, in the transaction of what they belong to.

    `sketch` gives a content's own, by its sha256; `like` the contents that are near one, the nearest first. It is one
    query through an index, whatever is stored; of very many that are alike it may name others than the nearest.
    """

    def sketch(self, sha256: str) -> Sketch | None: ...

    def like(self, sketch: Sketch, limit: int) -> list[Similar]: ...


class Hits(Protocol):
    """The newest verdict over a version with one page of its findings, how many it keeps, and the page's number."""

    def latest(self, subject: Subject, page: int, size: int) -> tuple[Judged | None, int, int]: ...


class Diary(Protocol):
    """What reviewers did, and their own settings. `save` raises ConflictError unless its revision follows."""

    def write(self, note: Note) -> None: ...

    def notes(self, deeds: Sequence[Deed], since: datetime, limit: int, person: str = "") -> list[Note]: ...

    def notes_of(self, case: str) -> list[Note]: ...

    def preferences(self, person: str) -> Preferences: ...

    def save(self, kept: Preferences) -> None: ...
