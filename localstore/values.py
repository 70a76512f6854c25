"""What the store holds, what it is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


class RefusalError(Exception):
    """An S3 error: `status`, `code`, and headers to answer with."""

    def __init__(self, status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message = status, code, message or code
        self.headers = dict(headers or {})
        super().__init__(f"{status} {code}: {self.message}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. An empty account is the world. `policy` is the identity's own policy; None is an account's root."""

    account: str = ""
    name: str = ""
    policy: Mapping[str, Any] | None = None
    presigned: bool = False

    @property
    def arn(self) -> str:
        """The ARN that policies name; empty for the world."""
        if not self.account:
            return ""
        return f"arn:aws:iam::{self.account}:" + (f"user/{self.name}" if self.policy is not None else "root")


@dataclass(frozen=True, slots=True)
class Login:
    """One access key pair and whom it stands for."""

    secret: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of an ACL: an account or a group URI, and what it may do."""

    grantee: str
    permission: str


@dataclass(slots=True)
class Version:
    """One version of one key, or a delete marker."""

    version_id: str
    data: bytes
    etag: str
    modified: datetime
    owner: str
    headers: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    acl: tuple[Grant, ...] = ()
    checksums: dict[str, str] = field(default_factory=dict)
    mode: str = ""  # GOVERNANCE or COMPLIANCE
    until: datetime | None = None
    hold: bool = False
    marker: bool = False
    parts: int = 0


@dataclass(slots=True)
class Upload:
    """A multipart upload under way."""

    key: str
    draft: Version
    pieces: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Bucket:
    """One bucket: its versions by key, newest last, and its settings."""

    name: str
    owner: str
    created: datetime
    versioning: str = ""  # "", Enabled or Suspended
    keys: dict[str, list[Version]] = field(default_factory=dict)
    policy: str = ""
    acl: tuple[Grant, ...] = ()
    lock: bool = False
    lock_mode: str = ""
    lock_days: int = 0
    block: dict[str, bool] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def current(self, key: str) -> Version | None:
        """The newest version, which may be a delete marker."""
        versions = self.keys.get(key)
        return versions[-1] if versions else None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, authenticated and taken apart. Header names are in lower case."""

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    operation: str = ""
    quirks: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        """A header, or nothing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/xml"
    length: int = -1  # of a HEAD answer's absent body
