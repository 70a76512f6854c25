"""One call to a provider's control API over HTTPS: bounded, and honest about an answer that was lost."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.errors import AmbiguousError, EnforcementError

ANSWER_LIMIT = 4 * 1024 * 1024
TIMEOUT = 15.0


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
        text, wait = answer.read(ANSWER_LIMIT), answer.headers.get("Retry-After", "")
    except (OSError, http.client.HTTPException) as error:
        why = f"the provider gave no answer: {type(error).__name__}"
        raise AmbiguousError(why, where=parts.netloc, mend="it is asked again") from error
    finally:
        connection.close()
    if answer.status >= 500:
        raise AmbiguousError(f"the provider answered {answer.status}", where=parts.netloc, mend="it is asked again")
    try:
        found = json.loads(text) if text else {}
    except ValueError as error:
        raise EnforcementError("the provider answered no JSON", where=parts.netloc, mend="check endpoint") from error
    return Answer(answer.status, found if isinstance(found, dict) else {}, float(wait) if wait.isdigit() else 0.0)


def refused(what: str, where: str) -> EnforcementError:
    """A call that the provider understood and turned down."""
    return EnforcementError(f"the provider refuses: {what}", where=where, mend="check keys, domain and its console")
