"""Who may do what: identity policy, bucket policy, ACLs and the public access block, put together."""

from collections.abc import Mapping

from localstore.policy import effect, parse
from localstore.values import ALL_USERS, AUTHENTICATED, Asked, Bucket, Caller, Grant, RefusalError, Version
from localstore.xmltext import header_tags, read_tags

GRANTS = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:PutObject": "WRITE",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
OWNERS_ALWAYS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
CANNED: Mapping[str, tuple[Grant, ...]] = {
    "": (),
    "private": (),
    "public-read": (Grant(ALL_USERS, "READ"),),
    "public-read-write": (Grant(ALL_USERS, "READ"), Grant(ALL_USERS, "WRITE")),
    "authenticated-read": (Grant(AUTHENTICATED, "READ"),),
    "bucket-owner-full-control": (),
    "bucket-owner-read": (),
}


def canned(name: str, owner: str) -> tuple[Grant, ...]:
    """The grants of a canned ACL; 400 if there is none of that name."""
    if name not in CANNED:
        raise RefusalError(400, "InvalidArgument", f"{name} is no canned ACL")
    return (Grant(owner, "FULL_CONTROL"), *CANNED[name])


def require(asked: Asked, bucket: Bucket, action: str, version: Version | None = None) -> None:
    """403 unless the caller may do it."""
    if not allowed(asked, bucket, action, version):
        raise RefusalError(403, "AccessDenied", "Access Denied")


def allowed(asked: Asked, bucket: Bucket, action: str, version: Version | None = None) -> bool:
    """Whether the caller may do `action` on the bucket or on `version` of the key."""
    caller = asked.caller
    resource = f"arn:aws:s3:::{bucket.name}" + (f"/{asked.key}" if asked.key else "")
    context = _context(asked, bucket, version)
    home = bool(caller.account) and caller.account == bucket.owner
    policy = parse(bucket.policy) if bucket.policy and "policy-ignored" not in asked.quirks else None
    by_bucket = effect(policy, caller, action, resource, context)
    by_identity = "Allow" if caller.policy is None else effect(caller.policy, caller, action, resource, context)
    if home and caller.policy is None and action in OWNERS_ALWAYS:
        return True
    if "Deny" in (by_bucket, by_identity):
        return False
    if bucket.block.get("RestrictPublicBuckets") and not home and _is_public(bucket):
        return False
    if home:
        return "Allow" in (by_bucket, by_identity)
    if "acl-ignored" in asked.quirks and action == "s3:GetObject":
        return True
    from_outside = by_bucket == "Allow" or _granted(caller, bucket, action, version)
    return from_outside and (not caller.account or by_identity == "Allow")


def _granted(caller: Caller, bucket: Bucket, action: str, version: Version | None) -> bool:
    permission = GRANTS.get(action, "")
    acl = version.acl if version is not None and permission != "WRITE" else bucket.acl
    ignored = bucket.block.get("IgnorePublicAcls", False)
    mine = {caller.account} if caller.account else set()
    if not ignored:
        mine |= {ALL_USERS} | ({AUTHENTICATED} if caller.account else set())
    return any(grant.grantee in mine and grant.permission in (permission, "FULL_CONTROL") for grant in acl)


def _is_public(bucket: Bucket) -> bool:
    return bool(bucket.policy) and any(
        statement.get("Effect") == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        for statement in parse(bucket.policy)["Statement"]
    )


def _context(asked: Asked, bucket: Bucket, version: Version | None) -> Mapping[str, str]:
    caller = asked.caller
    found = {"aws:SecureTransport": "false", "aws:SourceIp": "127.0.0.1", "aws:ResourceAccount": bucket.owner}
    found["s3:ResourceAccount"] = bucket.owner
    if caller.account:
        found |= _identity(asked)
        found["s3:authType"] = "REST-QUERY-STRING" if caller.presigned else "REST-HEADER"
    if "versionId" in asked.query and "version-condition-ignored" not in asked.quirks:
        found["s3:VersionId"] = asked.query["versionId"]
    for name in ("prefix",):
        if name in asked.query:
            found[f"s3:{name}"] = asked.query[name]
    for name in ("x-amz-acl", "if-match", "if-none-match", "x-amz-copy-source"):
        if asked.header(name):
            found[f"s3:{name}"] = asked.header(name)
    if version is not None and "tag-conditions-ignored" not in asked.quirks:
        found |= {f"s3:ExistingObjectTag/{name}": value for name, value in version.tags.items()}
    return found | {f"s3:RequestObjectTag/{name}": value for name, value in _sent_tags(asked).items()}


def _sent_tags(asked: Asked) -> Mapping[str, str]:
    """The tags that a request would set."""
    if asked.method != "PUT" or not asked.key or "request-tags-ignored" in asked.quirks:
        return {}
    if "tagging" in asked.query:
        return read_tags(asked.body)
    return header_tags(asked.header("x-amz-tagging")) if asked.header("x-amz-tagging") else {}


def _identity(asked: Asked) -> Mapping[str, str]:
    """What tells who asks; AWS gives an account's root no user name."""
    caller = asked.caller
    if "owner-by-name" in asked.quirks:
        return {"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": "", "aws:username": caller.account}
    found = {"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account}
    return found if caller.policy is None else {**found, "aws:username": caller.name}
