"""Which request is which operation."""

from collections.abc import Callable, Mapping

from localstore import buckets, details, listing, locks, multipart, objects
from localstore.values import Answer, Asked, RefusalError
from localstore.world import World

Operation = Callable[[World, Asked], Answer]
ON_BUCKET: Mapping[str, tuple[str, Operation]] = {
    "GET": ("ListObjects", listing.list_objects),
    "HEAD": ("HeadBucket", buckets.head_bucket),
    "PUT": ("CreateBucket", buckets.create_bucket),
    "DELETE": ("DeleteBucket", buckets.delete_bucket),
    "GET location": ("GetBucketLocation", buckets.get_location),
    "GET versioning": ("GetBucketVersioning", buckets.get_versioning),
    "PUT versioning": ("PutBucketVersioning", buckets.put_versioning),
    "GET versions": ("ListObjectVersions", listing.list_versions),
    "GET policy": ("GetBucketPolicy", buckets.get_policy),
    "PUT policy": ("PutBucketPolicy", buckets.put_policy),
    "DELETE policy": ("DeleteBucketPolicy", buckets.delete_policy),
    "GET acl": ("GetBucketAcl", buckets.get_acl),
    "PUT acl": ("PutBucketAcl", buckets.put_acl),
    "GET tagging": ("GetBucketTagging", buckets.get_tagging),
    "PUT tagging": ("PutBucketTagging", buckets.put_tagging),
    "GET publicAccessBlock": ("GetPublicAccessBlock", buckets.get_block),
    "PUT publicAccessBlock": ("PutPublicAccessBlock", buckets.put_block),
    "DELETE publicAccessBlock": ("DeletePublicAccessBlock", buckets.delete_block),
    "GET object-lock": ("GetObjectLockConfiguration", locks.get_lock),
    "PUT object-lock": ("PutObjectLockConfiguration", locks.put_lock),
    "POST delete": ("DeleteObjects", objects.delete_objects),
}
ON_OBJECT: Mapping[str, tuple[str, Operation]] = {
    "GET": ("GetObject", objects.get_object),
    "HEAD": ("HeadObject", objects.head_object),
    "PUT": ("PutObject", objects.put_object),
    "DELETE": ("DeleteObject", objects.delete_object),
    "GET tagging": ("GetObjectTagging", details.get_tagging),
    "PUT tagging": ("PutObjectTagging", details.put_tagging),
    "DELETE tagging": ("DeleteObjectTagging", details.delete_tagging),
    "GET acl": ("GetObjectAcl", details.get_acl),
    "PUT acl": ("PutObjectAcl", details.put_acl),
    "GET retention": ("GetObjectRetention", locks.get_retention),
    "PUT retention": ("PutObjectRetention", locks.put_retention),
    "GET legal-hold": ("GetObjectLegalHold", locks.get_hold),
    "PUT legal-hold": ("PutObjectLegalHold", locks.put_hold),
    "POST uploads": ("CreateMultipartUpload", multipart.create),
    "PUT uploadId": ("UploadPart", multipart.put_part),
    "POST uploadId": ("CompleteMultipartUpload", multipart.complete),
    "DELETE uploadId": ("AbortMultipartUpload", multipart.abort),
}
PARTS_OF = {
    True: {name.partition(" ")[2] for name in ON_OBJECT} - {""},
    False: {name.partition(" ")[2] for name in ON_BUCKET} - {""},
}
UNKNOWN = frozenset(
    {"accelerate", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory", "lifecycle"}
    | {"logging", "metrics", "notification", "ownershipControls", "policyStatus", "replication", "requestPayment"}
    | {"restore", "select", "torrent", "website"}
)


def operation_of(asked: Asked) -> tuple[str, Operation]:
    """The request's operation and its function; 501 for what this store does not do."""
    if not asked.bucket:
        if asked.method == "GET":
            return "ListBuckets", buckets.list_buckets
        raise RefusalError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    part = next((name for name in asked.query if name in PARTS_OF[bool(asked.key)]), "")
    strange = next((name for name in asked.query if name in UNKNOWN), "")
    if strange:
        raise RefusalError(501, "NotImplemented", f"?{strange} is not implemented here.")
    if asked.key and asked.method == "PUT" and not part and asked.header("x-amz-copy-source"):
        return "CopyObject", objects.copy_object
    found = (ON_OBJECT if asked.key else ON_BUCKET).get(f"{asked.method} {part}".strip())
    if found is None:
        raise RefusalError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    return found
