"""What a step is judged by: who wants it, what our records show, and what the world shows. Defaults refuse."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.domain.evidence import EvidenceState


class Binding(StrEnum):
    """What a request to the store names, so that it falls on the judged bytes or on nothing."""

    NONE = "none"
    VERSION = "version"
    ETAG = "etag"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the guards look at, gathered in the transaction that takes the step.

    `now` is the database's time. `actor` comes from the session; `human` says that it is a person's. `key` is the
    idempotency key, `ground` the case it is about, `rule` the rule
    behind it; `opened_by` are the people who opened the evidence (custody events).
    `store_proven`: the probe showed that the store honours `binding` for this measure.
    `seen_*`: the object as read just now; `newer`: a newer version lies over the judged one.
    `exact`: the request touches nothing but the named version. `as_left`: the world is as our measure left it.
    `evidence_sha256`: what the sealed copy is of; `chained`: its manifest's digest stands in the audit chain.
    `gate_open`: the rule's measured precision allows it to act, and the subject was drawn into its rollout.
    `breaker_open`: too many distinct customers, or too much of the bucket. `missing`: what the notice lacks.
    `exempt`: a recorded exception of two people, not expired, withholds the notice.
    `room`: one more deletion may begin within the hour.
    `visible`: the bytes can still be seen by whoever judges an appeal.
    """

    now: datetime
    actor: str = ""
    human: bool = False
    reason: str = ""
    key: str = ""
    ground: str = ""
    rule: str = ""
    opened_by: frozenset[str] = frozenset()
    store_proven: bool = False
    binding: Binding = Binding.NONE
    seen_version: str = ""
    seen_etag: str = ""
    seen_sha256: str = ""
    newer: bool = True
    exact: bool = False
    as_left: bool = False
    evidence: EvidenceState = EvidenceState.REQUESTED
    evidence_sha256: str = ""
    chained: bool = False
    kept_as_policy: bool = False
    gate_open: bool = False
    breaker_open: bool = True
    protected: bool = True
    hold: bool = True
    room: bool = False
    missing: tuple[str, ...] = ("everything",)
    exempt: bool = False
    visible: bool = False
