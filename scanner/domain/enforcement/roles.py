"""The three roles' least-privilege policies: a scanner that only reads, an enforcer, and a vault that writes once."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.domain.enforcement.abilities import Abilities

READS = ["s3:GetObject", "s3:GetObjectVersion"]
LISTS = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"]
MARKS = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
MARKS += ["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
ACLS = ["s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
POLICIES = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
BLOCKS = ["s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"]
DELETES = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
SEALS = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
LOOKS = ["s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:GetBucketObjectLockConfiguration"]
SCRATCH = "aup-probe-*"
Document = Mapping[str, Any]


def scanner_role(buckets: Sequence[str], *, moves: str = "") -> Document:
    """Reads and lists the tenants' buckets, and the quarantine bucket `moves`; changes nothing anywhere."""
    buckets = [*buckets, moves] if moves else buckets
    return _policy(_allow("Read", READS, _inside(buckets)), _allow("List", LISTS, _whole(buckets)))


def enforcer_role(
    buckets: Sequence[str], *, deletes: bool = False, moves: str = "", shown: Abilities | None = None
) -> Document:
    """Marks, ACLs and policies of the tenants' buckets: of these, only what a way needs that the store was `shown` to
    have. Versions are deleted, and moved to the quarantine bucket `moves`, only where an operator allows it; with both,
    copies in quarantine are deleted, too.
    """
    inside = _inside(buckets)
    marks = MARKS if shown is None or shown.tagging_is_safe else []
    acls = ACLS if shown is None or shown.acl_is_safe else []
    holds = POLICIES if shown is None or shown.policy else []
    blocks = BLOCKS if shown is None or shown.public_block else []
    statements = [_allow("Read", READS, inside)]
    statements += [_allow("Mark", [*marks, *acls], inside)] if marks or acls else []
    looks = [*LISTS[:2], "s3:GetBucketVersioning", "s3:GetBucketAcl"]
    statements += [_allow("Hold", [*holds, *blocks, *looks], _whole(buckets))]
    if moves:
        statements += [
            _allow("Quarantine", ["s3:PutObject", *READS, "s3:ListBucket", "s3:GetBucketVersioning"], _both(moves))
        ]
        statements += [_allow("GiveBack", ["s3:PutObject"], inside)]
    emptied = [*inside, *(_inside([moves]) if moves and deletes else [])]
    return _policy(*statements, *([_allow("Delete", DELETES, emptied)] if deletes or moves else []))


def probe_role() -> Document:
    """Makes, fills and removes scratch buckets of our own, for whoever runs `aup stores probe`; no tenant's bucket."""
    buckets = ["s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"]
    buckets += ["s3:GetBucketObjectLockConfiguration", *LISTS[:2], *POLICIES, *BLOCKS, "s3:GetBucketAcl"]
    inside = ["s3:PutObject", *READS, *MARKS, *ACLS, *DELETES, *SEALS[1:], *LOOKS[:2]]
    return _policy(
        _allow("Buckets", buckets, _whole([SCRATCH])),
        _allow("Canaries", inside, _inside([SCRATCH])),
        _allow("Sweep", ["s3:ListAllMyBuckets"], ["*"]),
    )


def vault_role(bucket: str) -> Document:
    """Puts sealed bundles under their lock and reads them back; deletes nothing, and shortens no lock."""
    return _policy(
        _allow("Seal", [*SEALS, *READS, *LOOKS], _inside([bucket])),
        _allow("Look", ["s3:GetBucketObjectLockConfiguration", "s3:ListBucket"], _whole([bucket])),
        {
            "Sid": "Never",
            "Effect": "Deny",
            "Action": [*DELETES, "s3:BypassGovernanceRetention", *POLICIES[1:]],
            "Resource": _both(bucket),
        },
    )


def _policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _both(bucket: str) -> list[str]:
    return [*_inside([bucket]), *_whole([bucket])]


def _inside(buckets: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}/*" for bucket in buckets]


def _whole(buckets: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}" for bucket in buckets]
