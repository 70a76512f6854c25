"""The store itself: buckets, logins, the clock, and which of S3's promises it breaks."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock

from localstore.faults import Faults
from localstore.values import Bucket, Caller, Login, RefusalError, Version

QUIRKS = {
    "delete-if-match-ignored": "DeleteObject pays no heed to If-Match (Ceph RGW 16)",
    "copy-if-match-ignored": "CopyObject pays no heed to x-amz-copy-source-if-match (moto, Ceph RGW 16)",
    "batch-etag-ignored": "DeleteObjects pays no heed to an entry's ETag (moto)",
    "put-if-match-ignored": "PutObject pays no heed to If-Match and If-None-Match",
    "policy-ignored": "bucket policies are stored and not obeyed",
    "tag-conditions-ignored": "s3:ExistingObjectTag conditions never match",
    "owner-by-name": "an owner is told by aws:username alone, and holds refuse the owner too (Ceph RGW 16)",
    "version-condition-ignored": "s3:VersionId conditions never match (moto, Ceph RGW 16)",
    "request-tags-ignored": "s3:RequestObjectTag conditions never match",
    "acl-ignored": "ACLs are stored and not obeyed",
    "tagging-overwrites": "PutObjectTagging replaces the body (rclone serve s3)",
    "tagging-deletes": "DeleteObjectTagging deletes the object (rclone serve s3)",
    "acl-overwrites": "PutObjectAcl replaces the body (rclone serve s3)",
    "hold-overwrites": "legal hold and retention replace the body (Swift s3api, rclone)",
    "compliance-shortened": "a COMPLIANCE lock may be shortened (moto)",
    "versions-ignored": "versioning is accepted and does nothing",
    "no-tagging": "tagging is not implemented",
    "no-policy": "bucket policies are not implemented",
    "no-acl": "ACLs are not implemented",
    "no-lock": "Object Lock is not implemented",
}


def _system_time() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """Everything the server knows; tests reach into it. All work happens under `lock`."""

    buckets: dict[str, Bucket] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    quirks: frozenset[str] = frozenset()
    faults: Faults = field(default_factory=Faults)
    now: Callable[[], datetime] = _system_time
    lock: RLock = field(default_factory=RLock)
    log: list[tuple[str, str, str, str]] = field(default_factory=list)  # (account, operation, bucket, key)

    def add_account(self, account: str, access_key: str, secret: str) -> None:
        """An account's root key pair."""
        self.logins[access_key] = Login(secret, Caller(account))

    def add_user(self, account: str, name: str, access_key: str, secret: str, policy: Mapping[str, object]) -> None:
        """A user of an account with a policy of its own."""
        self.logins[access_key] = Login(secret, Caller(account, name, policy))

    def bucket(self, name: str) -> Bucket:
        """The bucket, or 404."""
        if name not in self.buckets:
            raise RefusalError(404, "NoSuchBucket", "The specified bucket does not exist")
        return self.buckets[name]

    def has(self, quirk: str) -> bool:
        """Whether the store breaks that promise."""
        return quirk in self.quirks

    def fresh_id(self, bucket: Bucket) -> str:
        """The version id of a new version."""
        versioned = bucket.versioning == "Enabled" and not self.has("versions-ignored")
        return secrets.token_urlsafe(24) if versioned else "null"

    def store(self, bucket: Bucket, key: str, version: Version) -> None:
        """Make a version the newest; it replaces the `null` version if it is that."""
        versions = bucket.keys.setdefault(key, [])
        if version.version_id == "null":
            versions[:] = [old for old in versions if old.version_id != "null"]
        versions.append(version)

    def remove(self, bucket: Bucket, key: str, version: Version) -> None:
        """Take a version away for good."""
        versions = bucket.keys[key]
        versions.remove(version)
        if not versions:
            del bucket.keys[key]

    def find(self, bucket: Bucket, key: str, version_id: str = "") -> Version:
        """A version that may be read; 404 where there is none, 405 for a named delete marker."""
        if not version_id:
            current = bucket.current(key)
            if current is None or current.marker:
                headers = {"x-amz-delete-marker": "true", "x-amz-version-id": current.version_id} if current else {}
                raise RefusalError(404, "NoSuchKey", "The specified key does not exist.", headers)
            return current
        found = self.named(bucket, key, version_id)
        if found is None:
            raise RefusalError(404, "NoSuchVersion", "The specified version does not exist.")
        if found.marker:
            raise RefusalError(
                405, "MethodNotAllowed", "The specified method is not allowed.", {"x-amz-delete-marker": "true"}
            )
        return found

    def named(self, bucket: Bucket, key: str, version_id: str) -> Version | None:
        """The version of that id, or None."""
        return next((v for v in bucket.keys.get(key, []) if v.version_id == version_id), None)


def etag_of(body: bytes) -> str:
    """The ETag of a body put in one piece."""
    return hashlib.md5(body).hexdigest()
