"""The alarm: scanning stopped, or goes on. Raised once, told until the other side has it, taken back once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change
from scanner.errors import AupError
from scanner.ports import Clock, Register
from scanner.ports_intake import Notes

KIND, NAME = "alarm", "scanning"
Tell = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Alarming:
    """`oldest` gives the seconds that the oldest upload waits, `canary_late` why the canary is overdue ("": it is not);
    `tell` sends a message or raises AupError; `seconds` is the bound."""

    oldest: Callable[[], float]
    canary_late: Callable[[], str]
    notes: Notes
    register: Register
    tell: Tell
    clock: Clock
    seconds: float

    def check(self) -> str:
        """`raised`, `over`, `again` (the message is tried once more) or "" where nothing changed."""
        stated = json.loads(self.notes.note(KIND, NAME) or "{}")
        was, now = str(stated.get("what", "")), self._trouble()
        if bool(was) == bool(now):
            return self._again(stated)
        word = "raised" if now else "over"
        entry = AuditEntry(self.clock.now(), "watchdog", "alarm" if now else "alarm-over", NAME, now or was)
        self.register.commit(Change(audit=(entry,)))
        self._send({"what": now, "was": was, "at": self.clock.now().isoformat()})
        return word

    def stands(self) -> bool:
        """Whether the alarm is raised."""
        return bool(json.loads(self.notes.note(KIND, NAME) or "{}").get("what"))

    def _trouble(self) -> str:
        waits = self.oldest()
        if waits > self.seconds:
            return f"an upload has waited {waits:.0f} s; the bound is {self.seconds:.0f} s"
        return self.canary_late()

    def _again(self, stated: Mapping[str, object]) -> str:
        if stated.get("told", True):
            return ""
        self._send({name: str(stated.get(name, "")) for name in ("what", "was", "at")})
        return "again"

    def _send(self, message: Mapping[str, str]) -> None:
        try:
            self.tell({"alarm": NAME, "state": "raised" if message["what"] else "over", **message})
            told = True
        except AupError:
            told = False  # the next check tries again; the audit log has it already
        self.notes.save_note(KIND, NAME, json.dumps({**message, "told": told}))
