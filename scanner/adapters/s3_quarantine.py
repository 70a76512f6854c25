"""Quarantine: an object of an unversioned bucket moved out of the world's reach, and moved back as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import status_of
from scanner.domain.content import Subject
from scanner.errors import ConflictError

HEADERS = ("ContentType", "ContentEncoding", "ContentLanguage", "ContentDisposition", "CacheControl")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Moves objects into `bucket`. Every step names the judged ETag; both of its conditions were probed."""

    client: Any
    bucket: str

    def before(self, subject: Subject) -> dict[str, Any]:
        """ACL, tags and headers, which a copy does not carry over by itself."""
        place = {"Bucket": subject.bucket, "Key": subject.key}
        acl, head = self.client.get_object_acl(**place), self.client.head_object(**place)
        tags = [[one["Key"], one["Value"]] for one in self.client.get_object_tagging(**place)["TagSet"]]
        headers = {name: head[name] for name in HEADERS if name in head}
        return {
            "acl": {"Owner": acl["Owner"], "Grants": acl["Grants"]},
            "tags": tags,
            "metadata": head["Metadata"],
            "headers": headers,
        }

    def take(self, subject: Subject, plan: Mapping[str, Any]) -> None:
        """Copy the judged bytes away, see that they arrived, then delete exactly them."""
        kept = self._kept(subject, plan)
        if not self._lies(self.bucket, kept, subject.etag):
            self._make_bucket()
            source = {"Bucket": subject.bucket, "Key": subject.key}
            self.client.copy_object(
                Bucket=self.bucket, Key=kept, CopySource=source, CopySourceIfMatch=f'"{subject.etag}"'
            )
        if not self._lies(self.bucket, kept, subject.etag):
            raise ConflictError("did not arrive in quarantine", where=subject.url, mend="a person decides")
        if self._lies(subject.bucket, subject.key, subject.etag):
            self.client.delete_object(Bucket=subject.bucket, Key=subject.key, IfMatch=f'"{subject.etag}"')

    def give_back(self, subject: Subject, plan: Mapping[str, Any]) -> None:
        """Copy back with all that was noted; ConflictError if something else lies there now."""
        kept, place = self._kept(subject, plan), {"Bucket": subject.bucket, "Key": subject.key}
        if not self._lies(subject.bucket, subject.key, subject.etag):
            if self._lies(subject.bucket, subject.key, ""):
                raise ConflictError(
                    "the owner has put something else there", where=subject.url, mend="a person decides"
                )
            self.client.copy_object(
                **place,
                CopySource={"Bucket": self.bucket, "Key": kept},
                CopySourceIfMatch=f'"{subject.etag}"',
                IfNoneMatch="*",
                MetadataDirective="REPLACE",
                Metadata=plan["metadata"],
                **plan["headers"],
            )
        self.client.put_object_acl(**place, AccessControlPolicy=plan["acl"])
        self.client.put_object_tagging(
            **place, Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in plan["tags"]]}
        )

    def place(self, subject: Subject, plan: Mapping[str, Any]) -> Subject | None:
        """Where the judged bytes lie in quarantine (the version, where the bucket keeps any); None if they do not."""
        kept = self._kept(subject, plan)
        found = self._head(self.bucket, kept)
        if found is None or str(found["ETag"]).strip('"') != subject.etag:
            return None
        version = str(found.get("VersionId", ""))
        return replace(subject, bucket=self.bucket, key=kept, version_id="" if version == "null" else version)

    def _lies(self, bucket: str, key: str, etag: str) -> bool:
        """Whether an object (with that ETag) lies there."""
        found = self._head(bucket, key)
        return found is not None and etag in ("", str(found["ETag"]).strip('"'))

    def _head(self, bucket: str, key: str) -> Mapping[str, Any] | None:
        try:
            answer: Mapping[str, Any] = self.client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if status_of(error) == 404:
                return None
            raise
        return answer

    def _make_bucket(self) -> None:
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if status_of(error) != 404:
                raise
            self.client.create_bucket(Bucket=self.bucket)

    @staticmethod
    def _kept(subject: Subject, plan: Mapping[str, Any]) -> str:
        return f"{subject.bucket}/{plan['token']}"
