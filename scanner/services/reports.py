"""Reporting: a report or an order from outside becomes a case that a person looks at, with sealed evidence."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scanner.domain.audit import AuditEntry
from scanner.domain.canonical import canonical
from scanner.domain.cases import Case, CaseState, reopen
from scanner.domain.changes import Change, Custody
from scanner.domain.content import Content, Subject, UploadEvent
from scanner.domain.coverage import Coverage
from scanner.domain.enforcement.orders import Order, check_clause, check_order
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.reports import Received, Report, elsewhere, ground, is_place, place_of, sureness
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import ConflictError, UnknownError, UsageError, VaultError
from scanner.ports import Casebook, Clock, Contents, Fetched, Register
from scanner.ports_reports import Reports
from scanner.services.casework import Casework
from scanner.services.intake import Intake

ORDER_SLA = timedelta(hours=4)
MOST_SCOPES = 100  # of one order over the API


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a report or order."""

    id: str
    cases: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a report points to: the subject, its bytes where they could be read, else what the report itself says."""

    subject: Subject
    payload: bytes
    media_type: str
    was_read: bool


@dataclass(frozen=True, slots=True)
class Reporting:
    """Files reports and orders. `bases` are the addresses that objects are served from, `limit` bounds a read."""

    reports: Reports
    casework: Casework
    casebook: Casebook
    register: Register
    contents: Contents
    intake: Intake
    clock: Clock
    limit: int
    bases: tuple[str, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)

    def take(self, report: Report, document: Mapping[str, Any], by: str) -> Filed:
        """One case for what the report is about; the same report again is the same case, and changes nothing."""
        known = self.reports.received(report.id)
        if known is not None:
            return Filed(report.id, (known.case,), False)
        clause, severity = ground(report)
        body = canonical(document)
        seen = self._seen(report, body)
        told = report.description or f"{report.kind} reported by {report.reporter.org}"
        grade = (severity, sureness(report))
        case = self._open(seen, f"report.{report.kind}", clause, grade, told, "report", by)
        now = self.clock.now()
        facts = {"report": report.id, "token": report.token, "document": report.document_sha256}
        self.register.commit(
            Change(audit=(AuditEntry(now, by, "report-filed", case.id, report.reporter.org[:200], facts),))
        )
        received = Received(report, case.id, seen.subject.account, now)
        is_new = self.reports.keep(received, json.dumps(document, separators=(",", ":")))
        return Filed(report.id, (case.id,), is_new)

    def order(self, order: Order, clause: str, by: str) -> Filed:
        """An authority's order with a case for each place it names; ConflictError if it was filed before."""
        if order.confidential_until is not None:
            mend = "file it with `aup orders file --confidential-until DAY --second NAME`"
            raise UsageError("a confidential order needs two people", where="confidential_until", mend=mend)
        check_clause(replace(check_order(order), clause=clause), self.casework.rules.current().agreement)
        if len(order.scope) > MOST_SCOPES:
            raise UsageError(f"names more than {MOST_SCOPES} places", where="scope", mend="file it in parts")
        wrong = [place for place in order.scope if not is_place(*place.partition("/")[::2])]
        if wrong:
            raise UsageError(
                f"names no bucket: {wrong[0]!r}"[:200], where="scope", mend="name bucket/key or bucket/prefix/"
            )
        now, facts = self.clock.now(), {"reference": order.reference, "document": order.document_sha256}
        entry = AuditEntry(now, by, "order-filed", order.id, f"{order.authority}: {order.legal_basis}"[:500], facts)
        self.register.commit(Change(orders=(order,), audit=(entry,)))
        stated = canonical({**facts, "authority": order.authority, "scope": list(order.scope), "wants": order.wants})
        told = f"{order.authority} {order.reference}: {order.wants}"
        grade = (Severity.HIGH, Confidence.HIGH)
        opened = [
            self._open(self._at(place, stated), f"order.{order.wants}", clause, grade, told, "order", by)
            for place in order.scope
        ]
        return Filed(order.id, tuple(case.id for case in opened), True)

    def _seen(self, report: Report, body: bytes) -> Seen:
        place = place_of(report.url, self.bases) if report.url else None
        if place is None or not self._served(place[0]):
            return Seen(elsewhere(report), body, "application/json", False)
        return self._read(Subject(*place, account=self.accounts.get(place[0], place[0])), body)

    def _at(self, place: str, body: bytes) -> Seen:
        bucket, _, key = place.partition("/")
        subject = Subject(bucket, key, account=self.accounts.get(bucket, bucket))
        if not key or key.endswith("/") or not self._served(bucket):
            return Seen(subject, body, "application/json", False)
        return self._read(subject, body)

    def _served(self, bucket: str) -> bool:
        """Whether objects of the bucket are ours to read and scan."""
        return ":" not in bucket and (not self.intake.buckets or bucket in self.intake.buckets)

    def _read(self, subject: Subject, body: bytes) -> Seen:
        """The object's bytes as they lie there now, and a request to scan it: the machine looks as well."""
        found = next(iter(self.contents.read([subject], self.limit)))
        if not isinstance(found, Fetched):
            return Seen(subject, body, "application/json", False)
        told = found.subject
        event = UploadEvent(subject.bucket, subject.key, told.version_id, told.etag, told.size, source="report")
        self.intake.accept([replace(event, at=self.clock.now())])
        return Seen(replace(told, account=subject.account), found.data, found.media_type, True)

    def _open(
        self, seen: Seen, rule: str, clause: str, grade: tuple[Severity, Confidence], told: str, source: str, by: str
    ) -> Case:
        digest, now = hashlib.sha256(seen.payload).hexdigest(), self.clock.now()
        wanted = case_id(seen, digest if seen.was_read else "", clause, rule)
        before = self._known(wanted)
        if before is not None:
            return before if before.is_open else self._again(before, told, by, now)
        policy = self.casework.rules.current().policy.of(clause)
        case = Case(
            id=wanted,
            subject=seen.subject,
            sha256=digest,
            clause=clause,
            rule=rule,
            severity=grade[0],
            confidence=grade[1],
            state=CaseState.QUEUED,
            source=source,
            opened_at=now,
            due_at=now + (ORDER_SLA if source == "order" else timedelta(hours=policy.sla_hours)),
            summary=told[:500],
        )
        return self._filed(case, seen, told, by)

    def _filed(self, case: Case, seen: Seen, told: str, by: str) -> Case:
        """The case with its evidence; a case that another call opened just now is that one."""
        now, policy = case.opened_at, self.casework.rules.current().policy.of(case.clause)
        custody: tuple[Custody, ...] = ()
        try:
            verdict, ours = _verdict(case, seen, told), not seen.was_read
            custody = (self.casework.capture(case, verdict, seen.payload, policy, now, ours=ours),)
            sealed = AuditEntry(now, by, "evidence-sealed", custody[0].id, told[:200], {"bundle": custody[0].sha256})
        except VaultError as error:
            sealed = AuditEntry(now, by, "evidence-missing", case.id, str(error))
        case = replace(case, evidence=custody[0].id if custody else "")
        facts = {"clause": case.clause, "rule": case.rule, "sha256": case.sha256, "subject": case.subject.url}
        opened = AuditEntry(now, by, "case-opened", case.id, told[:200], facts)
        try:
            self.register.commit(Change(cases=(case,), custody=custody, audit=(sealed, opened)))
        except ConflictError:
            return self.casebook.case(case.id)
        return case

    def _again(self, before: Case, told: str, by: str, now: datetime) -> Case:
        """A decided case back in the queue: somebody says that it goes on."""
        again = reopen(before)
        entry = AuditEntry(now, by, "case-reopened", before.id, told[:200], {"state": again.state})
        self.register.commit(Change(cases=(again,), audit=(entry,)))
        return again

    def _known(self, wanted: str) -> Case | None:
        try:
            return self.casebook.case(wanted)
        except UnknownError:
            return None


def case_id(seen: Seen, digest: str, clause: str, rule: str) -> str:
    """One case per place, bytes (where they were read), clause and kind of complaint."""
    text = "\x1f".join(("report", seen.subject.bucket, seen.subject.key, digest, clause, rule))
    return "C" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def _verdict(case: Case, seen: Seen, told: str) -> Verdict:
    """What is sealed with the bytes: that somebody said so. It is no judgement of ours and is kept as none."""
    content = Content(case.sha256, len(seen.payload), seen.media_type)
    finding = Finding(
        case.rule, "", case.clause, case.severity, case.confidence, "", Layer.RAW, excerpt=told[:200], detail="reported"
    )
    return Verdict(content, Standing.SUSPECT, (finding,), Coverage(), case.clause, case.rule)
