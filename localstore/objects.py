"""Objects: put, get, head, copy, delete, each with its conditions honoured."""

from dataclasses import replace
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import unquote

from localstore.access import allowed, canned, require
from localstore.checksums import check
from localstore.locks import protect, refuse_locked
from localstore.values import Answer, Asked, Bucket, RefusalError, Version
from localstore.world import World, etag_of
from localstore.xmltext import document, header_tags, iso, parsed, tag

KEPT = ("content-type", "content-encoding", "cache-control", "content-disposition", "content-language", "expires")
MAX_KEY, MAX_META = 1024, 2048
PRECONDITION = "At least one of the pre-conditions you specified did not hold"


def get_object(world: World, asked: Asked) -> Answer:
    """GetObject: a version's bytes, whole or a range, under its conditions."""
    bucket = world.bucket(asked.bucket)
    version = readable(world, asked, bucket)
    headers = described(version)
    unmet = _unmet(asked, version)
    if unmet == 304:
        return Answer(304, headers={name: headers[name] for name in ("ETag", "Last-Modified")})
    if unmet:
        raise RefusalError(412, "PreconditionFailed", PRECONDITION)
    whole, wanted = len(version.data), asked.header("range")
    media_type = asked.query.get("response-content-type") or version.headers.get("content-type", "binary/octet-stream")
    span = _span(wanted, whole) if wanted else None
    if span is None:
        if asked.header("x-amz-checksum-mode").upper() == "ENABLED":
            headers |= {f"x-amz-checksum-{kind}": value for kind, value in version.checksums.items()}
        return Answer(200, version.data, headers, media_type)
    first, last = span
    headers["Content-Range"] = f"bytes {first}-{last}/{whole}"
    return Answer(206, version.data[first : last + 1], headers, media_type)


def head_object(world: World, asked: Asked) -> Answer:
    """HeadObject: what GetObject would say, without the bytes."""
    answer = get_object(world, asked)
    return replace(answer, body=b"", length=len(answer.body))


def readable(world: World, asked: Asked, bucket: Bucket) -> Version:
    """The version asked for, if the caller may read it; who may not list learns nothing of what is missing."""
    version_id = asked.query.get("versionId", "")
    action = "s3:GetObjectVersion" if version_id else "s3:GetObject"
    try:
        version = world.find(bucket, asked.key, version_id)
    except RefusalError:
        if not allowed(replace(asked, key=""), bucket, "s3:ListBucket"):
            raise RefusalError(403, "AccessDenied", "Access Denied") from None
        raise
    require(asked, bucket, action, version)
    return version


def put_object(world: World, asked: Asked) -> Answer:
    """PutObject, with checksums, If-Match and If-None-Match."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutObject")
    check_name(asked)
    refuse_unmet_write(world, asked, bucket)
    version = drafted(world, asked, bucket)
    version.data, version.etag = asked.body, etag_of(asked.body)
    version.checksums = check(asked.body, asked.headers)
    protect(world, asked, bucket, version)
    world.store(bucket, asked.key, version)
    headers = _named(bucket, version) | {"ETag": f'"{version.etag}"'}
    return Answer(headers=headers | {f"x-amz-checksum-{k}": v for k, v in version.checksums.items()})


def check_name(asked: Asked) -> None:
    """400 for a key or metadata beyond S3's limits."""
    if len(asked.key.encode()) > MAX_KEY:
        raise RefusalError(400, "KeyTooLongError", "Your key is too long")
    meta = {name: value for name, value in asked.headers.items() if name.startswith("x-amz-meta-")}
    if sum(len(name) - 11 + len(value) for name, value in meta.items()) > MAX_META:
        raise RefusalError(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")


def refuse_unmet_write(world: World, asked: Asked, bucket: Bucket) -> None:
    """412 if a conditional write's condition does not hold, 404 if there is nothing to match."""
    if world.has("put-if-match-ignored"):
        return
    current, match, none = bucket.current(asked.key), asked.header("if-match"), asked.header("if-none-match")
    there = current is not None and not current.marker
    if none == "*" and there:
        raise RefusalError(412, "PreconditionFailed", PRECONDITION)
    if match and not there:
        raise RefusalError(404, "NoSuchKey", "The specified key does not exist.")
    if match and current is not None and _bare(match) not in (current.etag, "*"):
        raise RefusalError(412, "PreconditionFailed", PRECONDITION)


def drafted(world: World, asked: Asked, bucket: Bucket) -> Version:
    """A version with everything that the request's headers say, still without bytes."""
    wanted = asked.header("x-amz-acl")
    if bucket.block.get("BlockPublicAcls") and wanted.startswith("public"):
        raise RefusalError(403, "AccessDenied", "Access Denied")
    return Version(
        world.fresh_id(bucket),
        b"",
        "",
        world.now().replace(microsecond=0),
        asked.caller.account,
        {name: asked.header(name) for name in KEPT if asked.header(name)},
        {name[11:]: value for name, value in asked.headers.items() if name.startswith("x-amz-meta-")},
        header_tags(asked.header("x-amz-tagging")) if asked.header("x-amz-tagging") else {},
        canned(wanted, bucket.owner),
    )


def copy_object(world: World, asked: Asked) -> Answer:
    """CopyObject, with the source's conditions."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutObject")
    check_name(asked)
    refuse_unmet_write(world, asked, bucket)
    source, from_bucket = _source(world, asked)
    if asked.header("x-amz-metadata-directive") == "REPLACE":
        version = drafted(world, asked, bucket)
    else:
        if source is from_bucket.current(asked.key) and from_bucket is bucket and bucket.versioning != "Enabled":
            raise RefusalError(400, "InvalidRequest", "This copy request is illegal: nothing would change.")
        drawn = drafted(world, asked, bucket)
        version = replace(drawn, headers=dict(source.headers), meta=dict(source.meta))
    if asked.header("x-amz-tagging-directive") != "REPLACE":
        version.tags = dict(source.tags)
    version.data, version.etag, version.checksums = source.data, etag_of(source.data), dict(source.checksums)
    protect(world, asked, bucket, version)
    world.store(bucket, asked.key, version)
    inner = tag("LastModified", iso(version.modified)) + tag("ETag", f'"{version.etag}"')
    headers = _named(bucket, version)
    if from_bucket.versioning:
        headers["x-amz-copy-source-version-id"] = source.version_id
    return document("CopyObjectResult", inner, headers=headers)


def _source(world: World, asked: Asked) -> tuple[Version, Bucket]:
    path, _, query = asked.header("x-amz-copy-source").partition("?versionId=")
    name, _, key = unquote(path).removeprefix("/").partition("/")
    bucket = world.bucket(name)
    reading = replace(asked, bucket=name, key=key, query={"versionId": query} if query else {})
    version = readable(world, reading, bucket)
    match, none = asked.header("x-amz-copy-source-if-match"), asked.header("x-amz-copy-source-if-none-match")
    wrong = (match and _bare(match) != version.etag) or (none and _bare(none) == version.etag)
    if wrong and not world.has("copy-if-match-ignored"):
        raise RefusalError(412, "PreconditionFailed", PRECONDITION)
    return version, bucket


def delete_object(world: World, asked: Asked) -> Answer:
    """DeleteObject: a version for good, or a delete marker; If-Match honoured."""
    match = "" if world.has("delete-if-match-ignored") else asked.header("if-match")
    return Answer(204, headers=delete_version(world, asked, match))


def delete_version(world: World, asked: Asked, match: str) -> dict[str, str]:
    """Delete what the request names; the headers that tell what was done."""
    bucket, version_id = world.bucket(asked.bucket), asked.query.get("versionId", "")
    target = world.named(bucket, asked.key, version_id) if version_id else bucket.current(asked.key)
    require(asked, bucket, "s3:DeleteObjectVersion" if version_id else "s3:DeleteObject", target)
    if match and (target is None or target.marker):
        raise RefusalError(404, "NoSuchKey", "The specified key does not exist.")
    if match and target is not None and _bare(match) not in (target.etag, "*"):
        raise RefusalError(412, "PreconditionFailed", PRECONDITION)
    if version_id or not bucket.versioning:
        if target is None:
            return {"x-amz-version-id": version_id} if version_id else {}
        refuse_locked(world, asked, bucket, target)
        world.remove(bucket, asked.key, target)
        marker = {"x-amz-delete-marker": "true"} if target.marker else {}
        return marker | ({"x-amz-version-id": version_id} if version_id else {})
    moment = world.now().replace(microsecond=0)
    marker_version = Version(world.fresh_id(bucket), b"", "", moment, asked.caller.account, marker=True)
    world.store(bucket, asked.key, marker_version)
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker_version.version_id}


def delete_objects(world: World, asked: Asked) -> Answer:
    """DeleteObjects: each entry by itself, each with its own answer."""
    bucket, lines = world.bucket(asked.bucket), []
    if not asked.header("content-md5") and not any(name.startswith("x-amz-checksum-") for name in asked.headers):
        raise RefusalError(400, "InvalidRequest", "Missing required header for this request: Content-MD5")
    check(asked.body, asked.headers)
    for entry in parsed(asked.body, "Delete").iter("Object"):
        key, version_id = entry.findtext("Key", ""), entry.findtext("VersionId", "")
        match = "" if world.has("batch-etag-ignored") else entry.findtext("ETag", "")
        one = replace(asked, key=key, query={"versionId": version_id} if version_id else {})
        try:
            delete_version(world, replace(one, bucket=bucket.name), match)
            lines.append(f"<Deleted>{tag('Key', key)}{tag('VersionId', version_id) if version_id else ''}</Deleted>")
        except RefusalError as error:
            lines.append(f"<Error>{tag('Key', key)}{tag('Code', error.code)}{tag('Message', error.message)}</Error>")
    return document("DeleteResult", "".join(lines))


def described(version: Version) -> dict[str, str]:
    """The headers that describe a version."""
    names = {name.title(): value for name, value in version.headers.items() if name != "content-type"}
    headers = names | {f"x-amz-meta-{name}": value for name, value in version.meta.items()}
    headers |= {"ETag": f'"{version.etag}"', "Last-Modified": format_datetime(version.modified, usegmt=True)}
    headers["Accept-Ranges"] = "bytes"
    if version.version_id != "null":
        headers["x-amz-version-id"] = version.version_id
    if version.tags:
        headers["x-amz-tagging-count"] = str(len(version.tags))
    if version.mode and version.until:
        headers["x-amz-object-lock-mode"] = version.mode
        headers["x-amz-object-lock-retain-until-date"] = iso(version.until)
    if version.hold:
        headers["x-amz-object-lock-legal-hold"] = "ON"
    return headers


def _named(bucket: Bucket, version: Version) -> dict[str, str]:
    return {"x-amz-version-id": version.version_id} if bucket.versioning else {}


def _bare(etag: str) -> str:
    return etag.strip().strip('"')


def _unmet(asked: Asked, version: Version) -> int:
    match, none = asked.header("if-match"), asked.header("if-none-match")
    if match and _bare(match) not in (version.etag, "*"):
        return 412
    if none and _bare(none) in (version.etag, "*"):
        return 304
    since, before = asked.header("if-modified-since"), asked.header("if-unmodified-since")
    if before and not match and version.modified > parsedate_to_datetime(before):
        return 412
    if since and not none and version.modified <= parsedate_to_datetime(since):
        return 304
    return 0


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    first, dash, last = wanted.removeprefix("bytes=").partition("-")
    if not wanted.startswith("bytes=") or not dash or not (first + last).isdigit():
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        raise RefusalError(416, "InvalidRange", "The requested range is not satisfiable")
    return start, end
