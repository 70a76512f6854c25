"""What is scanned: a stored object's version, its bytes, and the event that told us of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """One exact version of one stored object. `etag` validates a version, it is never an identity across objects."""

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""
    size: int = 0
    account: str = ""
    modified: str = ""

    @property
    def url(self) -> str:
        """`s3://bucket/key` for people; what lies on the web or in a live room has its own URL as its key."""
        return self.key if self.bucket.startswith("cdn:") else f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that were read: their sha256 (the only identity), size, and the type that a look at them gave."""

    sha256: str
    size: int
    media_type: str = ""
    family: str = "unknown"


@dataclass(frozen=True, slots=True)
class UploadEvent:
    """One record of a notification: what the store says happened. `kind` is `created` or `removed`.

    Servers encode keys differently: `key` is the decoded form, `raw_key` the record's own spelling where it differs.
    """

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""
    size: int = 0
    sequencer: str = ""
    kind: str = "created"
    source: str = "hook"
    at: datetime | None = None
    raw_key: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes handed to detection with all that the store or the web says of them.

    `name` is the key or file name (attacker's own words), `media_type` the declared Content-Type with its charset,
    `encoding` the declared Content-Encoding. `sha256` is that of the data where whoever read it has it already.
    """

    name: str
    data: bytes
    media_type: str = ""
    encoding: str = ""
    sha256: str = ""
