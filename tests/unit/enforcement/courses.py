"""A course and facts under which every guard holds, for tests that take one thing away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course, advance, course_id
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.evidence import EvidenceState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SHA = "a" * 64
VERSIONED = Subject("tenant", "a/key", "v1", "e1", 3, "account-1")
PLAIN = Subject("tenant", "a/key", "", "e1", 3, "account-1")
WAY_TO_DELETION = (Step.FILE, Step.APPLY, Step.VERIFY, Step.NOTICE, Step.FINISH, Step.PROPOSE, Step.APPROVE, Step.BEGIN)


def course(subject: Subject = VERSIONED) -> Course:
    """A fresh course."""
    return Course(course_id(subject, SHA), subject, SHA)


def facts(subject: Subject = VERSIONED, **changed: Any) -> Facts:
    """Facts under which nothing is wrong."""
    fine = Facts(
        now=NOW,
        actor="ann",
        human=True,
        reason="it is true",
        key="k",
        ground="C1",
        rule="webshell",
        opened_by=frozenset({"ann", "bob"}),
        store_proven=True,
        binding=Binding.VERSION if subject.version_id else Binding.ETAG,
        seen_version=subject.version_id,
        seen_etag=subject.etag,
        seen_sha256=SHA,
        newer=False,
        exact=True,
        as_left=True,
        evidence=EvidenceState.VERIFIED,
        evidence_sha256=SHA,
        chained=True,
        kept_as_policy=True,
        gate_open=True,
        breaker_open=False,
        protected=False,
        hold=False,
        room=True,
        missing=(),
        visible=True,
    )
    return replace(fine, **changed)


def led_to(stage: Stage, subject: Subject = VERSIONED) -> Course:
    """A course led to a stage on the way to deletion, everything in order; ann proposes, bob approves."""
    found, when = course(subject), NOW - timedelta(days=30)
    for number, step in enumerate(WAY_TO_DELETION):
        if found.stage is stage:
            return found
        when = NOW if step is Step.PROPOSE else when
        actor = "bob" if step is Step.APPROVE else "ann"
        found, _ = advance(found, step, facts(subject, now=when, actor=actor, key=f"{step}{number}"))
    return found
