"""Buckets and their settings."""

import json
import re

from localstore.access import canned, require
from localstore.policy import parse
from localstore.values import Answer, Asked, Bucket, RefusalError
from localstore.world import World
from localstore.xmltext import acl_document, document, iso, parsed, read_acl, read_tags, tag, tag_set

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def list_buckets(world: World, asked: Asked) -> Answer:
    """ListBuckets: those of the caller's account."""
    if not asked.caller.account:
        raise RefusalError(403, "AccessDenied", "Access Denied")
    mine = [bucket for bucket in world.buckets.values() if bucket.owner == asked.caller.account]
    rows = "".join(f"<Bucket>{tag('Name', b.name)}{tag('CreationDate', iso(b.created))}</Bucket>" for b in mine)
    owner = f"<Owner>{tag('ID', asked.caller.account)}</Owner>"
    return document("ListAllMyBucketsResult", f"{owner}<Buckets>{rows}</Buckets>")


def create_bucket(world: World, asked: Asked) -> Answer:
    """CreateBucket."""
    if not asked.caller.account:
        raise RefusalError(403, "AccessDenied", "Access Denied")
    if not NAME.fullmatch(asked.bucket):
        raise RefusalError(400, "InvalidBucketName", "The specified bucket is not valid.")
    if asked.bucket in world.buckets:
        raise RefusalError(409, "BucketAlreadyOwnedByYou" if _mine(world, asked) else "BucketAlreadyExists")
    made = Bucket(asked.bucket, asked.caller.account, world.now())
    require(asked, made, "s3:CreateBucket")
    if asked.header("x-amz-bucket-object-lock-enabled").lower() == "true":
        if world.has("no-lock"):
            raise RefusalError(501, "NotImplemented", "Object Lock is not implemented.")
        made.lock, made.versioning = True, "Enabled"
    made.acl = canned(asked.header("x-amz-acl"), made.owner)
    world.buckets[asked.bucket] = made
    return Answer(headers={"Location": f"/{asked.bucket}"})


def head_bucket(world: World, asked: Asked) -> Answer:
    """HeadBucket."""
    require(asked, world.bucket(asked.bucket), "s3:ListBucket")
    return Answer(headers={"x-amz-bucket-region": "us-east-1"})


def delete_bucket(world: World, asked: Asked) -> Answer:
    """DeleteBucket: only an empty one."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:DeleteBucket")
    if bucket.keys:
        raise RefusalError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
    del world.buckets[asked.bucket]
    return Answer(204)


def get_location(world: World, asked: Asked) -> Answer:
    """GetBucketLocation."""
    require(asked, world.bucket(asked.bucket), "s3:GetBucketLocation")
    return document("LocationConstraint", "")


def get_versioning(world: World, asked: Asked) -> Answer:
    """GetBucketVersioning."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:GetBucketVersioning")
    return document("VersioningConfiguration", tag("Status", bucket.versioning) if bucket.versioning else "")


def put_versioning(world: World, asked: Asked) -> Answer:
    """PutBucketVersioning."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketVersioning")
    status = parsed(asked.body, "VersioningConfiguration").findtext("Status", "")
    if status not in ("Enabled", "Suspended"):
        raise RefusalError(400, "IllegalVersioningConfigurationException", "Status must be Enabled or Suspended")
    if bucket.lock and status == "Suspended":
        raise RefusalError(409, "InvalidBucketState", "Object Lock is on: versioning cannot be suspended")
    bucket.versioning = status
    return Answer()


def get_policy(world: World, asked: Asked) -> Answer:
    """GetBucketPolicy."""
    bucket = _policied(world, asked, "s3:GetBucketPolicy")
    if not bucket.policy:
        raise RefusalError(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
    return Answer(200, bucket.policy.encode(), media_type="application/json")


def put_policy(world: World, asked: Asked) -> Answer:
    """PutBucketPolicy."""
    bucket = _policied(world, asked, "s3:PutBucketPolicy")
    text = asked.body.decode("utf-8", "replace")
    policy = parse(text)
    public = any(s["Effect"] == "Allow" and '"*"' in json.dumps(s.get("Principal")) for s in policy["Statement"])
    if public and bucket.block.get("BlockPublicPolicy"):
        raise RefusalError(403, "AccessDenied", "public policies are blocked")
    bucket.policy = text
    return Answer(204)


def delete_policy(world: World, asked: Asked) -> Answer:
    """DeleteBucketPolicy."""
    _policied(world, asked, "s3:DeleteBucketPolicy").policy = ""
    return Answer(204)


def get_acl(world: World, asked: Asked) -> Answer:
    """GetBucketAcl."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:GetBucketAcl")
    return acl_document(bucket.owner, bucket.acl)


def put_acl(world: World, asked: Asked) -> Answer:
    """PutBucketAcl."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketAcl")
    wanted = asked.header("x-amz-acl")
    bucket.acl = canned(wanted, bucket.owner) if wanted else read_acl(asked.body)
    return Answer()


def get_block(world: World, asked: Asked) -> Answer:
    """GetPublicAccessBlock."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:GetBucketPublicAccessBlock")
    if not bucket.block:
        raise RefusalError(404, "NoSuchPublicAccessBlockConfiguration", "There is no public access block")
    rows = "".join(tag(name, str(bucket.block.get(name, False)).lower()) for name in BLOCKS)
    return document("PublicAccessBlockConfiguration", rows)


def put_block(world: World, asked: Asked) -> Answer:
    """PutPublicAccessBlock."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketPublicAccessBlock")
    tree = parsed(asked.body, "PublicAccessBlockConfiguration")
    bucket.block = {name: tree.findtext(name, "false").lower() == "true" for name in BLOCKS}
    return Answer()


def delete_block(world: World, asked: Asked) -> Answer:
    """DeletePublicAccessBlock."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketPublicAccessBlock")
    bucket.block = {}
    return Answer(204)


def get_tagging(world: World, asked: Asked) -> Answer:
    """GetBucketTagging."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:GetBucketTagging")
    if not bucket.tags:
        raise RefusalError(404, "NoSuchTagSet", "The TagSet does not exist")
    return document("Tagging", tag_set(bucket.tags))


def put_tagging(world: World, asked: Asked) -> Answer:
    """PutBucketTagging."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketTagging")
    bucket.tags = read_tags(asked.body)
    return Answer(204)


def _policied(world: World, asked: Asked, action: str) -> Bucket:
    if world.has("no-policy"):
        raise RefusalError(501, "NotImplemented", "Bucket policies are not implemented.")
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, action)
    return bucket


def _mine(world: World, asked: Asked) -> bool:
    return world.bucket(asked.bucket).owner == asked.caller.account
