"""Reports of abuse from outside: what they say, which clause that concerns, and where on our side it points to."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity

KEY_LIMIT = 1_024  # bytes of a key
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
PLACE = re.compile(r"[a-z]{2,10}:[\x21-\x7e]{1,255}")  # host:..., account:..., cdn:...


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation that reports or transmits."""

    org: str
    contact: str
    domain: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report as received. `token` is its own id, by which the same report sent twice is one.

    `category` and `kind` are XARF's; `source` is the address or name that it complains about; `document_sha256` is of
    the report's canonical form.
    """

    id: str
    token: str
    category: str
    kind: str
    reporter: Contact
    sender: Contact
    source: str
    url: str
    description: str
    confidence: float | None
    occurred_at: datetime
    document_sha256: str


@dataclass(frozen=True, slots=True)
class Received:
    """A report as kept: with its case and the account concerned."""

    report: Report
    case: str
    account: str
    received_at: datetime


HARM, SPAM, CRIME, RIGHTS, OTHER = "3.1.3.7", "3.1.3.4", "3.1.3.5.3", "3.1.3.5.7", "3.1.3.9"
GROUNDS: Mapping[str, tuple[str, Severity]] = MappingProxyType(
    {
        "messaging": (SPAM, Severity.MEDIUM),
        "connection": (HARM, Severity.HIGH),
        "content": (OTHER, Severity.MEDIUM),
        "content/phishing": (HARM, Severity.HIGH),
        "content/malware": (HARM, Severity.HIGH),
        "content/fraud": (HARM, Severity.HIGH),
        "content/remote_compromise": (HARM, Severity.HIGH),
        "content/csam": (CRIME, Severity.CRITICAL),
        "content/csem": (CRIME, Severity.CRITICAL),
        "content/ncii": (CRIME, Severity.HIGH),
        "content/brand_infringement": (RIGHTS, Severity.MEDIUM),
        "content/exposed_data": (RIGHTS, Severity.HIGH),
        "copyright": (RIGHTS, Severity.MEDIUM),
        "infrastructure": (HARM, Severity.HIGH),
        "vulnerability": (OTHER, Severity.LOW),
        "reputation": (OTHER, Severity.LOW),
    }
)
CATEGORIES = frozenset(name for name in GROUNDS if "/" not in name)


def ground(report: Report) -> tuple[str, Severity]:
    """The clause that the report concerns, and how grave it is if it is true."""
    return GROUNDS.get(f"{report.category}/{report.kind}", GROUNDS[report.category])


def sureness(report: Report) -> Confidence:
    """How sure the reporter says to be. It is a stranger's word: HIGH only from 0.9 on, LOW where nothing is said."""
    said = report.confidence
    if said is None or said < 0.5:
        return Confidence.LOW
    return Confidence.HIGH if said >= 0.9 else Confidence.MEDIUM


def report_id(sender: str, token: str) -> str:
    """One id per sender and token."""
    return "R" + hashlib.sha256(f"{sender}\x1f{token}".encode("utf-8", "surrogatepass")).hexdigest()[:15]


def place_of(url: str, bases: Sequence[str]) -> tuple[str, str] | None:
    """Bucket and key of an address of ours; None for an address elsewhere.

    Each of `bases` is a URL that objects are served under, with `{bucket}` where the bucket stands, else in path style.
    """
    try:
        asked = urlsplit(url)
        found = [_under(asked.netloc.lower(), asked.path, base) for base in bases if base]
    except ValueError:
        return None
    place = next((one for one in found if one), None)
    return place if place is not None and place[1] and is_place(*place) else None


def is_place(bucket: str, key: str) -> bool:
    """Whether such a bucket (or host, account, domain) and key can exist at all."""
    if not (BUCKET.fullmatch(bucket) or PLACE.fullmatch(bucket)):
        return False
    return "\0" not in key and len(key.encode("utf-8", "replace")) <= KEY_LIMIT


def elsewhere(report: Report) -> Subject:
    """The subject of a report about no stored object: the host or name that it complains about."""
    return Subject(f"host:{report.source}", report.url)


def _under(host: str, path: str, base: str) -> tuple[str, str] | None:
    wanted = urlsplit(base)
    root = wanted.path.rstrip("/")
    if "{bucket}" in wanted.netloc:
        before, _, after = wanted.netloc.lower().partition("{bucket}")
        inside = len(host) > len(before) + len(after) and host.startswith(before) and host.endswith(after)
        bucket = host[len(before) : len(host) - len(after)] if inside else ""
        return (bucket, unquote(path[len(root) + 1 :])) if bucket and path.startswith(f"{root}/") else None
    if host != wanted.netloc.lower() or not path.startswith(root.replace("{bucket}", "").rstrip("/") + "/"):
        return None
    bucket, _, key = path[len(root.replace("{bucket}", "").rstrip("/")) + 1 :].partition("/")
    return unquote(bucket), unquote(key)
