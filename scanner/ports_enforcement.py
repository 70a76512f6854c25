"""The ports of enforcement beyond the main path. Adapters subclass nothing; `bootstrap` wires them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.domain.changes import Custody
from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.brakes import Tally
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Notice
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.stages import Stage
from scanner.domain.enforcement.strikes import Strike


class Courses(Protocol):
    """Courses of enforcement as rows, and the counts that the brakes ask for.

    `unseen` gives suspended courses last looked at before a time, the longest unseen first; `ending` those whose
    restriction ends by then; `customers` counts the accounts that a rule has filed against since; `held` and `stored`
    count a bucket's objects; `begun` counts deletions that began after a time and by another, by action, of one account
    (or of all: ""), and none of the action `but`.
    """

    def course(self, course_id: str) -> Course | None: ...

    def in_stages(self, stages: Sequence[Stage], limit: int, after: str) -> list[Course]: ...

    def unseen(self, before: datetime, limit: int) -> list[Course]: ...

    def ending(self, before: datetime, limit: int) -> list[Course]: ...

    def customers(self, rule: str, since: datetime) -> int: ...

    def held(self, bucket: str) -> int: ...

    def stored(self, bucket: str) -> int: ...

    def begun(self, since: datetime, until: datetime, account: str, but: str) -> Tally: ...


class Rights(Protocol):
    """Notices, appeals, strikes and orders as rows; UnknownError for an id that is none.

    `keeping` gives evidence whose date (ISO, a day) has come and that is not yet destroyed.
    """

    def notice(self, notice_id: str) -> Notice: ...

    def notices_of(self, course_id: str) -> list[Notice]: ...

    def due_notices(self, now: datetime, limit: int) -> list[Notice]: ...

    def appeal(self, appeal_id: str) -> Appeal: ...

    def appeals(self, state: str, limit: int) -> list[Appeal]: ...

    def appeals_of(self, course_id: str) -> list[Appeal]: ...

    def strikes(self, account: str) -> list[Strike]: ...

    def orders(self, now: datetime) -> list[Order]: ...

    def keeping(self, until: str, limit: int) -> list[Custody]: ...


class Trails(Protocol):
    """What the audit log says about one thing: who did something to it, and the reasons that were given for it."""

    def actors(self, thing: str, verbs: Sequence[str]) -> frozenset[str]: ...

    def reason(self, thing: str, verb: str) -> str: ...

    def reasons(self, thing: str, verb: str, since: datetime) -> frozenset[str]: ...


class Remover(Protocol):
    """Destroys exactly one judged version; `proves` says whether the store was shown to honour the request's condition.

    `remove` raises ChangedError if other bytes lie there, AmbiguousError if the answer was lost; `there` reads back.
    """

    def proves(self, subject: Subject) -> bool: ...

    def remove(self, subject: Subject) -> None: ...

    def there(self, subject: Subject) -> bool: ...


@dataclass(frozen=True, slots=True)
class Post:
    """One message to a customer: by signed webhook, and by e-mail where an address is known."""

    id: str
    account: str
    subject: str
    text: str
    document: bytes


class Postman(Protocol):
    """Delivers messages; returns what the receiver said, EnforcementError if it was not taken."""

    def deliver(self, post: Post) -> str: ...


class Anchor(Protocol):
    """A second place for signed checkpoints, where the database's owner cannot write again."""

    def put(self, name: str, body: bytes) -> str: ...

    def names(self) -> list[str]: ...

    def get(self, ref: str) -> bytes: ...


class Signer(Protocol):
    """Signs checkpoints, and destroys the keys of cases."""

    def sign(self, message: bytes) -> bytes: ...

    def destroy(self, case: str) -> bool: ...


class Keeping(Protocol):
    """A vault that can hold and prolong what it keeps; both answer whether the store itself does it."""

    def hold(self, ref: str, *, on: bool) -> bool: ...

    def extend(self, ref: str, until: datetime) -> bool: ...


class Authority(Protocol):
    """A timestamping authority (RFC 3161): its signed answer over a document."""

    def stamp(self, document: bytes) -> bytes: ...
