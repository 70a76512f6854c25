"""What the YARA half says of one view: which rules hit where, and which rules did not come to an end."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StringHit:
    """One string of a rule at one place of the view's bytes. `data` is the head of what matched."""

    name: str
    offset: int
    length: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that holds, with its first strings in the order of their places. Rules without strings have none."""

    rule: str
    strings: tuple[StringHit, ...]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the engine found in one view; `unfinished` names rules that the time was not enough for.

    `flooded` names rules of which one string matched more often than YARA counts.
    """

    hits: tuple[RuleHit, ...] = ()
    unfinished: tuple[str, ...] = ()
    flooded: tuple[str, ...] = ()
