"""Cursors: where a page ends, as one opaque word that callers hand back unread."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import Query

from scanner.errors import UsageError

Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
After = Annotated[str, Query(max_length=400, pattern=r"^[A-Za-z0-9_=-]*$", description="`next` of the page before")]


def cursor(*parts: str | int | float) -> str:
    """The cursor of a place."""
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def place(word: str, *kinds: type) -> tuple[str | int | float, ...] | None:
    """The place of a cursor, None for the beginning; UsageError for one that is none of ours."""
    if not word:
        return None
    wrong = UsageError("is no cursor", where="after", mend="use `next` of the page before")
    try:
        parts = json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError):
        raise wrong from None
    fits = isinstance(parts, list) and [type(part) for part in parts] == list(kinds)
    if not fits or any("\0" in part or len(part) > 200 for part in parts if isinstance(part, str)):
        raise wrong
    if any(abs(part) > 2**62 for part in parts if isinstance(part, int | float)):
        raise wrong
    return tuple(parts)


def word_after(word: str) -> str:
    """The id that a cursor names, "" for the beginning."""
    found = place(word, str)
    return str(found[0]) if found else ""


def number_after(word: str) -> int:
    """The number that a cursor names, 0 for the beginning."""
    found = place(word, int)
    return max(0, int(found[0])) if found else 0
