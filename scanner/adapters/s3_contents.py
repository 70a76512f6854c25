"""Stored objects through boto3: by version, bounded, size-checked. The control path, and the slow twin of a reader."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import Any, Protocol

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason, missing_bytes
from scanner.domain.known import Mark, second_of
from scanner.errors import StoreError
from scanner.ports import Fetched, Unread
from scanner.settings import Settings

PIECE = 1024 * 1024  # bytes read of a body at a time
ATTEMPTS = 3  # whole reads of one object; a broken body is read again from its start
AT_ONCE = frozenset({Reason.DAMAGED, Reason.UNANSWERED})  # gaps that are tried so often at once
BUSY = frozenset({408, 429})  # statuses besides 5xx that say: not now
ARCHIVED, OWN_KEY = "InvalidObjectState", "InvalidRequest"  # S3's words for both


class S3Client(Protocol):
    """The part of boto3's S3 client that is used here."""

    def get_object(self, **request: Any) -> Any: ...

    def head_bucket(self, **request: Any) -> Any: ...

    def list_object_versions(self, **request: Any) -> Any: ...

    def get_paginator(self, name: str) -> Any: ...


def s3_client(settings: Settings, *, attempts: int = 5) -> Any:
    """A boto3 client for the settings' endpoint: path style, short time-outs, own credentials if given.

    `attempts` 1 never asks twice: for requests whose lost answer must be read back instead.
    """
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        config=Config(
            s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )


@dataclass(frozen=True, slots=True)
class S3Contents:
    """Reads versions. A version that cannot be read is an Unread with its reason, never an exception."""

    client: S3Client

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each subject's bytes, in any order."""
        for subject in subjects:
            yield self._read(subject, limit)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Current versions of the bucket in key order, after the key `after`; StoreError if it does not list."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after)
        for page in _listed(pages, bucket):
            for entry in page.get("Contents", []):
                etag = entry["ETag"].strip('"')
                modified = entry["LastModified"].isoformat()
                yield Subject(bucket, entry["Key"], "", etag, entry["Size"], modified=modified)

    def page(self, bucket: str, prefix: str, after: str, last: str, limit: int) -> list[Mark]:
        """At most `limit` marks behind `after` up to `last`; fewer only at the end."""
        kept = takewhile(lambda subject: not last or subject.key <= last, self.listing(bucket, prefix, after))
        return [(s.key, s.etag, s.size, second_of(s.modified)) for s in islice(kept, limit)]

    def missing(self, bucket: str) -> bool:
        """Whether the store knows no such bucket (or shows it to nobody); StoreError where it does not say."""
        mend = "check the bucket's name, the endpoint, its region and the store"
        try:
            self.client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if _status(error) in (403, 404):
                return True
            raise StoreError(f"the store answered {_status(error)}", where=bucket, mend=mend) from error
        except (BotoCoreError, OSError) as error:
            raise StoreError(f"the store was not asked: {error}", where=bucket, mend=mend) from error
        return False

    def _read(self, subject: Subject, limit: int) -> Fetched | Unread:
        gap = Gap(Reason.GONE)
        for _ in range(ATTEMPTS):
            answer = self._attempt(subject, limit)
            if isinstance(answer, Fetched):
                return answer
            gap = answer
            if gap.reason not in AT_ONCE:
                break
        return Unread(subject, gap)

    def _attempt(self, subject: Subject, limit: int) -> Fetched | Gap:
        request: dict[str, Any] = {"Bucket": subject.bucket, "Key": subject.key}
        if subject.version_id:
            request["VersionId"] = subject.version_id
        elif subject.etag:
            request["IfMatch"] = f'"{subject.etag}"'
        try:
            answer = self.client.get_object(**request)
            return _body(subject, answer, limit)
        except ClientError as error:
            return _gap(error)
        except (BotoCoreError, OSError) as error:
            return Gap(Reason.UNANSWERED, "", f"the body broke off: {type(error).__name__}")


def _listed(pages: Iterable[Any], bucket: str) -> Iterator[Any]:
    """The pages of a listing; the store's refusals and silences in our words."""
    try:
        yield from pages
    except ClientError as error:
        told = str(error.response.get("Error", {}).get("Code", ""))
        mend = "check bucket, credentials and store"
        raise StoreError(f"the store does not list: {told}", where=bucket, mend=mend) from error
    except (BotoCoreError, OSError) as error:
        what = f"the store does not list: {type(error).__name__}"
        raise StoreError(what, where=bucket, mend="check the store") from error


def _body(subject: Subject, answer: Any, limit: int) -> Fetched | Gap:
    """The whole body, compared with the size that the store promised: a short body is never taken for the object."""
    size, stream = int(answer["ContentLength"]), answer["Body"]
    if size > limit:
        stream.close()
        return Gap(Reason.OVER_SIZE, "", f"{size} bytes; the limit is {limit} (limits.content_bytes)")
    pieces, held = [], 0
    while piece := stream.read(PIECE):
        held += len(piece)
        if held > limit:
            stream.close()
            return Gap(Reason.OVER_SIZE, "", f"more than {limit} bytes came (limits.content_bytes)")
        pieces.append(piece)
    if held != size:
        return Gap(Reason.DAMAGED, "", f"{held} bytes came of {size}")
    read = replace(
        subject,
        version_id=_version(answer, subject),
        etag=str(answer.get("ETag", "")).strip('"'),
        size=size,
        modified=answer["LastModified"].isoformat() if "LastModified" in answer else subject.modified,
    )
    kinds = answer.get("ContentType", ""), answer.get("ContentEncoding", "")
    return Fetched(subject, read, b"".join(pieces), *kinds, gaps=missing_bytes(subject, held))


def _version(answer: Any, asked: Subject) -> str:
    version = str(answer.get("VersionId", "") or asked.version_id)
    return "" if version == "null" else version


def _gap(error: ClientError) -> Gap:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return status_gap(412 if code == "PreconditionFailed" else _status(error), code or "no code")


def status_gap(status: int, told: str) -> Gap:
    """What an HTTP status of the store means for a read."""
    if status == 412:
        return Gap(Reason.CHANGED, "", "the object is not the version that was named")
    if status in (404, 405):
        return Gap(Reason.GONE, "", "a delete marker" if status == 405 else told)
    if status in (401, 403):
        archived = " (archived: read once its owner restores it)" if ARCHIVED in told else ""
        return Gap(Reason.ACCESS_DENIED, "", f"the store refuses: {told}{archived}")
    if status == 400 and OWN_KEY in told:
        return Gap(Reason.ENCRYPTED, "", f"stored under a key that only its owner has (SSE-C): {told}")
    if status >= 500 or status in BUSY:
        return Gap(Reason.UNANSWERED, "", f"the store answered {status}: {told}")
    return Gap(Reason.DAMAGED, "", f"the store answered {status}: {told}")


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
