"""The three roles' least-privilege policies: a scanner that only reads, an enforcer, and a vault that writes once."""

from collections.abc import Mapping, Sequence
from typing import Any

READS = ["s3:GetObject", "s3:GetObjectVersion"]
LISTS = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"]
MARKS = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
MARKS += ["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
ACLS = ["s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
POLICIES = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
DELETES = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
SEALS = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
LOOKS = ["s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:GetBucketObjectLockConfiguration"]
Document = Mapping[str, Any]


def scanner_role(buckets: Sequence[str]) -> Document:
    """Reads and lists the tenants' buckets; changes nothing anywhere."""
    return _policy(_allow("Read", READS, _inside(buckets)), _allow("List", LISTS, _whole(buckets)))


def enforcer_role(buckets: Sequence[str], *, deletes: bool = False) -> Document:
    """Marks, ACLs and policies of the tenants' buckets; deletes versions only where an operator allows it."""
    statements = [
        _allow("Read", READS, _inside(buckets)),
        _allow("Mark", [*MARKS, *ACLS], _inside(buckets)),
        _allow("Hold", [*POLICIES, "s3:ListBucket"], _whole(buckets)),
    ]
    return _policy(*statements, *([_allow("Delete", DELETES, _inside(buckets))] if deletes else []))


def vault_role(bucket: str) -> Document:
    """Puts sealed bundles under their lock and reads them back; deletes nothing, and shortens no lock."""
    return _policy(
        _allow("Seal", [*SEALS, *READS, *LOOKS], _inside([bucket])),
        _allow("Look", ["s3:GetBucketObjectLockConfiguration", "s3:ListBucket"], _whole([bucket])),
        {
            "Sid": "Never",
            "Effect": "Deny",
            "Action": [*DELETES, "s3:BypassGovernanceRetention", *POLICIES[1:]],
            "Resource": [*_inside([bucket]), *_whole([bucket])],
        },
    )


def _policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _inside(buckets: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}/*" for bucket in buckets]


def _whole(buckets: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}" for bucket in buckets]
