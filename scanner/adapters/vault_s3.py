"""The evidence vault on S3 Object Lock: under COMPLIANCE not even the account's root deletes a bundle in time."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scanner.adapters.s3_calls import code_of, status_of
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import VaultAwayError, VaultError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
CLOCK_ERROR = timedelta(minutes=5)
KEEP = timedelta(days=180)
MEND = "see docs/enforcement.md for the vault's role and bucket"


@dataclass(slots=True)
class LockedVault:
    """Bundles as objects of one bucket, each locked for `keep()` from when it was put. A reference is key?version.

    The bucket is made with Object Lock on first use. VaultError if the store was not shown to keep COMPLIANCE.
    """

    client: Any
    bucket: str
    abilities: Callable[[], Abilities]
    now: Callable[[], datetime]
    keep: Callable[[], timedelta] = lambda: KEEP
    _ready: list[bool] = field(default_factory=list)

    def put(self, name: str, body: bytes) -> str:
        """Write a bundle under its lock; the same bytes again are no error, other bytes under its name are."""
        if not NAME.fullmatch(name):
            raise VaultError(f"{name[:60]!r} cannot name a bundle", where=self.bucket, mend="use letters, digits")
        with _told(f"s3://{self.bucket}/{name}"):
            self._make_ready()
            there = self._there(name)
            if there is not None:
                return self._same(name, there, body)
            until = self.now() + self.keep()
            answer = self.client.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=body,
                IfNoneMatch="*",
                ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode(),
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=until,
            )
            ref = f"{name}?{answer['VersionId']}"
            self._locked(ref, until)
        return ref

    def get(self, ref: str) -> bytes:
        """The bundle's bytes, of the very version that was written."""
        name, _, version = ref.partition("?")
        with _told(f"s3://{self.bucket}/{ref}"):
            return bytes(self.client.get_object(Bucket=self.bucket, Key=name, VersionId=version)["Body"].read())

    def hold(self, ref: str, *, on: bool) -> None:
        """Put a legal hold on a bundle, or take it off."""
        name, _, version = ref.partition("?")
        with _told(f"s3://{self.bucket}/{ref}"):
            status = {"Status": "ON" if on else "OFF"}
            self.client.put_object_legal_hold(Bucket=self.bucket, Key=name, VersionId=version, LegalHold=status)

    def extend(self, ref: str, until: datetime) -> None:
        """Lock a bundle for longer; VaultError for an earlier date: a lock is never shortened."""
        name, _, version = ref.partition("?")
        with _told(f"s3://{self.bucket}/{ref}"):
            retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
            self.client.put_object_retention(Bucket=self.bucket, Key=name, VersionId=version, Retention=retention)

    def locked_until(self, ref: str) -> datetime:
        """Until when the store says that a bundle is locked; VaultError for one without a COMPLIANCE lock."""
        name, _, version = ref.partition("?")
        with _told(f"s3://{self.bucket}/{ref}"):
            found = self.client.get_object_retention(Bucket=self.bucket, Key=name, VersionId=version)["Retention"]
        if found.get("Mode") != "COMPLIANCE":
            raise VaultError("has no COMPLIANCE lock", where=f"s3://{self.bucket}/{ref}", mend=MEND)
        return datetime.fromisoformat(str(found["RetainUntilDate"]))

    def _make_ready(self) -> None:
        """The bucket, made once with Object Lock; refused where COMPLIANCE was not shown to hold."""
        if self._ready:
            return
        if not self.abilities().vault_is_worm:
            raise VaultError(
                "the store was not shown to keep COMPLIANCE locks", where=self.bucket, mend="use the directory vault"
            )
        try:
            lock = self.client.get_object_lock_configuration(Bucket=self.bucket)["ObjectLockConfiguration"]
            if lock.get("ObjectLockEnabled") != "Enabled":
                raise VaultError("has no Object Lock", where=self.bucket, mend="name a bucket made with Object Lock")
        except ClientError as error:
            if code_of(error) == "ObjectLockConfigurationNotFoundError":
                mend = "name a bucket made with Object Lock"
                raise VaultError("has no Object Lock", where=self.bucket, mend=mend) from error
            if status_of(error) != 404:
                raise
            self.client.create_bucket(Bucket=self.bucket, ObjectLockEnabledForBucket=True)
        self._ready.append(True)

    def _locked(self, ref: str, until: datetime) -> None:
        """VaultError unless the store says itself that the bundle is locked that long."""
        if self.locked_until(ref) < until - CLOCK_ERROR:
            raise VaultError("the lock did not take hold", where=f"s3://{self.bucket}/{ref}", mend=MEND)

    def _there(self, name: str) -> str | None:
        """The version that lies under the name already."""
        try:
            return str(self.client.head_object(Bucket=self.bucket, Key=name)["VersionId"])
        except ClientError as error:
            if status_of(error) == 404:
                return None
            raise

    def _same(self, name: str, version: str, body: bytes) -> str:
        ref = f"{name}?{version}"
        if self.get(ref) != body:
            raise VaultError("holds other bytes already", where=name, mend="evidence is never overwritten; look why")
        return ref


@contextmanager
def _told(where: str) -> Iterator[None]:
    """The store's errors: VaultError for what is not there, VaultAwayError where it does not answer or lets us not."""
    try:
        yield
    except ClientError as error:
        what = f"{error.operation_name} answered {status_of(error)} {code_of(error)}"
        kind = VaultError if status_of(error) in (400, 404, 405, 409, 412) else VaultAwayError
        raise kind(what, where=where, mend=MEND) from error
    except (BotoCoreError, OSError) as error:
        raise VaultAwayError(f"no answer: {type(error).__name__}", where=where, mend="it is tried again") from error
