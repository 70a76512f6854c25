"""XARF v4 reports, in and out. The core fields are checked; unknown ones are kept with the document.

In: `read_xarf` refuses what lacks a core field, naming the key. Out: `xarf_of` states one of our cases as a report.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.domain.canonical import canonical
from scanner.domain.cases import Case
from scanner.domain.findings import Confidence
from scanner.domain.reports import CATEGORIES, Contact, Report, report_id
from scanner.errors import HookError

VERSION = re.compile(r"4\.[0-9]{1,3}\.[0-9]{1,3}")
KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
TOKEN = re.compile(r"[A-Za-z0-9-]{8,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MEND = "send an XARF v4 report"
OUT_KINDS = {
    "3.1.3.7": ("content", "malware"),
    "3.1.3.4": ("messaging", "spam"),
    "3.1.3.5.7": ("copyright", "copyright"),
}
SURE = {Confidence.LOW: 0.3, Confidence.MEDIUM: 0.6, Confidence.HIGH: 0.95}


def parse_xarf(body: bytes) -> dict[str, Any]:
    """The document; HookError 422 if it is no JSON object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HookError(422, f"the body is no JSON: {error}", where="body", mend=MEND) from error
    if not isinstance(document, dict):
        raise HookError(422, "the body is no JSON object", where="body", mend=MEND)
    return document


def read_xarf(document: Mapping[str, Any]) -> Report:
    """The report; HookError 422 names the first key that is missing or wrong."""
    if not VERSION.fullmatch(_text(document, "xarf_version", 12)):
        raise HookError(422, "is no version 4", where="xarf_version", mend=MEND)
    category, kind = _text(document, "category", 40), _text(document, "type", 64)
    if category not in CATEGORIES:
        raise HookError(422, "is no category", where="category", mend=f"use one of {', '.join(sorted(CATEGORIES))}")
    if not KIND.fullmatch(kind):
        raise HookError(422, "is no type", where="type", mend=MEND)
    token, sender = _text(document, "report_id", 64), _contact(document, "sender")
    if not TOKEN.fullmatch(token):
        raise HookError(422, "is no report id", where="report_id", mend="use a UUID")
    try:
        digest = hashlib.sha256(canonical(document)).hexdigest()
    except (ValueError, RecursionError) as error:
        raise HookError(422, f"cannot be kept: {error}", where="body", mend=MEND) from error
    return Report(
        id=report_id(sender.domain, token),
        token=token,
        category=category,
        kind=kind,
        reporter=_contact(document, "reporter"),
        sender=sender,
        source=_text(document, "source_identifier", 255),
        url=_text(document, "url", 2_000, needed=False),
        description=_text(document, "description", 1_000, needed=False),
        confidence=_share(document),
        occurred_at=_moment(document),
        document_sha256=digest,
    )


def xarf_of(case: Case, url: str, reporter: Contact, now: datetime) -> dict[str, Any]:
    """One of our cases as a report to others: where, what, since when, the digest; never the content itself."""
    category, kind = OUT_KINDS.get(case.clause, ("content", "fraud"))
    if ":" in case.subject.bucket:
        category, kind = "connection", "ddos"
    contact = {"org": reporter.org, "contact": reporter.contact, "domain": reporter.domain}
    return {
        "xarf_version": "4.2.0",
        "report_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:aup:{case.id}")),
        "timestamp": case.opened_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "reporter": contact,
        "sender": contact,
        "source_identifier": case.subject.bucket.partition(":")[2] or case.subject.bucket,
        "category": category,
        "type": kind,
        "url": url,
        "evidence_source": "user_report" if case.source == "report" else "automated_scan",
        "file_hash": f"sha256:{case.sha256}",
        "confidence": SURE[case.confidence],
        "description": f"§{case.clause or '-'} {case.rule}, case {case.id}, stated {now:%Y-%m-%d}"[:1_000],
    }


def _text(document: Mapping[str, Any], name: str, limit: int, *, needed: bool = True) -> str:
    value = document.get(name, "")
    if value == "" and not needed:
        return ""
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise HookError(422, f"is no text of at most {limit} characters", where=name, mend=MEND)
    if CONTROL.search(value.replace("\n", " ").replace("\t", " ").replace("\r", " ")):
        raise HookError(422, "holds control bytes", where=name, mend=MEND)
    return value.encode("utf-8", "backslashreplace").decode()


def _contact(document: Mapping[str, Any], name: str) -> Contact:
    stated = document.get(name)
    if not isinstance(stated, Mapping):
        raise HookError(422, "is no object with org, contact and domain", where=name, mend=MEND)
    return Contact(*(_text(stated, part, 255) for part in ("org", "contact", "domain")))


def _share(document: Mapping[str, Any]) -> float | None:
    value = document.get("confidence")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise HookError(422, "is no number from 0 to 1", where="confidence", mend=MEND)
    return float(value)


def _moment(document: Mapping[str, Any]) -> datetime:
    try:
        found = datetime.fromisoformat(_text(document, "timestamp", 40))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise HookError(422, f"is no time: {error}", where="timestamp", mend="use ISO 8601") from error
