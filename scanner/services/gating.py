"""Gating: in a gated bucket the world gets a version only once its newest verdict is CLEAN. The verdict rows are the
record; the tag that the bucket's policy reads is written from them, again and again until the store has it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.gates import Gate, GateMode, GateShown
from scanner.errors import AupError, EnforcementError, GoneError, UsageError
from scanner.ports import Clock, Register
from scanner.ports_intake import Notes

KIND = "gate"
MACHINE = "gate"
FORGED = "the store was not shown to refuse it"
UNNAMED = "gate_writers names no login of ours"


class GateStore(Protocol):
    """The gate on a store."""

    def turn_on(self, bucket: str) -> None: ...

    def turn_off(self, bucket: str) -> None: ...

    def is_on(self, bucket: str) -> bool: ...

    def open(self, subject: Subject) -> None: ...

    def close(self, subject: Subject) -> None: ...

    def probe(self) -> GateShown: ...


class GateRecords(Protocol):
    """Verdicts that were not carried to the store yet."""

    def pending(self, bucket: str, floor: int, limit: int) -> list[tuple[int, Subject]]: ...

    def settle(self, bucket: str, numbers: Sequence[int]) -> None: ...

    def rise(self, bucket: str, floor: int, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Gating:
    """Chooses gates, tends them, and watches that they stand. `named`: whether `gate_writers` names our logins."""

    store: GateStore
    records: GateRecords
    register: Register
    notes: Notes
    clock: Clock
    named: bool = False

    def gates(self) -> list[Gate]:
        """Every bucket for which a choice was made."""
        return [Gate.from_text(text) for text in self.notes.notes(KIND).values()]

    def choose(self, bucket: str, mode: GateMode, person: str) -> Gate:
        """Gate a bucket, or only monitor it. EnforcementError if the store was not shown to hold a gate.

        What is clean already is opened before the policy closes the rest.
        """
        if mode is GateMode.OPENING:
            raise UsageError("is a state on the way", where=mode, mend="choose gate or monitor")
        stated = self.notes.note(KIND, bucket)
        gate = replace(Gate.from_text(stated) if stated else Gate(bucket), mode=mode, floor=0, trouble="")
        if mode is GateMode.MONITOR:
            self.store.turn_off(bucket)
            self._save(gate, "gate-opened-to-all", person)
            return gate
        shown = self.store.probe()
        if not shown.holds:
            mend = "leave it at monitor"
            raise EnforcementError("the store was not shown to hold a gate", where=f"s3://{bucket}", mend=mend)
        forging = UNNAMED if not self.named else "" if shown.refuses_forging else FORGED
        gate = replace(gate, mode=GateMode.OPENING, open_to_forging=forging)
        self._save(gate, "gate-chosen", person)
        self._carry_all(gate, 1_000)
        self.store.turn_on(bucket)
        gate = replace(Gate.from_text(self.notes.note(KIND, bucket)), mode=GateMode.GATE)
        self._save(gate, "gate-closed", person)
        return gate

    def advance(self, limit: int = 2_000) -> dict[str, int]:
        """Carry new verdicts of gated buckets to the store; counts by what was done. Safe to run twice at once."""
        done: dict[str, int] = {}
        for gate in self.gates():
            if gate.is_tended:
                for word, count in self._carry_all(gate, limit).items():
                    done[word] = done.get(word, 0) + count
                self._rise(gate)
        return done

    def watch(self) -> int:
        """Put back statements that somebody took out, each with an alarm in the audit log; how many.

        An alarm tells, too, of a gate that cannot be put back or looked at: once for each trouble, and not every beat.
        """
        fallen = 0
        for gate in self.gates():
            if gate.mode is not GateMode.GATE:
                continue
            try:
                if not self.store.is_on(gate.bucket):
                    self.store.turn_on(gate.bucket)
                    fallen += 1
                    self._note("alarm", gate.bucket, "the gate's statements were changed or taken out; they are back")
            except AupError as error:
                if self._trouble(gate, str(error)):
                    self._note("alarm", gate.bucket, f"the gate may not stand: {error}")
            else:
                self._calm(gate)
        return fallen

    def admit(self, subject: Subject, person: str, reason: str) -> None:
        """Open one version by a person's word, whatever its verdict: after a false alarm, until the next verdict."""
        self._note("gate-admitted", subject.url, reason, person)
        self.store.open(subject)

    def _carry_all(self, gate: Gate, limit: int) -> dict[str, int]:
        """Page after page; what the store refuses stays owed, and holds up nothing behind it."""
        done, after = dict[str, int](), gate.floor
        while rows := self.records.pending(gate.bucket, after, limit):
            for word, count in self._carry(gate, rows).items():
                done[word] = done.get(word, 0) + count
            after = rows[-1][0]
        return done

    def _carry(self, gate: Gate, rows: Sequence[tuple[int, Subject]]) -> dict[str, int]:
        """The newest verdict wins, once a version."""
        done, settled, fates = dict[str, int](), list[int](), dict[tuple[str, str], str]()
        for number, subject in rows:
            place = (subject.key, subject.version_id)
            if place not in fates:
                fates[place] = self._set(gate, subject)
                done[fates[place]] = done.get(fates[place], 0) + 1
            settled += [number] if fates[place] != "failed" else []
        self.records.settle(gate.bucket, settled)
        return done

    def _set(self, gate: Gate, subject: Subject) -> str:
        last = self.register.latest(replace(subject, etag="") if subject.version_id else subject)
        clean = last is not None and last.verdict.word == "CLEAN"
        try:
            self.store.open(subject) if clean else self.store.close(subject)
        except GoneError:
            return "gone"
        except AupError as error:
            self._trouble(gate, str(error))
            return "failed"
        return "opened" if clean else "closed"

    def _trouble(self, gate: Gate, what: str) -> bool:
        """Whether it is a new one."""
        now = Gate.from_text(self.notes.note(KIND, gate.bucket))
        if now.trouble != what:
            self.notes.save_note(KIND, gate.bucket, replace(now, trouble=what).to_text())
        return now.trouble != what

    def _calm(self, gate: Gate) -> None:
        """A trouble is over when the gate stands and no verdict waits to be carried there."""
        if gate.trouble and not self.records.pending(gate.bucket, gate.floor, 1):
            self._trouble(gate, "")

    def _rise(self, gate: Gate) -> None:
        floor = self.records.rise(gate.bucket, gate.floor, self.clock.now())
        now = Gate.from_text(self.notes.note(KIND, gate.bucket))
        if floor > now.floor and now.mode is gate.mode:
            self.notes.save_note(KIND, gate.bucket, replace(now, floor=floor).to_text())

    def _save(self, gate: Gate, verb: str, person: str) -> None:
        self._note(verb, gate.bucket, gate.open_to_forging or "protected", person)
        self.notes.save_note(KIND, gate.bucket, gate.to_text())

    def _note(self, verb: str, thing: str, reason: str, actor: str = MACHINE) -> None:
        entry = AuditEntry(self.clock.now(), actor, verb, thing[:32], reason, {"subject": thing})
        self.register.commit(Change(audit=(entry,)))
