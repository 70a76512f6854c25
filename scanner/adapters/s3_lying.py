"""Which version lies under a key, also where our own hold refuses to show it: then the bucket's listing says it."""

from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import status_of
from scanner.domain.content import Subject

PAGES = 50  # of 1,000 versions of one key


def named(subject: Subject) -> dict[str, str]:
    """The request's place: the key, and the version where one is named."""
    place = {"Bucket": subject.bucket, "Key": subject.key}
    return {**place, "VersionId": subject.version_id} if subject.version_id else place


def keeps_versions(client: Any, bucket: str) -> bool:
    """Whether the bucket keeps versions now: there a delete that names none only hides what lies there."""
    return str(client.get_bucket_versioning(Bucket=bucket).get("Status", "")) == "Enabled"


def etag_there(client: Any, subject: Subject) -> str:
    """The ETag of what lies there; "" for nothing. Where a hold refuses even the owner a HEAD, it is listed."""
    try:
        return str(client.head_object(**named(subject))["ETag"]).strip('"')
    except ClientError as error:
        if status_of(error) in (404, 405):
            return ""
        if status_of(error) != 403:
            raise
    return _listed_version(client, subject) if subject.version_id else _listed(client, subject)


def _listed(client: Any, subject: Subject) -> str:
    answer = client.list_objects_v2(Bucket=subject.bucket, Prefix=subject.key, MaxKeys=1)
    rows = [row for row in answer.get("Contents", []) if row["Key"] == subject.key]
    return str(rows[0]["ETag"]).strip('"') if rows else ""


def _listed_version(client: Any, subject: Subject) -> str:
    pages = client.get_paginator("list_object_versions").paginate(Bucket=subject.bucket, Prefix=subject.key)
    for number, page in enumerate(pages):
        rows = page.get("Versions", [])
        for row in rows:
            if (row["Key"], row["VersionId"]) == (subject.key, subject.version_id):
                return str(row["ETag"]).strip('"')
        if number >= PAGES or any(row["Key"] != subject.key for row in rows):
            break  # the key itself sorts before all that it is a prefix of
    return ""
