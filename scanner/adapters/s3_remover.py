"""Destroying exactly one judged version of an S3 object: by its version id, or under If-Match where that was shown."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import code_of, s3_calls, status_of
from scanner.adapters.s3_lying import etag_there
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError, GoneError

BUSY = frozenset({429, 503})
BUSY_CODES = frozenset({"SlowDown", "ConditionalRequestConflict", "OperationAborted"})


@dataclass(frozen=True, slots=True)
class S3Remover:
    """The Remover of S3-compatible stores. It never sends DeleteObjects, and never a delete without a condition.

    `client` must not repeat requests by itself: after a lost answer the world is read back before anything is asked
    again. A store that is busy is asked again after each of `pauses` (seconds).
    """

    client: Any
    abilities: Callable[[], Abilities]
    pauses: tuple[float, ...] = (0.2, 1.0)

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
        try:
            with s3_calls(subject.url):
                self._ask(subject)
        except GoneError:
            return

    def _ask(self, subject: Subject) -> None:
        """The one request. It is repeated only where the store says itself that it did nothing."""
        condition = {"VersionId": subject.version_id} if subject.version_id else {"IfMatch": f'"{subject.etag}"'}
        for pause in self.pauses:
            try:
                self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **condition)
                return
            except ClientError as error:
                if status_of(error) not in BUSY and code_of(error) not in BUSY_CODES:
                    raise
            time.sleep(pause)
        self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **condition)

    def there(self, subject: Subject) -> bool:
        """Whether the judged version can still be read."""
        with s3_calls(subject.url):
            return etag_there(self.client, subject) == subject.etag
