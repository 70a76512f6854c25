"""Condemned content that is back: the same bytes, or nearly the same content, anywhere in the same account."""

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


@dataclass(frozen=True, slots=True)
class Return:
    """A case whose content is back, and where. `distance` is what differs, in percent; -1 for the same bytes."""

    case: Case
    seen: Sighting
    distance: int = -1

    @property
    def what(self) -> str:
        """In words."""
        return "the same content" if self.distance < 0 else f"similar content ({self.distance} % differ)"


def condemned(cases: Iterable[Case]) -> list[Case]:
    """Those that stand decided as violations."""
    return [
        case
        for case in cases
        if not case.is_open and case.decision is not None and case.decision.outcome is Outcome.VIOLATING
    ]


def returned(cases: Iterable[Case], sightings: Iterable[Sighting]) -> list[Return]:
    """Each case that was decided a violation, with the first place where its content was seen after the decision."""
    first: dict[tuple[str, str], list[Sighting]] = {}
    for seen in sightings:
        first.setdefault((seen.sha256, seen.subject.account), []).append(seen)
    found = []
    for case in condemned(cases):
        later = [
            seen
            for seen in first.get((case.sha256, case.subject.account), [])
            if case.decision is not None and seen.at > case.decision.at and _elsewhere(case.subject, seen.subject)
        ]
        if later:
            found.append(Return(case, min(later, key=lambda seen: seen.at)))
    return found


def is_news(case: Case, first: datetime | None) -> bool:
    """Whether a content that was first read at that time came after the case's decision."""
    return first is not None and case.decision is not None and first > case.decision.at


def reopened(back: Return) -> Case:
    """The case back in the queue, saying where its content is back."""
    return replace(reopen(back.case), summary=f"{back.what} is back at {back.seen.subject.url}")


def facts(back: Return) -> Mapping[str, str]:
    """What the audit log is told."""
    told = {"sha256": back.case.sha256, "subject": back.seen.subject.url, "first": back.case.subject.url}
    return told if back.distance < 0 else {**told, "similar": back.seen.sha256, "differs": f"{back.distance} %"}


def _elsewhere(first: Subject, second: Subject) -> bool:
    """Another place; the place of the case itself is watched there."""
    return (first.bucket, first.key.partition("#as=")[0]) != (second.bucket, second.key.partition("#as=")[0])
