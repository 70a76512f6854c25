"""Condemned content that is back: the same bytes, anywhere in the same account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scanner.domain.cases import Case, Outcome, reopen
from scanner.domain.content import Subject


@dataclass(frozen=True, slots=True)
class Sighting:
    """A content that was read somewhere, and when."""

    subject: Subject
    sha256: str
    at: datetime


def returned(cases: Iterable[Case], sightings: Iterable[Sighting]) -> list[tuple[Case, Sighting]]:
    """Each case that was decided a violation, with the first place where its content was seen after the decision."""
    first: dict[tuple[str, str], list[Sighting]] = {}
    for seen in sightings:
        first.setdefault((seen.sha256, seen.subject.account), []).append(seen)
    found = []
    for case in cases:
        decision = case.decision
        if case.is_open or decision is None or decision.outcome is not Outcome.VIOLATING:
            continue
        later = [
            seen
            for seen in first.get((case.sha256, case.subject.account), [])
            if seen.at > decision.at and _elsewhere(case.subject, seen.subject)
        ]
        if later:
            found.append((case, min(later, key=lambda seen: seen.at)))
    return found


def reopened(case: Case, seen: Sighting) -> Case:
    """The case back in the queue, saying where its content is back."""
    return replace(reopen(case), summary=f"the same content is back at {seen.subject.url}")


def facts(case: Case, seen: Sighting) -> Mapping[str, str]:
    """What the audit log is told."""
    return {"sha256": case.sha256, "subject": seen.subject.url, "first": case.subject.url}


def _elsewhere(first: Subject, second: Subject) -> bool:
    """Another place; the place of the case itself is watched there."""
    return (first.bucket, first.key.partition("#as=")[0]) != (second.bucket, second.key.partition("#as=")[0])
