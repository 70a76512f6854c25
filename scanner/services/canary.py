"""The canary: a harmless test file (EICAR) of our own goes the whole way again and again; it must be found."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from scanner.domain.content import Subject, UploadEvent
from scanner.ports import Clock, Register
from scanner.ports_intake import Notes
from scanner.services.intake import Intake

KIND = "canary"
PREFIX = "aup-canary/"
LONGEST = 128  # bytes: the EICAR text may be followed by blanks up to there
_TEXT = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-" + "TEST-FILE!$H+H*"
LATE = 3  # times its interval: then it counts as lost


class CanaryStore(Protocol):
    """A bucket of our own."""

    def put(self, key: str, body: bytes) -> Subject: ...

    def remove(self, subject: Subject) -> None: ...


@dataclass(frozen=True, slots=True)
class Canary:
    """Puts a canary every `seconds`, waits for its verdict, and notes how long it took. `judged_at` gives the time at
    which a version's newest verdict was recorded, or None."""

    store: CanaryStore
    intake: Intake
    register: Register
    judged_at: Callable[[Subject], datetime | None]
    notes: Notes
    clock: Clock
    seconds: float

    def beat(self) -> str:
        """`put`, `found`, `missed` (its verdict was another), `waiting`, or "" where nothing was due."""
        flying = json.loads(self.notes.note(KIND, "flying") or "{}")
        if flying:
            return self._look(Subject(**flying["subject"]), datetime.fromisoformat(flying["at"]))
        last = json.loads(self.notes.note(KIND, "last") or "{}")
        due = not last or self._since(datetime.fromisoformat(last["put"])) >= self.seconds
        return self._put() if due else ""

    def late(self) -> str:
        """Why the canary is overdue, or ""."""
        flying = json.loads(self.notes.note(KIND, "flying") or "{}")
        waits = self._since(datetime.fromisoformat(flying["at"])) if flying else 0.0
        if waits > LATE * self.seconds:
            return f"the canary has waited {waits:.0f} s for its verdict"
        last = json.loads(self.notes.note(KIND, "last") or "{}")
        silent = self._since(datetime.fromisoformat(last["put"])) if last and not flying else 0.0
        if silent > (LATE + 1) * self.seconds:
            return f"no canary could be put for {silent:.0f} s"
        return f"the canary was judged {last['word']}" if last and last["word"] != "VIOLATION" else ""

    def _put(self) -> str:
        now = self.clock.now()
        key = f"{PREFIX}{now:%Y%m%dT%H%M%S%f}.txt"
        subject = self.store.put(key, canary_body(now))
        self.notes.save_note(KIND, "flying", json.dumps({"subject": asdict(subject), "at": now.isoformat()}))
        self._tell(subject, now)
        return "put"

    def _tell(self, subject: Subject, put: datetime) -> None:
        named = subject.bucket, subject.key, subject.version_id, subject.etag, subject.size
        self.intake.accept([UploadEvent(*named, source=KIND, at=put)])

    def _look(self, subject: Subject, put: datetime) -> str:
        judged, at = self.register.latest(subject), self.judged_at(subject)
        if judged is None or at is None:
            if self._since(put) > self.seconds:
                self._tell(subject, put)  # whoever put it may have died before: the same request again changes nothing
            return "waiting"
        self.store.remove(subject)
        word = judged.verdict.word
        noted = {"word": word, "seconds": (at - put).total_seconds(), "put": put.isoformat(), "at": at.isoformat()}
        self.notes.save_note(KIND, "last", json.dumps(noted))
        self.notes.save_note(KIND, "flying", "{}")
        return "found" if word == "VIOLATION" else "missed"

    def _since(self, at: datetime) -> float:
        return (self.clock.now() - at).total_seconds()


def canary_body(now: datetime) -> bytes:
    """The EICAR text and blanks that spell the time, so that no earlier canary's verdict answers for it."""
    number = int(now.timestamp() * 1_000_000) & (2**52 - 1)
    return (_TEXT + "".join(" \t"[int(bit)] for bit in f"{number:052b}")).encode()
