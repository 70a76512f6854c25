"""Measures on everything that is no stored object, through one signed webhook to the operator's control plane.

One URL is asked with `op` read, apply, restore or observe; the body is canonical JSON and signed with HMAC-SHA256 over
the time and the body. The control plane answers `{"before": …}` to read, `{"seen": "refused" | "served" | …}` to
observe, and anything with status 200 to the others; 409 says that the world is not as it was left. Kinds are told by
the subject's place: `account:…`, `host:…`, `room:…`, `cdn:domain`; no bucket's name has a colon.
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.adapters.outside import SEEN
from scanner.domain.canonical import canonical
from scanner.domain.content import Subject
from scanner.domain.enforcement.places import is_object, is_wide
from scanner.errors import AmbiguousError, ConflictError, EnforcementError, GoneError
from scanner.ports import Surface

ANSWER_LIMIT = 256 * 1024


def signed_post(url: str, secret: str, body: bytes, *, key: str, timeout: float) -> tuple[int, bytes]:
    """POST a signed body; status and bounded answer. OSError or HTTPException if there was none."""
    parts, moment = urlsplit(url), str(int(time.time()))
    mac = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-Aup-Time": moment,
        "X-Aup-Signature": f"sha256={mac}",
    }
    connection = (
        http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_LIMIT)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The Surface of hosts, rooms, accounts and CDN addresses. An empty `url` refuses everything."""

    url: str
    secret: str
    timeout: float = 10.0

    def plan(self, subject: Subject) -> str:
        """What the plane says is in force now: the exact inverse."""
        answer = self._ask("read", subject, "")
        if "before" not in answer:
            raise EnforcementError("its control plane told no inverse", where=subject.url, mend="answer {before: …}")
        seen = str(answer.get("seen", "served"))
        return canonical({"surface": "plane", "before": answer["before"], "seen": seen}).decode()

    def suspend(self, subject: Subject, plan: str) -> None:
        """Apply the restriction."""
        self._ask("apply", subject, plan)

    def restore(self, subject: Subject, plan: str) -> None:
        """Put back what was in force; ConflictError if the plane says that the world moved on."""
        self._ask("restore", subject, plan)

    def observe(self, subject: Subject) -> str:
        """What the plane sees from outside."""
        try:
            seen = str(self._ask("observe", subject, "").get("seen", "unclear"))
        except GoneError:
            return "gone"
        except (EnforcementError, ConflictError):
            return "unclear"
        return seen if seen in SEEN else "unclear"

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        return str(json.loads(plan).get("seen", "served"))

    def _ask(self, operation: str, subject: Subject, plan: str) -> dict[str, Any]:
        if not self.url:
            raise EnforcementError("no control plane is named", where=subject.url, mend="set control_plane_url")
        body = canonical({"op": operation, "subject": _stated(subject), "plan": json.loads(plan) if plan else None})
        key = hashlib.sha256(body).hexdigest()
        try:
            status, text = signed_post(self.url, self.secret, body, key=key, timeout=self.timeout)
        except (OSError, http.client.HTTPException) as error:
            raise AmbiguousError(
                f"the control plane gave no answer: {type(error).__name__}", where=subject.url, mend="it is read back"
            ) from error
        return _answer(status, text, operation, subject)


def _answer(status: int, text: bytes, operation: str, subject: Subject) -> dict[str, Any]:
    if status == 404:
        raise GoneError("the control plane knows no such thing", where=subject.url, mend="nothing to do")
    if status == 409:
        raise ConflictError("the world is not as it was left", where=subject.url, mend="a person decides")
    if status >= 500:
        raise AmbiguousError(f"the control plane answered {status}", where=subject.url, mend="it is read back")
    if status != 200:
        raise EnforcementError(f"the control plane refused {operation}: {status}", where=subject.url, mend="ask it why")
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise EnforcementError("the control plane answered no JSON", where=subject.url, mend="mend it") from error
    return answer if isinstance(answer, dict) else {}


def _stated(subject: Subject) -> dict[str, str]:
    return {"place": subject.bucket, "what": subject.key, "version": subject.version_id, "account": subject.account}


@dataclass(frozen=True, slots=True)
class RoutedSurface:
    """Stored objects go to `objects`, buckets and prefixes to `wide`, every other place with a colon to `plane`."""

    objects: Surface
    plane: Surface
    wide: Surface

    def plan(self, subject: Subject) -> str:
        """As the surface says."""
        return self._of(subject).plan(subject)

    def suspend(self, subject: Subject, plan: str) -> None:
        """As the surface does."""
        self._of(subject).suspend(subject, plan)

    def restore(self, subject: Subject, plan: str) -> None:
        """As the surface does."""
        self._of(subject).restore(subject, plan)

    def observe(self, subject: Subject) -> str:
        """As the surface sees."""
        return self._of(subject).observe(subject)

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        surface = self.plane if '"surface":"plane"' in plan else self.objects
        return surface.before(plan)  # both S3 surfaces write it alike

    def _of(self, subject: Subject) -> Surface:
        if is_wide(subject):
            return self.wide
        return self.objects if is_object(subject) else self.plane
