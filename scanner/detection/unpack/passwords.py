"""Trial passwords: the operator's list first, then words that stand beside the archive."""

import re
from collections.abc import Iterable

MOST_HINTS = 64
MOST_TRIES = 100
SHORT_TEXT = 4_096  # characters of a text beside an archive that is searched for a password
_NAMED = re.compile(
    r"(?:pass(?:word|wd|code|phrase)?|pwd|pw|key|密码|密碼|口令|解压码|提取码|パスワード|암호)\s*(?:is|=|:|：|为|是|-)*\s*"
    r"[\"'“「《(]?([^\s\"'”」》),;，。；]{1,64})",
    re.I,
)
_COMMON = ("infected", "password", "123456", "1234", "12345678", "123", "000000", "8888", "VelvetSweatshop")


class Passwords:
    """Candidates in the order they should be tried. Hints are collected while a content is walked through."""

    __slots__ = ("_given", "_hints")

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._given = tuple(given)
        self._hints: dict[str, None] = {}

    def hint(self, text: str) -> None:
        """A text beside an archive: what it names as a password, or all of it if it is one short line."""
        if len(text) > SHORT_TEXT or len(self._hints) >= MOST_HINTS:
            return
        words = [match.group(1) for match in _NAMED.finditer(text)]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        words += [line for line in lines if len(line) <= 64] if len(lines) <= 3 else []
        for word in words[: MOST_HINTS - len(self._hints)]:
            self._hints.setdefault(word.rstrip(".!"))

    def count(self) -> int:
        """How many hints there are: more than before means that a locked archive is worth another try."""
        return len(self._hints)

    def candidates(self) -> tuple[str, ...]:
        """Distinct candidates, at most MOST_TRIES."""
        return tuple(dict.fromkeys((*self._given, *self._hints, *_COMMON)))[:MOST_TRIES]
