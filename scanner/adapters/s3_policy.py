"""Bucket policies read, changed and read back: compare-and-swap as far as S3 allows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scanner.adapters.s3_calls import code_of, s3_calls, status_of
from scanner.domain.enforcement.statements import Policy, fits, parse_policy, shape, to_text
from scanner.errors import ConflictError, EnforcementError

TRIES = 5


@dataclass(frozen=True, slots=True)
class BucketPolicies:
    """Edits policies of buckets. Only the caller's own statements may differ between before and after."""

    client: Any

    def read(self, bucket: str) -> Policy | None:
        """The policy, or None; EnforcementError if it cannot be kept."""
        return parse_policy(self._text(bucket), bucket)

    def edit(self, bucket: str, change: Callable[[Policy | None], Policy | None]) -> None:
        """Apply a change until it is what the bucket shows; ConflictError if somebody keeps undoing it.

        S3 has no conditional write of policies: the policy is read twice before and once after, and where another
        wrote meanwhile, the change is made again on the other's policy.
        """
        with s3_calls(f"s3://{bucket} policy"):
            for _ in range(TRIES):
                before = self.read(bucket)
                after = change(before)
                if shape(after) == shape(before):
                    return
                if shape(self.read(bucket)) == shape(before):
                    self._write(bucket, after)
        raise ConflictError(
            "somebody else keeps changing the policy", where=f"s3://{bucket}", mend="ask the owner; then retry"
        )

    def _write(self, bucket: str, policy: Policy | None) -> None:
        if policy is None:
            self.client.delete_bucket_policy(Bucket=bucket)
        elif fits(policy):
            self.client.put_bucket_policy(Bucket=bucket, Policy=to_text(policy))
        else:
            raise EnforcementError("its policy has no room (20 KB)", where=f"s3://{bucket}", mend="use the ACL")

    def _text(self, bucket: str) -> str:
        try:
            return str(self.client.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError as error:
            if status_of(error) == 404 and code_of(error) != "NoSuchBucket":
                return ""
            raise
