"""Live rooms: a snapshot that arrives in a bucket is scanned as what its room shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scanner.domain.cdn.places import ROOM
from scanner.domain.content import Subject
from scanner.errors import SettingsError

_HOLE = re.compile(r"\{(\w+)\}")
_HOLES = {"hub": r"[^/]+", "room": r"[^/]+", "account": r"[^/]+", "time": r"[^/]*", "rest": r".*"}


@dataclass(frozen=True, slots=True)
class Rooms:
    """Patterns `bucket/{hub}/{room}/{time}.jpg`; `{room}` is needed, `{account}` names an owner."""

    patterns: tuple[re.Pattern[str], ...] = ()

    @staticmethod
    def of(texts: Sequence[str]) -> "Rooms":
        """SettingsError names a pattern that cannot be used."""
        return Rooms(tuple(_compiled(text) for text in texts))

    def place(self, subject: Subject) -> Subject:
        """The subject as its room's, where it is a snapshot; else as it is."""
        for pattern in self.patterns:
            if found := pattern.fullmatch(f"{subject.bucket}/{subject.key}"):
                named = found.groupdict()
                room = "/".join(part for part in (named.get("hub"), named["room"]) if part)
                account = named.get("account") or subject.account
                return replace(subject, bucket=f"{ROOM}{room}", key=subject.url, account=account)
        return subject


def room_of(subject: Subject) -> Subject:
    """The room itself, whichever of its snapshots was judged: measures fall on it, and once."""
    return Subject(subject.bucket, "", account=subject.account)


@lru_cache(maxsize=256)
def _compiled(text: str) -> re.Pattern[str]:
    parts, end = list[str](), 0
    for hole in _HOLE.finditer(text):
        if hole[1] not in _HOLES:
            mend = f"use {', '.join(_HOLES)}"
            raise SettingsError(f"unknown hole {hole[0]}", where=f"snapshots {text!r}", mend=mend)
        parts += [re.escape(text[end : hole.start()]), f"(?P<{hole[1]}>{_HOLES[hole[1]]})"]
        end = hole.end()
    if "{room}" not in text or "/" not in text:
        raise SettingsError("has no {room}", where=f"snapshots {text!r}", mend="write bucket/{hub}/{room}/{time}.jpg")
    return re.compile("".join([*parts, re.escape(text[end:])]), re.S)
