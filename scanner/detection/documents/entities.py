"""XML's internal entities put in their place: words that a document names in its head and only then uses."""

import re

from scanner.detection.unpack.troubles import TroubleError
from scanner.domain.coverage import Reason

MOST_ENTITIES = 10_000
MOST_BYTES = 32 * 1024 * 1024  # of the document once they are in place
_ROUNDS = 16  # entities inside entities
_ENTITY = re.compile(rb"<!ENTITY\s+([\w.:-]{1,80})\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")
_HEAD = re.compile(rb"<!DOCTYPE[^\[>]*\[.*?\]\s*>", re.S)
_REFERENCE = re.compile(rb"&([\w.:-]{1,80});")


def expanded(data: bytes) -> bytes | None:
    """The document without its head, the entities that are defined there in place; None if it defines or uses none.

    TroubleError where they grow beyond all bounds.
    """
    words = {match.group(1): match.group(2) or match.group(3) or b"" for match in _ENTITY.finditer(data)}
    if len(words) > MOST_ENTITIES:
        raise TroubleError(Reason.OVER_MEMBERS, f"more than {MOST_ENTITIES} entities")
    head = _HEAD.match(data, max(data.find(b"<!DOCTYPE"), 0))
    text = bare = data[: head.start()] + data[head.end() :] if head else data
    for _ in range(_ROUNDS):
        used = [words[name] for name in _REFERENCE.findall(text) if name in words]
        if not used:
            return text if text != bare else None
        if len(text) + sum(map(len, used)) > MOST_BYTES:
            raise TroubleError(Reason.OVER_RATIO, f"entities of more than {MOST_BYTES} bytes")
        text = _REFERENCE.sub(lambda match: words.get(match.group(1), match.group()), text)
    raise TroubleError(Reason.OVER_DEPTH, f"entities more than {_ROUNDS} deep")
