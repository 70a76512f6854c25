"""Multipart uploads."""

import hashlib
import secrets

from localstore.access import require
from localstore.checksums import check
from localstore.locks import protect
from localstore.objects import check_name, drafted, refuse_unmet_write
from localstore.values import Answer, Asked, RefusalError, Upload
from localstore.world import World, etag_of
from localstore.xmltext import document, parsed, tag


def create(world: World, asked: Asked) -> Answer:
    """CreateMultipartUpload."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutObject")
    check_name(asked)
    upload_id = secrets.token_urlsafe(24)
    bucket.uploads[upload_id] = Upload(asked.key, drafted(world, asked, bucket))
    inner = tag("Bucket", bucket.name) + tag("Key", asked.key) + tag("UploadId", upload_id)
    return document("InitiateMultipartUploadResult", inner)


def put_part(world: World, asked: Asked) -> Answer:
    """UploadPart."""
    upload = _upload(world, asked)
    upload.pieces[int(asked.query.get("partNumber", "0"))] = asked.body
    sums = check(asked.body, asked.headers)
    headers = {"ETag": f'"{etag_of(asked.body)}"'} | {f"x-amz-checksum-{k}": v for k, v in sums.items()}
    return Answer(headers=headers)


def complete(world: World, asked: Asked) -> Answer:
    """CompleteMultipartUpload."""
    bucket, upload = world.bucket(asked.bucket), _upload(world, asked)
    refuse_unmet_write(world, asked, bucket)
    numbers = [int(p.findtext("PartNumber", "0")) for p in parsed(asked.body, "CompleteMultipartUpload").iter("Part")]
    if numbers != sorted(set(numbers)) or not numbers:
        raise RefusalError(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    if any(number not in upload.pieces for number in numbers):
        raise RefusalError(400, "InvalidPart", "One or more of the specified parts could not be found.")
    pieces, version = [upload.pieces[number] for number in numbers], upload.draft
    version.data = b"".join(pieces)
    whole = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    version.etag, version.parts = f"{etag_of(whole)}-{len(pieces)}", len(pieces)
    version.modified, version.version_id = world.now().replace(microsecond=0), world.fresh_id(bucket)
    protect(world, asked, bucket, version)
    world.store(bucket, asked.key, version)
    del bucket.uploads[asked.query["uploadId"]]
    inner = tag("Bucket", bucket.name) + tag("Key", asked.key) + tag("ETag", f'"{version.etag}"')
    headers = {"x-amz-version-id": version.version_id} if bucket.versioning else {}
    return document("CompleteMultipartUploadResult", inner, headers=headers)


def abort(world: World, asked: Asked) -> Answer:
    """AbortMultipartUpload."""
    _upload(world, asked)
    del world.bucket(asked.bucket).uploads[asked.query["uploadId"]]
    return Answer(204)


def _upload(world: World, asked: Asked) -> Upload:
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:PutObject")
    upload = bucket.uploads.get(asked.query.get("uploadId", ""))
    if upload is None or upload.key != asked.key:
        raise RefusalError(404, "NoSuchUpload", "The specified multipart upload does not exist.")
    return upload
