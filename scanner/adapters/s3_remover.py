"""Destroying exactly one judged version of an S3 object: by its version id, or under If-Match where that was shown."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import code_of, s3_calls, status_of
from scanner.adapters.s3_lying import etag_there, keeps_versions
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError, GoneError

NULL = "null"  # the version id of what was put where versions are not kept
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
        shown, bare = self.abilities(), _is_bare(subject)
        if bare and (shown.delete_if_match or shown.delete_null):
            return shown.can_delete("", keeps=self._keeps(subject))
        return not bare and shown.can_delete(subject.version_id)

    def remove(self, subject: Subject) -> None:
        """Delete the version; ChangedError if other bytes lie there. What is gone already is no error."""
        if not self.proves(subject):
            mend = "keep it suspended; see `aup stores show`"
            raise EnforcementError(
                "the store was not shown to delete exactly one version", where=subject.url, mend=mend
            )
        try:
            with s3_calls(subject.url):
                self._ask(subject, _condition(subject, keeps=self._keeps(subject)))
        except GoneError:
            return

    def _keeps(self, subject: Subject) -> bool:
        """Whether an object without a version id of its own lies in a bucket that keeps versions by now."""
        if not _is_bare(subject):
            return False
        try:
            with s3_calls(subject.url):
                return keeps_versions(self.client, subject.bucket)
        except GoneError:
            return False  # the bucket went away with all that it kept

    def _ask(self, subject: Subject, condition: dict[str, str]) -> None:
        """The one request. It is repeated only where the store says itself that it did nothing."""
        for pause in self.pauses:
            try:
                answer = self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **condition)
                return _see_no_marker(subject, answer)
            except ClientError as error:
                if status_of(error) not in BUSY and code_of(error) not in BUSY_CODES:
                    raise
            time.sleep(pause)
        answer = self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **condition)
        return _see_no_marker(subject, answer)

    def there(self, subject: Subject) -> bool:
        """Whether the judged version can still be read."""
        place = replace(subject, version_id=NULL) if self._keeps(subject) else subject
        with s3_calls(subject.url):
            return etag_there(self.client, place) == subject.etag


def _is_bare(subject: Subject) -> bool:
    """Whether no version id pins its bytes: what is called `null` is overwritten where versions are not kept."""
    return subject.version_id in ("", NULL)


def _condition(subject: Subject, *, keeps: bool) -> dict[str, str]:
    """What the request names, so that it falls on the judged bytes or on nothing."""
    if not _is_bare(subject):
        return {"VersionId": subject.version_id}
    match = {"IfMatch": f'"{subject.etag}"'}
    return {**match, "VersionId": NULL} if keeps else match


def _see_no_marker(subject: Subject, answer: Mapping[str, Any]) -> None:
    """EnforcementError where versions began to be kept meanwhile: a marker was put over it, and it lies beneath."""
    if answer.get("DeleteMarker") and _is_bare(subject) and answer.get("VersionId", NULL) != NULL:
        raise EnforcementError(
            "was hidden, and is still kept as a version", where=subject.url, mend="it is tried again"
        )
