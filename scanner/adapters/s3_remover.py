"""Destroying exactly one judged version of an S3 object: by its version id, or under If-Match where that was shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scanner.adapters.s3_calls import s3_calls
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import ChangedError, EnforcementError, GoneError


@dataclass(frozen=True, slots=True)
class S3Remover:
    """The Remover of S3-compatible stores. It never sends DeleteObjects, and never a delete without a condition."""

    client: Any
    abilities: Callable[[], Abilities]

    def proves(self, subject: Subject) -> bool:
        """Whether the store was shown to honour what the request would name."""
        return self.abilities().can_delete(subject.version_id)

    def remove(self, subject: Subject) -> None:
        """Delete the version; ChangedError if other bytes lie there. What is gone already is no error."""
        if not self.proves(subject):
            mend = "keep it suspended; see `aup stores show`"
            raise EnforcementError(
                "the store was not shown to delete exactly one version", where=subject.url, mend=mend
            )
        condition = {"VersionId": subject.version_id} if subject.version_id else {"IfMatch": f'"{subject.etag}"'}
        try:
            with s3_calls(subject.url):
                self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **condition)
        except GoneError:
            return

    def there(self, subject: Subject) -> bool:
        """Whether the judged version can still be read."""
        named = {"VersionId": subject.version_id} if subject.version_id else {"IfMatch": f'"{subject.etag}"'}
        try:
            with s3_calls(subject.url):
                self.client.head_object(Bucket=subject.bucket, Key=subject.key, **named)
        except (GoneError, ChangedError):
            return False
        return True
