"""Passes to the previews' origin: which evidence, for whom, until when; signed, since that origin has no cookies."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scanner.domain.messages import OPEN_AGAIN, PASS_OVER
from scanner.errors import HookError, VaultError
from scanner.wire.keyring import read_or_create

PREVIEW = "preview"  # where a pass that is not valid is told of
LASTS = timedelta(minutes=15)
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass opens. `until` is a POSIX time."""

    case: str
    evidence: str
    person: str
    until: int


def load_key(folder: Path) -> bytes:
    """The key that signs passes, made once and whole, whoever else starts just now; readable by its owner alone."""
    path = folder / "preview.key"
    key = read_or_create(path, secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:  # with an empty one anybody could sign
        raise VaultError("the key is cut short", where=str(path), mend="remove the file: passes last 15 minutes anyway")
    return key


def issue(key: bytes, case: str, evidence: str, person: str, now: datetime) -> str:
    """A pass as text for an address."""
    body = json.dumps(asdict(Pass(case, evidence, person, int((now + LASTS).timestamp()))), sort_keys=True).encode()
    return f"{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{_mac(key, body)}"


def admit(key: bytes, text: str, now: datetime) -> Pass:
    """The pass; HookError 403 unless it is ours and has not run out."""
    refused = HookError(403, PASS_OVER(), where=PREVIEW, mend=OPEN_AGAIN())
    head, _, mac = text.partition(".")
    try:
        body = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        raise refused from None
    if not hmac.compare_digest(_mac(key, body).encode(), mac.encode("utf-8", "replace")):
        raise refused
    found = Pass(**json.loads(body))
    if now.timestamp() > found.until:
        raise refused
    return found


def _mac(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()
