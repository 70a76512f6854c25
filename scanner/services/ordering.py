"""Ordering: orders of authorities, a source of cases of their own, kept with document, scope and end."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from scanner.domain.actions import Action, Measure, called_off, standing
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change, Custody
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.enforcement.orders import Order, check_clause, check_order, covers, stands
from scanner.domain.evidence import EvidenceState
from scanner.domain.findings import Confidence, Severity
from scanner.domain.requests import Lane
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import AupError, ConflictError, TransitionError, UnknownError, VaultError
from scanner.ports import Casebook, Clock, Contents, Doorbell, Fetched, Outbox, Register
from scanner.ports_enforcement import Keeping, Rights, Trails
from scanner.services.casework import Casework, new_action, undoing

SOURCE = "order"
PAGE = 500
TOLD_FOR = timedelta(days=1)
HOLDABLE = (EvidenceState.VERIFIED, EvidenceState.RETAINED)


@dataclass(frozen=True, slots=True)
class Ordering:
    """Files orders and carries them out. `limit` bounds one object's bytes, `objects` the cases of one round."""

    rights: Rights
    trails: Trails
    casework: Casework
    casebook: Casebook
    outbox: Outbox
    register: Register
    contents: Contents
    keeping: Keeping
    doorbell: Doorbell
    clock: Clock
    limit: int
    objects: int = 1_000
    accounts: Mapping[str, str] = field(default_factory=dict)  # buckets' owners, for what no verdict speaks of yet

    def file(self, order: Order) -> Order:
        """Keep an order as received; TransitionError names what it lacks. It is carried out by the next round."""
        known = {one.id for one in self.rights.orders(self.clock.now())}
        checked = check_clause(check_order(order), self.casework.rules.current().agreement)
        if checked.id in known:
            raise ConflictError("this order was filed before", where=order.id, mend="see `aup orders list`")
        facts = {
            "authority": order.authority,
            "reference": order.reference,
            "document": order.document_sha256,
            "wants": order.wants,
            "scope": ", ".join(order.scope)[:500],
        }
        entry = AuditEntry(self.clock.now(), order.filed_by, "order-filed", order.id, order.legal_basis, facts)
        self.register.commit(Change(orders=(checked,), audit=(entry,)))
        return checked

    def carry_out(self) -> Counter[str]:
        """One round over every order in force that a person filed to be carried out; done twice it is once.

        One without `filed_by` came as a question to the reviewers: its cases wait for them. Counts by what was done.
        """
        done: Counter[str] = Counter()
        for order in self.rights.orders(self.clock.now()):
            if order.filed_by and stands(order, self.clock.now()):
                done += self._carried(order)
        return done

    def _carried(self, order: Order) -> Counter[str]:
        """One round over one order; what keeps it from being carried out is told, and keeps no other waiting."""
        troubles = list[str]()
        try:
            done = self._carry(order, troubles)
        except AupError as error:
            troubles.append(str(error))
            done = Counter({"failed": 1})
        self._tell(order, troubles)
        return done

    def _carry(self, order: Order, troubles: list[str]) -> Counter[str]:
        if order.wants in ("suspend", "evidence"):
            return Counter(self._open(order, subject, troubles) for subject in self._unopened(order))
        if order.wants == "hold":
            return Counter(self._hold(order, case, troubles) for case in self._covered(order))
        return Counter(self._restore(order, case) for case in self._covered(order))

    def _unopened(self, order: Order) -> Iterator[Subject]:
        """What lies in the scope and has no case of this order yet, a round's worth."""
        found = 0
        for part in order.scope:
            bucket, _, prefix = part.rstrip("/").partition("/")
            for subject in self.contents.listing(bucket, prefix, ""):
                if found >= self.objects:
                    return
                fresh = covers(order, subject, self.clock.now()) and not self.casebook.known([_case_id(order, subject)])
                found += fresh
                if fresh:
                    yield subject

    def _open(self, order: Order, listed: Subject, troubles: list[str]) -> str:
        """A case with sealed evidence, and the suspension that the order wants; nothing without evidence (I3)."""
        read = next(iter(self.contents.read([listed], self.limit)))
        if not isinstance(read, Fetched):
            troubles.append(f"{listed.url} was not read: {read.gap.reason.value}")
            return "unread"
        case, verdict = self._case(order, listed, read)
        policy, now = self.casework.rules.current().policy.of(order.clause), self.clock.now()
        try:
            custody = self.casework.capture(case, verdict, read.data, policy, now)
        except VaultError as error:
            troubles.append(f"{listed.url} was not sealed: {error.what}")
            return "unsealed"
        case = replace(case, evidence=custody.id)
        actions = (new_action(case, Measure.SUSPEND, order.filed_by, now),) if order.wants == "suspend" else ()
        facts = {"order": order.id, "reference": order.reference, "subject": case.subject.url}
        sealed = AuditEntry(now, order.filed_by, "evidence-sealed", custody.id, "an order", {"bundle": custody.sha256})
        opened = AuditEntry(now, order.filed_by, "case-opened", case.id, f"order {order.reference}", facts)
        filed = tuple(
            AuditEntry(now, order.filed_by, "suspend-filed", one.id, order.reference, facts) for one in actions
        )
        change = Change(cases=(case,), actions=actions, custody=(custody,), audit=(sealed, opened, *filed))
        try:
            self.register.commit(change)
        except ConflictError:
            return "busy"
        if actions:
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        return order.wants

    def _case(self, order: Order, listed: Subject, read: Fetched) -> tuple[Case, Verdict]:
        now, digest = self.clock.now(), hashlib.sha256(read.data).hexdigest()
        book = self.casework.rules.current()
        coverage = Coverage(bytes_read=len(read.data), rulebook_digest=book.digest)
        content = Content(digest, len(read.data), read.media_type)
        verdict = Verdict(content, Standing.SUSPECT, (), coverage, order.clause, SOURCE)
        account = listed.account or self._account(read.subject)
        case = Case(
            id=_case_id(order, listed),
            subject=replace(read.subject, account=account),
            sha256=digest,
            clause=order.clause,
            rule=SOURCE,
            severity=Severity.HIGH,
            confidence=Confidence.HIGH,
            state=CaseState.QUEUED,
            source=SOURCE,
            opened_at=now,
            due_at=now + timedelta(hours=book.policy.of(order.clause).sla_hours),
            summary=f"{order.authority} {order.reference}",
        )
        return case, verdict

    def _account(self, subject: Subject) -> str:
        """The account that the last verdict over this version names; its bucket's owner where there is none."""
        judged = self.register.latest(subject)
        return judged.subject.account if judged else self.accounts.get(subject.bucket, subject.bucket)

    def _hold(self, order: Order, case: Case, troubles: list[str]) -> str:
        """The evidence held at once, by the store itself where it lies under a lock; G12 asks the order by itself."""
        row = self._custody(case)
        if row is None or EvidenceState(row.state) not in HOLDABLE:
            return "held-before"
        try:
            self.keeping.hold(row.ref, on=True)
        except VaultError as error:
            troubles.append(f"{row.id} was not held: {error.what}")
            return "unheld"
        held = replace(row, state=EvidenceState.HELD.value)
        entry = AuditEntry(self.clock.now(), order.filed_by, "evidence-held", row.id, f"order {order.reference}")
        self.register.commit(Change(moved_custody=(held,), audit=(entry,)))
        return "held"

    def _restore(self, order: Order, case: Case) -> str:
        """Every suspension of the case undone by its stored inverse; those of other orders stand."""
        actions = self.outbox.actions_of(case.id)
        live = [a for a in standing(actions) if a.measure is Measure.SUSPEND]
        if case.source == SOURCE or not live:
            return "untouched"
        filed = tuple(self._undo(order, case, action) for action in live)
        audit = tuple(
            AuditEntry(self.clock.now(), order.filed_by, "restore-filed", one.id, f"order {order.reference}")
            for one in filed
        )
        self.register.commit(Change(actions=filed, audit=audit))
        self.doorbell.ring(Lane.ENFORCEMENT, [])
        return "restore"

    def _undo(self, order: Order, case: Case, held: Action) -> Action:
        if not held.inverse:
            return called_off(held, f"called off by order {order.reference}")
        return undoing(case, held, order.filed_by, self.clock.now())

    def _covered(self, order: Order) -> Iterator[Case]:
        seen = 0
        while page := self.casebook.cases((), PAGE, str(seen) if seen else ""):
            seen += len(page)
            yield from (case for case in page if covers(order, case.subject, self.clock.now()))

    def _custody(self, case: Case) -> Custody | None:
        try:
            return self.casebook.custody(case.evidence) if case.evidence else None
        except UnknownError:
            return None

    def _tell(self, order: Order, troubles: list[str]) -> None:
        """Alarms, each once a day: the same troubles come again with every round."""
        if not troubles:
            return
        now = self.clock.now()
        told = self.trails.reasons(order.id, "alarm", now - TOLD_FOR)
        fresh = [what for what in dict.fromkeys(troubles) if what not in told]
        self.register.commit(
            Change(audit=tuple(AuditEntry(now, order.filed_by, "alarm", order.id, what) for what in fresh))
        )


def _case_id(order: Order, listed: Subject) -> str:
    """One case for each order and thing that lay there when it was carried out."""
    text = "\x1f".join((order.id, listed.bucket, listed.key, listed.etag))
    return "C" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def order_id(authority: str, reference: str, wants: str) -> str:
    """One id for each wish of each document."""
    return "O" + hashlib.sha256("\x1f".join((authority, reference, wants)).encode()).hexdigest()[:15]


def check_people(order: Order) -> Order:
    """A confidential order needs a second person beside whoever files it; TransitionError otherwise."""
    first, second = order.filed_by.strip(), order.second.strip()
    if not first or (order.confidential_until is not None and (not second or second == first)):
        raise TransitionError(
            "a confidential order needs two people", where=order.id, mend="name another with --second"
        )
    return order
