"""What a reviewer sees first: the hit in its context, with what tells of persons covered."""

import re
from dataclasses import dataclass

COVER = "●"
_MAIL = re.compile(r"[\w.+-]+@(?=[\w-]+(?:\.[\w-]+)+)")
_NUMBER = re.compile(r"\d(?:[ -]?\d){4,}")
_SECRET = re.compile(r"(?i)((?:passw(?:or)?d|pwd|token|secret|密码|口令)\s*[=:：]\s*)(\S+)")


@dataclass(frozen=True, slots=True)
class Marked:
    """An excerpt in three parts: before the hit, the hit, after it. `hit` is "" where the excerpt does not show it."""

    before: str
    hit: str
    after: str


def redact(text: str) -> str:
    """The text without numbers of five or more digits, mail addresses and passwords; lengths are kept."""
    text = _SECRET.sub(lambda found: found.group(1) + COVER * len(found.group(2)), text)
    text = _MAIL.sub(lambda found: COVER * (len(found.group()) - 1) + "@", text)
    return _NUMBER.sub(lambda found: COVER * len(found.group()), text)


def mark(excerpt: str, matched: str) -> Marked:
    """The excerpt around its hit, redacted as a whole before it is parted, so that no cover is cut through."""
    covered, at = redact(excerpt), excerpt.find(matched) if matched else -1
    if at < 0:
        return Marked(covered, "", "")
    end = at + len(matched)
    return Marked(covered[:at], covered[at:end], covered[end:])
