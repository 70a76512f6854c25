"""The serving gate: a bucket whose versions the world gets only once they were found clean."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

TAG = "aup-gate"
VALUE = "clean"
SID = "AupGate"
READS = ["s3:GetObject", "s3:GetObjectVersion"]
TAGGING = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
Statement = Mapping[str, Any]


class GateMode(StrEnum):
    """MONITOR serves at once and looks afterwards; GATE serves what was found clean; OPENING is on its way there."""

    MONITOR = "monitor"
    OPENING = "opening"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Gate:
    """One bucket's choice. `open_to_forging` says why a tenant could write the tag itself; "": the store refuses it.

    `floor`: verdicts up to this number are settled.
    """

    bucket: str
    mode: GateMode = GateMode.MONITOR
    open_to_forging: str = ""
    floor: int = 0
    trouble: str = ""

    @property
    def is_tended(self) -> bool:
        """Whether verdicts open and close versions there."""
        return self.mode is not GateMode.MONITOR

    def to_text(self) -> str:
        """As stored."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> "Gate":
        """As stored."""
        stated = json.loads(text)
        return Gate(**{**stated, "mode": GateMode(stated["mode"])})


@dataclass(frozen=True, slots=True)
class GateShown:
    """What a store was shown to do with the gate's statements on canaries of our own."""

    holds: bool = False  # untagged versions are refused to the world, tagged ones served, version by version
    refuses_forging: bool = False  # a login that is not named cannot write the tag


def gate_statements(bucket: str, writers: Sequence[str]) -> tuple[Statement, ...]:
    """The standing statements of a gated bucket; `writers` are the ARNs of our own logins.

    The world, links signed by the owner, and other accounts get a version only when it bears our tag; the owner keeps
    reading its own with signed requests. Where `writers` are named, nobody else may set the tag.
    """
    inside = f"arn:aws:s3:::{bucket}/*"
    untagged = {f"s3:ExistingObjectTag/{TAG}": VALUE}
    strangers = {"aws:PrincipalAccount": "${aws:ResourceAccount}"}
    ours = {"ArnNotLike": {"aws:PrincipalArn": list(writers)}} if writers else {}
    forged = {"StringLike": {f"s3:RequestObjectTag/{TAG}": "*"}, **ours}
    links = {"StringNotEquals": untagged, "StringEquals": {"s3:authType": "REST-QUERY-STRING"}}
    held = (
        _deny("World", inside, READS, {"StringNotEquals": {**untagged, **strangers}, **ours}),
        _deny("Links", inside, READS, links),
    )
    if not writers:
        return held
    return (*held, _deny("Tags", inside, TAGGING, forged), _deny("Puts", inside, ["s3:PutObject"], forged))


def gate_sids() -> tuple[str, ...]:
    """The names of all statements that a gate may have put."""
    return tuple(f"{SID}{part}" for part in ("World", "Links", "Tags", "Puts"))


def _deny(part: str, resource: str, actions: list[str], condition: Mapping[str, Any]) -> Statement:
    return {
        "Sid": f"{SID}{part}",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
        "Condition": condition,
    }
