"""A house with cases of two tenants, their evidence, actions, notices and appeals, without any scan."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scanner.bootstrap import House
from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.enforcement.appeals import Appeal, Ground
from scanner.domain.enforcement.course import Course, course_id
from scanner.domain.enforcement.notices import Automation, Notice, Source
from scanner.domain.enforcement.stages import Stage
from scanner.domain.enforcement.trail import Trail
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.verdicts import Standing, Verdict

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Filled:
    """Ids of one tenant's rows."""

    tenant: str
    case: str
    action: str
    notice: str
    appeal: str
    evidence: str


def fill(house: House, tenant: str, *, hits: int = 3, key: str = "a/bad.txt") -> Filled:
    """One violation of the tenant with everything that follows."""
    payload = f"EVIL of {tenant} {key}".encode()
    subject = Subject(f"b-{tenant}", key, "v1", "e1", len(payload), tenant)
    verdict = verdict_of(payload, hits)
    opened = house.enforcing.casework.opening(Judged(subject, verdict), payload)
    case = opened.case
    custody = (opened.custody,) if opened.custody else ()
    course, notice, appeal = rights_of(case.id, subject, case.sha256)
    change = Change(
        verdicts=(Judged(subject, verdict),),
        cases=(case,),
        actions=opened.actions,
        custody=custody,
        audit=opened.audit,
        courses=(course,),
        notices=(notice,),
        appeals=(appeal,),
    )
    house.register.commit(change)
    return Filled(tenant, case.id, opened.actions[0].id, notice.id, appeal.id, case.evidence)


def verdict_of(payload: bytes, hits: int) -> Verdict:
    """A violation with so many findings and one gap."""
    rule, clause = "malware.eicar", "3.1.3.7"
    told = "\ud800 li@x.example 13800138000"
    findings = tuple(
        Finding(rule, "r", clause, Severity.HIGH, Confidence.HIGH, f"m{n}", Layer.RAW, n, 4, "EVIL", f"hit {n} {told}")
        for n in range(hits)
    )
    content = Content(hashlib.sha256(payload).hexdigest(), len(payload), "text/plain", "text")
    coverage = Coverage(gaps=(Gap(Reason.ENCRYPTED, "x.zip"),), rulebook_digest="d" * 64)
    return Verdict(content, Standing.VIOLATION, findings, coverage, clause, rule)


def rights_of(case: str, subject: Subject, sha256: str) -> tuple[Course, Notice, Appeal]:
    """A suspended course with its notice and an open appeal."""
    trail = Trail("machine", True, noticed_at=NOW, cool_until=NOW)
    course = Course(
        course_id(subject, sha256), subject, sha256, Stage.NOTICED_FINAL, trail, (case,), filed_at=NOW, changed_at=NOW
    )
    notice = Notice(
        id=f"N{case[1:]}",
        course=course.id,
        case=case,
        account=subject.account,
        measure="suspend",
        clause="3.1.3.7",
        clause_zh="条款",
        clause_en="clause",
        facts_zh="事实",
        facts_en="facts",
        scope=subject.url,
        territory=("CN",),
        applied_at=NOW,
        ends_at=NOW + timedelta(days=90),
        detected_by_machine=True,
        automation=Automation.FULL,
        source=Source.OWN,
        appeal_link="https://appeal.example",
        content_at="2026-01-01",
        due_at=NOW + timedelta(days=1),
    )
    due = NOW + timedelta(days=14)
    appeal = Appeal(f"P{case[1:]}", course.id, case, subject.account, Ground.OTHER, "it is mine", (), NOW, due)
    return course, notice, appeal


def propose(house: House, filled: Filled, proposer: str) -> None:
    """The tenant's version proposed for deletion, its notice delivered: what is left is the second person."""
    case = house.casebook.case(filled.case)
    course = house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    trail = replace(course.trail, proposer=proposer, proposer_human=True)
    proposed = replace(course, stage=Stage.DELETE_PROPOSED, trail=trail, revision=course.revision + 1)
    entry = AuditEntry(NOW, proposer, "course-propose", course.id, "malware, and no appeal")
    house.register.commit(Change(courses=(proposed,), audit=(entry,)))
