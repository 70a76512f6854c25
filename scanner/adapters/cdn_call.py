"""One call to a provider's control API over HTTPS: bounded, and honest about an answer that was lost."""

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scanner.errors import AmbiguousError, EnforcementError

ANSWER_LIMIT = 4 * 1024 * 1024
TIMEOUT = 15.0  # of one wait for the provider
WHOLE = 60.0  # of a whole answer
LONGEST_WAIT = 86_400
ASKED = ("purge", "state", "quota", "blocked", "block", "unblock", "stop", "start", "running")
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and decoded JSON object of an answer; `wait` are the seconds that it asks us to wait, 0 for none."""

    status: int
    body: dict[str, Any]
    wait: float = 0.0


def call(method: str, url: str, headers: dict[str, str], body: bytes = b"", timeout: float = TIMEOUT) -> Answer:
    """Ask; AmbiguousError if there was no answer, or one that says nothing of what became of the request."""
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        text, wait = _body(answer, time.monotonic() + WHOLE), _seconds(answer.headers.get("Retry-After", ""))
    except (OSError, http.client.HTTPException) as error:
        why = f"the provider gave no answer: {type(error).__name__}"
        raise AmbiguousError(why, where=parts.netloc, mend="it is asked again") from error
    finally:
        connection.close()
    if answer.status >= 500:
        raise AmbiguousError(f"the provider answered {answer.status}", where=parts.netloc, mend="it is asked again")
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        if answer.status < 400:  # an error of a gateway before the provider comes as a page; its status says enough
            why = f"the provider answered {answer.status} and no JSON"
            raise EnforcementError(why, where=parts.netloc, mend="check endpoint") from error
        found = {}
    return Answer(answer.status, found if isinstance(found, dict) else {}, wait)


def _body(answer: http.client.HTTPResponse, ends: float) -> bytes:
    """The body, however slowly it comes, within the bounds of size and time."""
    pieces, held = list[bytes](), 0
    while piece := answer.read1(64 * 1024):
        pieces.append(piece)
        held += len(piece)
        if held > ANSWER_LIMIT or time.monotonic() > ends:
            raise TimeoutError("the answer is too long, or comes too slowly")
    return b"".join(pieces)


def _seconds(text: str) -> float:
    """What a Retry-After asks for, in seconds or as a date; a day at most."""
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), LONGEST_WAIT))
    try:
        wait = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(wait, 0.0), float(LONGEST_WAIT))


def strict(kind: type[Kind]) -> type[Kind]:
    """A Provider whose calls end in an EnforcementError where an answer is not of the shape that was documented."""
    for name in ASKED:
        setattr(kind, name, _strict(getattr(kind, name), kind.__name__))
    return kind


def _strict(asked: Callable[..., Any], where: str) -> Callable[..., Any]:
    @wraps(asked)
    def asking(*arguments: Any) -> Any:
        try:
            return asked(*arguments)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            what = f"the answer to {asked.__name__} is in no known shape: {type(error).__name__} {error}"
            raise EnforcementError(what, where=where, mend="look at what the provider answers") from error

    return asking


def refused(what: str, where: str) -> EnforcementError:
    """A call that the provider understood and turned down."""
    return EnforcementError(f"the provider refuses: {what}", where=where, mend="check keys, domain and its console")
