"""The canary's own bucket on an S3 store."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import code_of, s3_calls
from scanner.domain.content import Subject

ACCOUNT = "aup-canary"


@dataclass(frozen=True, slots=True)
class S3CanaryStore:
    """Makes the bucket where it is missing; takes away what it has put."""

    client: Any
    bucket: str

    def put(self, key: str, body: bytes) -> Subject:
        """Put a canary."""
        with s3_calls(f"s3://{self.bucket}/{key}"):
            try:
                answer = self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
            except ClientError as error:
                if code_of(error) != "NoSuchBucket":
                    raise
                self.client.create_bucket(Bucket=self.bucket)
                answer = self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
        version = str(answer.get("VersionId", "") or "")
        etag = str(answer["ETag"]).strip('"')
        return Subject(self.bucket, key, "" if version == "null" else version, etag, len(body), ACCOUNT)

    def remove(self, subject: Subject) -> None:
        """Delete exactly what was put."""
        named = {"VersionId": subject.version_id} if subject.version_id else {}
        with s3_calls(subject.url):
            self.client.delete_object(Bucket=subject.bucket, Key=subject.key, **named)
