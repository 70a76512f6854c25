"""What an S3 store must do: the strict store does all of it, moto's server the part in which it is right."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.s3_stores import Store, client, moto_store, site_policy, status_of, strict_store

ODD_KEYS = [
    "a",
    "a//b",
    "/lead",
    " sp ace+%2F",
    "π😀",
    "*?$",
    "trail/",
    ".",
    "..",
    "x" * 1024,
    "%41",
    "a&b<c>\"'",
]


@pytest.fixture(scope="module", params=["strict", "moto"])
def shared(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Both stores."""
    with strict_store() if request.param == "strict" else moto_store() as store:
        yield store


@pytest.fixture
def store(shared: Store, request: pytest.FixtureRequest) -> Store:
    """Both stores, with a bucket of the test's own named `shared.name`."""
    shared.client.create_bucket(Bucket=bucket_of(request))
    return shared


def bucket_of(request: pytest.FixtureRequest) -> str:
    return f"b{abs(hash(request.node.name)) % 10**12}"


@pytest.fixture
def bucket(store: Store, request: pytest.FixtureRequest) -> str:
    return bucket_of(request)


@pytest.fixture
def strict() -> Iterator[Store]:
    """The strict store alone, with a public, versioned bucket `tenant`."""
    with strict_store() as found:
        found.bucket()
        yield found


def refused(call: Any, **request: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def test_every_legal_key_is_kept_apart(store: Store, bucket: str) -> None:
    for key in ODD_KEYS:
        store.client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert store.client.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = store.client.list_objects_v2(Bucket=bucket)["Contents"]
    assert [row["Key"] for row in listed] == sorted(ODD_KEYS, key=str.encode)


def test_versions_are_kept_and_deleted_one_by_one(store: Store, bucket: str) -> None:
    c, place = store.client, {"Bucket": bucket, "Key": "k"}
    c.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = (c.put_object(**place, Body=body)["VersionId"] for body in (b"1", b"2"))
    marker = c.delete_object(**place)
    assert marker["DeleteMarker"]
    assert refused(c.get_object, **place) == "NoSuchKey"
    assert c.get_object(**place, VersionId=first)["Body"].read() == b"1"
    c.delete_object(**place, VersionId=marker["VersionId"])
    assert c.get_object(**place)["Body"].read() == b"2"
    c.delete_object(**place, VersionId=second)
    assert c.get_object(**place)["Body"].read() == b"1"


def test_reads_honour_their_conditions(store: Store, bucket: str) -> None:
    c, place = store.client, {"Bucket": bucket, "Key": "k"}
    etag = c.put_object(**place, Body=b"0123456789")["ETag"]
    assert c.get_object(**place, IfMatch=etag)["Body"].read() == b"0123456789"
    assert refused(c.get_object, **place, IfMatch='"0"') in ("PreconditionFailed", "412")
    assert refused(c.get_object, **place, IfNoneMatch=etag) == "304"
    assert c.get_object(**place, Range="bytes=2-4")["Body"].read() == b"234"
    assert c.get_object(**place, Range="bytes=-3")["Body"].read() == b"789"
    assert refused(c.get_object, **place, Range="bytes=90-99") == "InvalidRange"


def test_a_delete_honours_if_match(store: Store, bucket: str) -> None:
    c, place = store.client, {"Bucket": bucket, "Key": "k"}
    etag = c.put_object(**place, Body=b"1")["ETag"]
    assert refused(c.delete_object, **place, IfMatch='"0"') == "PreconditionFailed"
    c.delete_object(**place, IfMatch=etag)
    assert refused(c.get_object, **place) == "NoSuchKey"


def test_tags_metadata_and_headers_are_kept(store: Store, bucket: str) -> None:
    c, place = store.client, {"Bucket": bucket, "Key": "k"}
    c.put_object(**place, Body=b"1", Metadata={"a": "b"}, ContentType="text/x", ContentEncoding="x", Tagging="t=1")
    head = c.head_object(**place)
    assert (head["Metadata"], head["ContentType"], head["ContentEncoding"]) == ({"a": "b"}, "text/x", "x")
    assert c.get_object_tagging(**place)["TagSet"] == [{"Key": "t", "Value": "1"}]
    c.delete_object_tagging(**place)
    assert c.get_object_tagging(**place)["TagSet"] == []


def test_multipart_uploads_and_streams_arrive_whole(store: Store, bucket: str) -> None:
    big = b"y" * (9 * 1024 * 1024)
    store.client.upload_fileobj(io.BytesIO(big), bucket, "big")
    head = store.client.head_object(Bucket=bucket, Key="big")
    assert head["ContentLength"] == len(big)
    assert head["ETag"].endswith('-2"')
    store.client.put_object(Bucket=bucket, Key="s", Body=io.BytesIO(b"x" * 100_000))
    assert store.client.head_object(Bucket=bucket, Key="s")["ContentLength"] == 100_000


def test_listings_come_in_pages_with_prefixes(store: Store, bucket: str) -> None:
    c, keys = store.client, [f"{folder}/{n:02}" for folder in "abc" for n in range(5)]
    for key in keys:
        c.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = c.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4})
    assert [row["Key"] for page in pages for row in page["Contents"]] == keys
    found = c.list_objects_v2(Bucket=bucket, Delimiter="/", StartAfter="a/99")
    assert [row["Prefix"] for row in found["CommonPrefixes"]] == ["b/", "c/"]
    pages = c.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4})
    assert [row["Key"] for page in pages for row in page["Versions"]] == keys


def test_a_copy_takes_tags_and_metadata_along(store: Store, bucket: str) -> None:
    c = store.client
    c.put_object(Bucket=bucket, Key="a b+", Body=b"1", Metadata={"m": "1"}, Tagging="t=1")
    c.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b+"})
    assert c.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"m": "1"}
    assert c.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "t", "Value": "1"}]


def test_a_policy_is_kept_as_it_was_put(store: Store, bucket: str) -> None:
    c, policy = store.client, site_policy(bucket)
    assert refused(c.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"
    c.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert json.loads(c.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(policy)
    c.delete_bucket_policy(Bucket=bucket)
    assert refused(c.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"


def test_a_locked_version_cannot_be_deleted(store: Store, bucket: str) -> None:
    c, until = store.client, datetime.now(UTC) + timedelta(days=1)
    c.create_bucket(Bucket=f"{bucket}-lock", ObjectLockEnabledForBucket=True)
    place = {"Bucket": f"{bucket}-lock", "Key": "k"}
    version = c.put_object(**place, Body=b"1", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)[
        "VersionId"
    ]
    assert refused(c.delete_object, **place, VersionId=version) == "AccessDenied"
    assert refused(c.delete_object, **place, VersionId=version, BypassGovernanceRetention=True) == "AccessDenied"
    held = c.put_object(**{**place, "Key": "h"}, Body=b"1")["VersionId"]
    on = {"Bucket": f"{bucket}-lock", "Key": "h", "VersionId": held}
    c.put_object_legal_hold(**on, LegalHold={"Status": "ON"})
    assert refused(c.delete_object, **on) == "AccessDenied"
    c.put_object_legal_hold(**on, LegalHold={"Status": "OFF"})
    c.delete_object(**on)


# From here on the strict store alone: moto pays no heed to these.
def test_keys_that_look_like_paths_are_kept_as_they_are(strict: Store) -> None:
    keys = [".", "..", "../up", "line\nfeed\ttab", "/lead", "//", "a/../b", "a/./b"]
    for key in keys:
        strict.put(key, key.encode())
    for key in keys:
        assert strict.client.get_object(Bucket="tenant", Key=key)["Body"].read() == key.encode()


def test_a_bad_secret_is_refused(strict: Store) -> None:
    assert refused(client(strict.url, "owner", "wrong").list_buckets) == "SignatureDoesNotMatch"
    assert refused(client(strict.url, "nobody", "wrong").list_buckets) == "InvalidAccessKeyId"


def test_the_world_reads_what_the_policy_allows_and_no_more(strict: Store) -> None:
    strict.put("a")
    assert strict.anonymous("a") == 200
    assert strict.anonymous("missing") == 403
    assert status_of(f"{strict.url}/tenant") == 403
    strict.client.delete_bucket_policy(Bucket="tenant")
    assert strict.anonymous("a") == 403


@pytest.mark.parametrize("way", ["s3v4", "s3"])
def test_a_presigned_link_reads_as_its_signer(strict: Store, way: str) -> None:
    strict.client.delete_bucket_policy(Bucket="tenant")
    subject = strict.put("a b")
    place = {"Bucket": "tenant", "Key": "a b", "VersionId": subject.version_id}
    signer = client(strict.url, signature_version=way)
    link = signer.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    assert ("X-Amz-Signature" in link) is (way == "s3v4")
    assert status_of(link) == 200
    assert status_of(link.replace("Signature=", "Signature=0")) == 403
    assert status_of(signer.generate_presigned_url("get_object", Params=place, ExpiresIn=-1)) == 403
    deny = {
        "Sid": "L",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject*",
        "Resource": "arn:aws:s3:::tenant/*",
    }
    condition = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}
    strict.client.put_bucket_policy(Bucket="tenant", Policy=site_policy("tenant", {**deny, "Condition": condition}))
    assert (status_of(link), strict.anonymous("a b")) == (403, 200)


def test_another_tenant_is_a_stranger(strict: Store) -> None:
    other = client(strict.url, "stranger")
    strict.put("a")
    assert other.get_object(Bucket="tenant", Key="a")["Body"].read() == b"bad"
    for call in (other.list_objects_v2, other.get_bucket_policy):
        assert refused(call, Bucket="tenant") == "AccessDenied"
    assert refused(other.put_object, Bucket="tenant", Key="a", Body=b"") == "AccessDenied"
    assert refused(other.create_bucket, Bucket="tenant") == "BucketAlreadyExists"


def test_an_acl_opens_one_object(strict: Store) -> None:
    strict.client.delete_bucket_policy(Bucket="tenant")
    strict.put("a", ACL="public-read")
    strict.put("b")
    assert (strict.anonymous("a"), strict.anonymous("b")) == (200, 403)
    strict.client.put_public_access_block(
        Bucket="tenant", PublicAccessBlockConfiguration={"IgnorePublicAcls": True, "BlockPublicPolicy": True}
    )
    assert strict.anonymous("a") == 403
    assert refused(strict.client.put_bucket_policy, Bucket="tenant", Policy=site_policy("tenant")) == "AccessDenied"


def test_a_stale_copy_condition_is_refused(strict: Store) -> None:
    strict.put("a")
    source = {"Bucket": "tenant", "Key": "c", "CopySource": {"Bucket": "tenant", "Key": "a"}}
    assert refused(strict.client.copy_object, **source, CopySourceIfMatch='"0"') == "PreconditionFailed"


def test_a_batch_delete_honours_each_etag(strict: Store) -> None:
    strict.put("a")
    answer = strict.client.delete_objects(Bucket="tenant", Delete={"Objects": [{"Key": "a", "ETag": "0"}]})
    assert answer["Errors"][0]["Code"] == "PreconditionFailed"
    assert strict.anonymous("a") == 200


def test_conditional_writes_are_honoured(strict: Store) -> None:
    put, place = strict.client.put_object, {"Bucket": "tenant", "Key": "a", "Body": b"1"}
    etag = put(**place, IfNoneMatch="*")["ETag"]
    assert refused(put, **place, IfNoneMatch="*") == "PreconditionFailed"
    assert refused(put, **place, IfMatch='"0"') == "PreconditionFailed"
    put(**place, IfMatch=etag)
    assert refused(put, **{**place, "Key": "new"}, IfMatch=etag) == "NoSuchKey"


@pytest.mark.parametrize("checksum", ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumSHA1", "ChecksumSHA256"])
def test_a_wrong_checksum_is_refused(strict: Store, checksum: str) -> None:
    place = {"Bucket": "tenant", "Key": "a", "Body": b"1"}
    assert refused(strict.client.put_object, **place, **{checksum: "AAAAAA=="}) == "BadDigest"
    assert refused(strict.client.put_object, **place, ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==") == "BadDigest"
    if checksum != "ChecksumCRC32C":  # this client cannot compute it by itself
        strict.client.put_object(**place, ChecksumAlgorithm=checksum.removeprefix("Checksum"))


def test_a_compliance_lock_is_never_shortened_and_governance_only_by_right(strict: Store) -> None:
    c, now = strict.client, datetime.now(UTC)
    c.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    for mode, answer in (("COMPLIANCE", "AccessDenied"), ("GOVERNANCE", "")):
        later = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": now + timedelta(days=9)}
        version = c.put_object(Bucket="lock", Key=mode, Body=b"1", **later)["VersionId"]
        place = {"Bucket": "lock", "Key": mode, "VersionId": version}
        sooner = {"Mode": mode, "RetainUntilDate": now + timedelta(days=2)}
        assert refused(c.put_object_retention, **place, Retention=sooner) == "AccessDenied"
        c.put_object_retention(**place, Retention={**sooner, "RetainUntilDate": now + timedelta(days=20)})
        if answer:
            assert refused(c.put_object_retention, **place, Retention=sooner, BypassGovernanceRetention=True) == answer
        else:
            c.put_object_retention(**place, Retention=sooner, BypassGovernanceRetention=True)
            c.delete_object(**place, BypassGovernanceRetention=True)


def test_limits_of_s3_are_kept(strict: Store) -> None:
    put = strict.client.put_object
    assert refused(put, Bucket="tenant", Key="x" * 1025, Body=b"") == "KeyTooLongError"
    assert refused(put, Bucket="tenant", Key="x", Body=b"", Metadata={"a": "b" * 3000}) == "MetadataTooLarge"
    tags = {"TagSet": [{"Key": str(n), "Value": ""} for n in range(11)]}
    strict.put("x")
    assert refused(strict.client.put_object_tagging, Bucket="tenant", Key="x", Tagging=tags) == "BadRequest"
    large = site_policy(
        "tenant", {"Sid": "x" * 20_400, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    )
    assert refused(strict.client.put_bucket_policy, Bucket="tenant", Policy=large) == "PolicyTooLarge"


@pytest.mark.parametrize(
    "policy",
    ["{", "{}", '{"Statement": [{"Effect": "Maybe"}]}', '{"Statement": [{"Effect": "Deny", "Resource": "*"}]}'],
)
def test_a_malformed_policy_is_refused(strict: Store, policy: str) -> None:
    assert refused(strict.client.put_bucket_policy, Bucket="tenant", Policy=policy) == "MalformedPolicy"


def test_an_unknown_condition_is_refused(strict: Store) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    for condition in ({"StringSame": {"aws:PrincipalArn": "x"}}, {"StringEquals": {"s3:Mood": "x"}}):
        policy = site_policy("tenant", {**deny, "Condition": condition})
        assert refused(strict.client.put_bucket_policy, Bucket="tenant", Policy=policy) == "MalformedPolicy"


def test_a_user_has_only_the_rights_of_its_policy(strict: Store) -> None:
    allow = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::tenant/a/*"}
    strict.world.add_user("111111111111", "reader", "reader", "secret", {"Statement": [allow]})
    strict.client.delete_bucket_policy(Bucket="tenant")
    strict.put("a/1")
    strict.put("b/1")
    reader = client(strict.url, "reader")
    assert reader.get_object(Bucket="tenant", Key="a/1")["Body"].read() == b"bad"
    assert refused(reader.get_object, Bucket="tenant", Key="b/1") == "AccessDenied"
    assert refused(reader.delete_object, Bucket="tenant", Key="a/1") == "AccessDenied"


@pytest.mark.parametrize(("kind", "code"), [("503", "SlowDown"), ("409", "ConditionalRequestConflict")])
def test_scripted_faults_answer_instead_of_working(strict: Store, kind: str, code: str) -> None:
    strict.put("a")
    strict.world.faults.add("DeleteObject", kind)
    assert refused(strict.client.delete_object, Bucket="tenant", Key="a") == code
    assert strict.anonymous("a") == 200
    strict.client.delete_object(Bucket="tenant", Key="a")


@pytest.mark.parametrize("kind", ["drop", "lost"])
def test_a_lost_answer_may_have_worked_or_not(strict: Store, kind: str) -> None:
    from botocore.exceptions import BotoCoreError

    strict.put("a")
    strict.world.faults.add("DeleteObject", kind)
    with pytest.raises(BotoCoreError):
        strict.client.delete_object(Bucket="tenant", Key="a")
    assert (strict.world.buckets["tenant"].keys["a"][-1].marker) is (kind == "lost")


def test_a_body_can_be_cut_short(strict: Store) -> None:
    from botocore.exceptions import BotoCoreError

    strict.put("a", b"x" * 10_000)
    strict.world.faults.add("GetObject", "cut")
    with pytest.raises((BotoCoreError, OSError)):
        strict.client.get_object(Bucket="tenant", Key="a")["Body"].read()


def test_a_fault_can_act_between_two_requests(strict: Store) -> None:
    strict.put("a")
    strict.world.faults.add("GetObject", "before", act=lambda: strict.world.buckets["tenant"].keys.clear(), skip=1)
    assert strict.anonymous("a") == 200
    assert strict.anonymous("a") == 403
    assert strict.world.faults.met == ["GetObject before"]
