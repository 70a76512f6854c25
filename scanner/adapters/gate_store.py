"""The serving gate on an S3 store: the bucket's statements, and our tag on exact versions."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scanner.adapters.outside import Outside
from scanner.adapters.s3_calls import code_of, s3_calls
from scanner.adapters.s3_policy import BucketPolicies
from scanner.domain.content import Subject
from scanner.domain.enforcement.statements import stands, to_text, with_statements, without_statements
from scanner.domain.gates import TAG, VALUE, GateShown, gate_sids, gate_statements
from scanner.errors import EnforcementError, GoneError

MAX_TAGS = 10
NOBODY = "arn:aws:iam::000000000000:user/nobody"
ENABLED = {"Status": "Enabled"}


@dataclass(frozen=True, slots=True)
class S3Gate:
    """Under the enforcer's login. `writers`: the ARNs that may write the tag; `base_url`: where the world reads."""

    client: Any
    base_url: str
    writers: Sequence[str] = ()

    def turn_on(self, bucket: str) -> None:
        """Put the statements; all others stay as they are. EnforcementError where versions are not kept."""
        with s3_calls(f"s3://{bucket} versioning"):
            status = self.client.get_bucket_versioning(Bucket=bucket).get("Status", "")
        if status != "Enabled":
            mend = "switch versioning on: a tag on a key without versions may meet other bytes"
            raise EnforcementError("its versions are not kept", where=f"s3://{bucket}", mend=mend)
        ours = gate_statements(bucket, self.writers)
        BucketPolicies(self.client).edit(
            bucket, lambda policy: with_statements(without_statements(policy, gate_sids()), ours)
        )

    def turn_off(self, bucket: str) -> None:
        """Take the statements out; tags stay, they mean nothing then."""
        BucketPolicies(self.client).edit(bucket, lambda policy: without_statements(policy, gate_sids()))

    def is_on(self, bucket: str) -> bool:
        """Whether the statements stand as we wrote them."""
        with s3_calls(f"s3://{bucket} policy"):
            return stands(BucketPolicies(self.client).read(bucket), gate_statements(bucket, self.writers))

    def open(self, subject: Subject) -> None:
        """Tag the version; its other tags stay. EnforcementError where ten are there already.

        A version from before versioning has no id of its own: GoneError unless it is still the judged one.
        """
        tags = self._tags(subject)
        if not subject.version_id and self._etag(subject) != subject.etag:
            raise GoneError("other bytes lie there now", where=subject.url, mend="they have a request of their own")
        if tags.get(TAG) == VALUE:
            return
        if len({**tags, TAG: VALUE}) > MAX_TAGS:
            raise EnforcementError("there are ten tags already", where=subject.url, mend="the owner removes one")
        self._write(subject, {**tags, TAG: VALUE})
        if not subject.version_id and self._etag(subject) != subject.etag:  # replaced between the look and the tag
            self.close(subject)
            raise GoneError("other bytes lie there now", where=subject.url, mend="they have a request of their own")

    def close(self, subject: Subject) -> None:
        """Take the tag off the version, whoever wrote it."""
        tags = self._tags(subject)
        if TAG in tags:
            self._write(subject, {name: value for name, value in tags.items() if name != TAG})

    def probe(self) -> GateShown:
        """What the store does with canaries in a scratch bucket; EnforcementError if not even that can be made."""
        name = f"aup-probe-{secrets.token_hex(5)}"
        with self._scratch(name) as bucket:
            outside, world = Outside((self.base_url,)), {"Sid": "Open", "Effect": "Allow", "Principal": "*"}
            allow = {**world, "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{name}/*"}
            first = self._put(bucket, "a")
            if not first or not self._policy(bucket, [allow, *gate_statements(name, ())]):
                return GateShown()
            refused = outside.look(outside.urls(name, "a"), "") == "refused"
            opened = self._tag(bucket, "a", first) and outside.look(outside.urls(name, "a"), "") == "served"
            self._put(bucket, "a")
            newer = outside.look(outside.urls(name, "a"), "") == "refused"
            self._policy(bucket, [allow, *gate_statements(name, [NOBODY])])
            other = self._put(bucket, "b")
            forged = self._tag(bucket, "b", other) or bool(self._put(bucket, "c", Tagging=f"{TAG}={VALUE}"))
            return GateShown(refused and opened and newer, not forged)

    def _tags(self, subject: Subject) -> dict[str, str]:
        with s3_calls(subject.url):
            answer = self.client.get_object_tagging(**_named(subject))
        return {one["Key"]: one["Value"] for one in answer["TagSet"]}

    def _etag(self, subject: Subject) -> str:
        with s3_calls(subject.url):
            return str(self.client.head_object(**_named(subject))["ETag"]).strip('"')

    def _write(self, subject: Subject, tags: dict[str, str]) -> None:
        listed = [{"Key": name, "Value": value} for name, value in tags.items()]
        with s3_calls(subject.url):
            if tags:
                self.client.put_object_tagging(**_named(subject), Tagging={"TagSet": listed})
            else:
                self.client.delete_object_tagging(**_named(subject))
        if (self._tags(subject).get(TAG) == VALUE) != (tags.get(TAG) == VALUE):
            raise EnforcementError("the store did not keep the tag", where=subject.url, mend="leave it at monitor")

    def _put(self, bucket: str, key: str, **more: Any) -> str:
        try:
            answer = self.client.put_object(Bucket=bucket, Key=key, Body=b"aup canary\n", **more)
        except (ClientError, BotoCoreError):
            return ""
        return str(answer.get("VersionId", ""))

    def _tag(self, bucket: str, key: str, version: str) -> bool:
        tags = {"TagSet": [{"Key": TAG, "Value": VALUE}]}
        try:
            self.client.put_object_tagging(Bucket=bucket, Key=key, VersionId=version, Tagging=tags)
        except (ClientError, BotoCoreError):
            return False
        return True

    def _policy(self, bucket: str, statements: list[Any]) -> bool:
        text = to_text({"Version": "2012-10-17", "Statement": statements})
        try:
            self.client.put_bucket_policy(Bucket=bucket, Policy=text)
        except (ClientError, BotoCoreError):
            return False
        return True

    @contextmanager
    def _scratch(self, name: str) -> Iterator[str]:
        try:
            self.client.create_bucket(Bucket=name)
        except (ClientError, BotoCoreError) as error:
            cause = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            mend = "let the enforcer make buckets named aup-probe-*"
            raise EnforcementError(f"the store cannot be probed: {cause}", where=name, mend=mend) from error
        try:
            with suppress(ClientError, BotoCoreError):
                self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration=ENABLED)
            yield name
        finally:
            self._remove(name)

    def _remove(self, name: str) -> None:
        """Empty and remove the scratch bucket; what cannot be removed now, the next `aup stores probe` sweeps."""
        with suppress(ClientError, BotoCoreError):
            self.client.delete_bucket_policy(Bucket=name)
            found = self.client.list_object_versions(Bucket=name)
            for row in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
                self.client.delete_object(Bucket=name, Key=row["Key"], VersionId=row["VersionId"])
            self.client.delete_bucket(Bucket=name)


def _named(subject: Subject) -> dict[str, str]:
    return {"Bucket": subject.bucket, "Key": subject.key, "VersionId": subject.version_id or "null"}
