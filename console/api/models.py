"""What the API answers, as its OpenAPI document states it. Times are ISO 8601 in UTC, sizes bytes."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.review_redaction import redact
from scanner.wire.records import to_plain

Kind = TypeVar("Kind", bound=BaseModel)
Covered = Annotated[str, AfterValidator(redact)]  # what tells of persons is covered: the rest is evidence, for a reason


class Answer(BaseModel):
    """Fields of ours that are no business of callers are left out."""

    model_config = ConfigDict(extra="ignore")


class SubjectOut(Answer):
    """One version of one stored object."""

    bucket: str
    key: str
    version_id: str
    etag: str
    size: int
    account: str
    modified: str


class ClaimOut(Answer):
    """A reviewer's hold on a case."""

    reviewer: str
    token: int
    until: datetime


class DecisionOut(Answer):
    """What a person decided."""

    outcome: Outcome
    reviewer: str
    reason: str
    note: str
    at: datetime


class CaseOut(Answer):
    """One question for a person."""

    id: str
    subject: SubjectOut
    sha256: str
    clause: str
    rule: str
    severity: str
    confidence: str
    state: CaseState
    source: str
    opened_at: datetime
    due_at: datetime
    evidence: str
    summary: Covered
    revision: int
    claim: ClaimOut | None
    decision: DecisionOut | None


class CasesOut(Answer):
    """A page of cases; `next` is null on the last one."""

    cases: list[CaseOut]
    next: str | None


class ActionOut(Answer):
    """One intent and what became of it."""

    id: str
    case: str
    subject: SubjectOut
    sha256: str
    measure: Measure
    clause: str
    proposer: str
    approver: str
    state: ActionState
    created_at: datetime
    due_at: datetime
    undoes: str
    attempts: int
    outcome: str
    revision: int


class ActionsOut(Answer):
    """A page of actions."""

    actions: list[ActionOut]
    next: str | None


class ClauseOut(Answer):
    """A clause of the agreement."""

    number: str
    zh: str
    en: str


class FindingOut(Answer):
    """One hit of one rule; `path` leads through containers, `offset` and `length` are bytes there."""

    rule: str
    revision: str
    clause: str
    severity: str
    confidence: str
    path: str
    layer: str
    offset: int | None
    length: int
    matched: Covered
    excerpt: Covered
    detail: str


class GapOut(Answer):
    """What was owed and not read, and why."""

    reason: str
    path: str
    detail: str


class CoverageOut(Answer):
    """What was read and what was not."""

    gaps: list[GapOut]
    view_count: int
    member_count: int
    bytes_read: int
    rules_run: int
    engines: list[str]
    rulebook_digest: str
    limits_digest: str
    not_judged: list[str]


class VerdictOut(Answer):
    """The judgement over a version with its first findings; `more` leads to the others."""

    standing: str
    clause: str
    rule: str
    coverage: CoverageOut
    findings: list[FindingOut]
    finding_count: int
    more: str | None


class HitsOut(Answer):
    """A page of a case's findings."""

    findings: list[FindingOut]
    total: int
    next: str | None


class CustodyOut(Answer):
    """A sealed bundle in the vault."""

    id: str
    sha256: str
    content_sha256: str
    state: str
    retain_until: str


class CaseWholeOut(Answer):
    """A case with everything around it."""

    case: CaseOut
    clause: ClauseOut | None
    verdict: VerdictOut | None
    actions: list[ActionOut]
    evidence: CustodyOut | None


class VerdictLineOut(Answer):
    """A verdict as a list shows it."""

    number: int
    subject: SubjectOut
    sha256: str
    word: str
    clause: str
    rule: str


class VerdictsOut(Answer):
    """A page of verdicts in the order they were recorded."""

    verdicts: list[VerdictLineOut]
    next: str | None


def shown(kind: type[Kind], value: object) -> Kind:
    """The answer made of a domain value; text that is no valid Unicode is escaped, so that it can be sent."""
    return kind.model_validate(sendable(to_plain(value)))


def sendable(value: Any) -> Any:
    """The value with lone surrogates escaped."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {sendable(key): sendable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [sendable(part) for part in value]
    return value
