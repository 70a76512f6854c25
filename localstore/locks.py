"""Object Lock: what may not be deleted or shortened, and the documents that say so."""

from datetime import UTC, datetime, timedelta

from localstore.access import allowed, require
from localstore.values import Answer, Asked, Bucket, RefusalError, Version
from localstore.world import World
from localstore.xmltext import document, iso, parsed, tag

MODES = ("GOVERNANCE", "COMPLIANCE")


def protect(world: World, asked: Asked, bucket: Bucket, version: Version) -> None:
    """Set a new version's lock from the request's headers or the bucket's default."""
    mode, until = asked.header("x-amz-object-lock-mode"), asked.header("x-amz-object-lock-retain-until-date")
    hold = asked.header("x-amz-object-lock-legal-hold")
    if mode or until or hold:
        if not bucket.lock or world.has("no-lock"):
            raise RefusalError(400, "InvalidRequest", "Bucket is missing Object Lock Configuration")
        if not asked.header("content-md5") and not version.checksums:
            raise RefusalError(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required")
        if bool(mode) != bool(until) or mode not in ("", *MODES):
            raise RefusalError(
                400, "InvalidArgument", "x-amz-object-lock-mode and -retain-until-date must both be supplied"
            )
        version.mode, version.until = mode, _future(world, until) if until else None
        version.hold = hold == "ON"
    elif bucket.lock and bucket.lock_mode:
        version.mode, version.until = bucket.lock_mode, world.now() + timedelta(days=bucket.lock_days)


def refuse_locked(world: World, asked: Asked, bucket: Bucket, version: Version) -> None:
    """403 if the version may not be deleted now."""
    if version.hold or (version.until and version.until > world.now() and not _bypass(asked, bucket, version)):
        raise RefusalError(403, "AccessDenied", "Access Denied because object protected by object lock.")


def put_retention(world: World, asked: Asked) -> Answer:
    """PutObjectRetention: COMPLIANCE may only be prolonged."""
    bucket, version = _version(world, asked, "s3:PutObjectRetention")
    tree = parsed(asked.body, "Retention")
    mode, until = tree.findtext("Mode", ""), tree.findtext("RetainUntilDate", "")
    wanted = _future(world, until) if until else None
    locked = version.until is not None and version.until > world.now()
    weaker = wanted is None or (version.until is not None and wanted < version.until) or mode != version.mode
    if locked and weaker and not world.has("compliance-shortened") and not _bypass(asked, bucket, version):
        raise RefusalError(403, "AccessDenied", "Access Denied because object protected by object lock.")
    version.mode, version.until = mode, wanted
    return _changed(world, asked, version)


def get_retention(world: World, asked: Asked) -> Answer:
    """GetObjectRetention."""
    _, version = _version(world, asked, "s3:GetObjectRetention")
    if not version.mode or version.until is None:
        raise RefusalError(
            404, "NoSuchObjectLockConfiguration", "The specified object does not have a lock configuration"
        )
    return document("Retention", tag("Mode", version.mode) + tag("RetainUntilDate", iso(version.until)))


def put_hold(world: World, asked: Asked) -> Answer:
    """PutObjectLegalHold."""
    _, version = _version(world, asked, "s3:PutObjectLegalHold")
    version.hold = parsed(asked.body, "LegalHold").findtext("Status", "") == "ON"
    return _changed(world, asked, version)


def get_hold(world: World, asked: Asked) -> Answer:
    """GetObjectLegalHold."""
    _, version = _version(world, asked, "s3:GetObjectLegalHold")
    return document("LegalHold", tag("Status", "ON" if version.hold else "OFF"))


def put_lock(world: World, asked: Asked) -> Answer:
    """PutObjectLockConfiguration: the bucket's default lock."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutBucketObjectLockConfiguration")
    if bucket.versioning != "Enabled":
        raise RefusalError(409, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket")
    tree = parsed(asked.body, "ObjectLockConfiguration")
    bucket.lock = tree.findtext("ObjectLockEnabled", "") == "Enabled"
    bucket.lock_mode = tree.findtext(".//Mode", "")
    bucket.lock_days = int(tree.findtext(".//Days", "0")) + 365 * int(tree.findtext(".//Years", "0"))
    return Answer()


def get_lock(world: World, asked: Asked) -> Answer:
    """GetObjectLockConfiguration."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:GetBucketObjectLockConfiguration")
    if not bucket.lock:
        raise RefusalError(404, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist")
    default = tag("Mode", bucket.lock_mode) + tag("Days", bucket.lock_days)
    rule = f"<Rule><DefaultRetention>{default}</DefaultRetention></Rule>" if bucket.lock_mode else ""
    return document("ObjectLockConfiguration", tag("ObjectLockEnabled", "Enabled") + rule)


def _version(world: World, asked: Asked, action: str) -> tuple[Bucket, Version]:
    bucket = world.bucket(asked.bucket)
    if world.has("no-lock"):
        raise RefusalError(501, "NotImplemented", "Object Lock is not implemented.")
    version = world.find(bucket, asked.key, asked.query.get("versionId", ""))
    require(asked, bucket, action, version)
    if not bucket.lock:
        raise RefusalError(400, "InvalidRequest", "Bucket is missing Object Lock Configuration")
    return bucket, version


def _changed(world: World, asked: Asked, version: Version) -> Answer:
    if world.has("hold-overwrites"):
        version.data = asked.body
    return Answer(headers={"x-amz-version-id": version.version_id})


def _bypass(asked: Asked, bucket: Bucket, version: Version) -> bool:
    asks = asked.header("x-amz-bypass-governance-retention").lower() == "true"
    return version.mode == "GOVERNANCE" and asks and allowed(asked, bucket, "s3:BypassGovernanceRetention", version)


def _future(world: World, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise RefusalError(
            400, "InvalidArgument", "The retain until date must be provided in ISO 8601 format"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= world.now():
        raise RefusalError(400, "InvalidArgument", "The retain until date must be in the future!")
    return moment
