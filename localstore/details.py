"""Tags, ACLs and attributes of objects."""

from localstore.access import canned, require
from localstore.values import Answer, Asked, Bucket, RefusalError, Version
from localstore.world import World
from localstore.xmltext import acl_document, document, read_acl, read_tags, tag_set


def get_tagging(world: World, asked: Asked) -> Answer:
    """GetObjectTagging."""
    _, version = _version(world, asked, "GetObject", "Tagging", "no-tagging")
    return document("Tagging", tag_set(version.tags), headers=_id(version))


def put_tagging(world: World, asked: Asked) -> Answer:
    """PutObjectTagging."""
    _, version = _version(world, asked, "PutObject", "Tagging", "no-tagging")
    version.tags = read_tags(asked.body)
    if world.has("tagging-overwrites"):
        version.data = asked.body
    return Answer(headers=_id(version))


def delete_tagging(world: World, asked: Asked) -> Answer:
    """DeleteObjectTagging."""
    bucket, version = _version(world, asked, "DeleteObject", "Tagging", "no-tagging")
    version.tags = {}
    if world.has("tagging-deletes"):
        world.remove(bucket, asked.key, version)
    return Answer(204, headers=_id(version))


def get_acl(world: World, asked: Asked) -> Answer:
    """GetObjectAcl."""
    bucket, version = _version(world, asked, "GetObject", "Acl", "no-acl")
    return acl_document(bucket.owner, version.acl)


def put_acl(world: World, asked: Asked) -> Answer:
    """PutObjectAcl, canned or as a document."""
    bucket, version = _version(world, asked, "PutObject", "Acl", "no-acl")
    wanted = asked.header("x-amz-acl")
    grants = canned(wanted, bucket.owner) if wanted else read_acl(asked.body)
    if bucket.block.get("BlockPublicAcls") and any(grant.grantee.startswith("http") for grant in grants):
        raise RefusalError(403, "AccessDenied", "Access Denied")
    version.acl = grants
    if world.has("acl-overwrites"):
        version.data = asked.body
    return Answer(headers=_id(version))


def _version(world: World, asked: Asked, verb: str, noun: str, quirk: str) -> tuple[Bucket, Version]:
    if world.has(quirk):
        raise RefusalError(
            501, "NotImplemented", "A header you provided implies functionality that is not implemented."
        )
    bucket, version_id = world.bucket(asked.bucket), asked.query.get("versionId", "")
    version = world.find(bucket, asked.key, version_id)
    action = f"s3:{verb}{'Version' if version_id else ''}{noun}"
    require(asked, bucket, action, version)
    return bucket, version


def _id(version: Version) -> dict[str, str]:
    return {} if version.version_id == "null" else {"x-amz-version-id": version.version_id}
