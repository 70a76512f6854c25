"""The capability probe: every promise tried on canaries of our own, in a scratch bucket, before any tenant's object."""

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scanner.adapters.outside import Outside
from scanner.adapters.s3_calls import code_of, status_of
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.statements import TAG, Spared, hold_statements, key_statements, wide_statements
from scanner.errors import EnforcementError

SCRATCH = re.compile(r"aup-probe-[0-9a-f]{10}(-lock)?")
BODY = b"aup canary\n"
STALE = '"00000000000000000000000000000000"'
BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
LOCK_SECONDS = 120  # a canary's COMPLIANCE lock: beyond any clock's error, and cleaned up by a later probe


def probe(client: Any, base_url: str) -> Abilities:
    """What the store does with canaries; EnforcementError if not even a scratch bucket can be made."""
    run = secrets.token_hex(5)
    _sweep(client)
    shown = Abilities(endpoint=client.meta.endpoint_url, probed_at=datetime.now(UTC).isoformat(timespec="seconds"))
    with _bucket(client, f"aup-probe-{run}", lock=False) as bucket:
        canary = Canary(client, bucket, Outside((base_url,)))
        shown = _conditions(canary, shown)
        shown = _marks(canary, shown)
        shown = _refusals(canary, shown)
        shown = _versions(canary, shown)
    with _bucket(client, f"aup-probe-{run}-lock", lock=True) as bucket:
        return _locks(Canary(client, bucket, Outside((base_url,))), shown) if bucket else shown


@dataclass(frozen=True, slots=True)
class Canary:
    """Objects of our own in a scratch bucket."""

    client: Any
    bucket: str
    outside: Outside

    def put(self, key: str, **more: Any) -> Any:
        """Put a canary."""
        return self.client.put_object(Bucket=self.bucket, Key=key, Body=BODY, **more)

    def alive(self, key: str, **named: str) -> bool:
        """Whether it is there with its bytes."""
        try:
            return bool(self.client.get_object(Bucket=self.bucket, Key=key, **named)["Body"].read() == BODY)
        except (ClientError, BotoCoreError):
            return False

    def does(self, call: Callable[[], object]) -> bool:
        """Whether a call is carried out."""
        try:
            call()
        except (ClientError, BotoCoreError):
            return False
        return True

    def refuses(self, call: Callable[[], object], *statuses: int) -> bool:
        """Whether a call is refused, with one of these statuses."""
        try:
            call()
        except ClientError as error:
            return status_of(error) in statuses
        except BotoCoreError:
            return False
        return False

    def seen(self, key: str) -> str:
        """What the world gets."""
        return self.outside.look(self.outside.urls(self.bucket, key), "")


def _conditions(canary: Canary, shown: Abilities) -> Abilities:
    """If-Match on delete and copy, If-None-Match on put, checksums refused: a stale condition must refuse."""
    client, bucket = canary.client, canary.bucket
    place = {"Bucket": bucket, "Key": "conditions"}
    etag = canary.put("conditions")["ETag"]
    source = {"CopySource": dict(place), "Bucket": bucket, "Key": "copied"}
    stale_copy = canary.refuses(lambda: client.copy_object(**source, CopySourceIfMatch=STALE), 412)
    fresh_copy = canary.does(lambda: client.copy_object(**source, CopySourceIfMatch=etag))
    overwrite = canary.refuses(lambda: canary.put("conditions", IfNoneMatch="*"), 412)
    checksum = canary.refuses(lambda: canary.put("sums", ChecksumSHA256="A" * 43 + "="), 400)
    stale_delete = canary.refuses(lambda: client.delete_object(**place, IfMatch=STALE), 412)
    kept = canary.alive("conditions")
    fresh_delete = canary.does(lambda: client.delete_object(**place, IfMatch=etag)) and not canary.alive("conditions")
    return replace(
        shown,
        copy_if_match=stale_copy and fresh_copy and canary.alive("copied"),
        put_if_none_match=overwrite,
        checksum_refusal=checksum,
        delete_if_match=stale_delete and kept and fresh_delete,
    )


def _marks(canary: Canary, shown: Abilities) -> Abilities:
    """Tags and ACLs: set, read back, taken away, and the canary still whole."""
    client, place, dangers = canary.client, {"Bucket": canary.bucket, "Key": "marks"}, list(shown.dangers)
    canary.put("marks")
    tags = {"TagSet": [{"Key": TAG, "Value": "probe"}]}
    tagging = canary.does(lambda: client.put_object_tagging(**place, Tagging=tags))
    tagging = tagging and canary.does(lambda: client.get_object_tagging(**place)["TagSet"][0]["Value"])
    dangers += [] if canary.alive("marks") else ["put-tagging"]
    canary.does(lambda: client.delete_object_tagging(**place))
    dangers += [] if canary.alive("marks") or "put-tagging" in dangers else ["put-tagging"]
    canary.put("acl")
    acl = canary.does(lambda: client.put_object_acl(Bucket=canary.bucket, Key="acl", ACL="public-read"))
    dangers += [] if canary.alive("acl") else ["put-acl"]
    public = acl and canary.seen("acl") == "served"
    canary.does(lambda: client.put_object_acl(Bucket=canary.bucket, Key="acl", ACL="private"))
    hidden = canary.seen("acl") == "refused"
    return replace(shown, tagging=tagging, acl=public and hidden, dangers=tuple(dangers))


def _refusals(canary: Canary, shown: Abilities) -> Abilities:
    """Whether the world is refused what our statements deny, and served what they do not."""
    client, bucket = canary.client, canary.bucket
    for key in ("open", "denied", "tagged", "wide/a"):
        canary.put(key)
    public = _public(bucket)
    if not _policy(canary, [public, *key_statements(bucket, "denied", "", "probe")]):
        return shown
    by_key = canary.seen("denied") == "refused" and canary.seen("open") == "served"
    named = _policy(canary, [public, *_by_name(canary)]) and canary.seen("wide/a") == "refused"
    named = named and canary.alive("wide/a") and canary.seen("open") == "served"
    blocked = _policy(canary, [public]) and _blocked(canary)
    shown = replace(shown, policy=by_key, owner_name=named, public_block=blocked)
    if "put-tagging" in shown.dangers or not shown.tagging:
        return shown
    client.put_object_tagging(Bucket=bucket, Key="tagged", Tagging={"TagSet": [{"Key": TAG, "Value": "probe"}]})
    spared = _policy(canary, [public, *hold_statements(bucket, spare_owner=True)]) and _by_tag(canary)
    spared = spared and canary.alive("tagged")
    held = spared or (_policy(canary, [public, *hold_statements(bucket, spare_owner=False)]) and _by_tag(canary))
    canary.does(lambda: client.delete_bucket_policy(Bucket=bucket))
    return replace(shown, tag_policy=held, owner_condition=spared)


def _public(bucket: str) -> Mapping[str, Any]:
    allow = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"]}
    return {**allow, "Resource": f"arn:aws:s3:::{bucket}/*"}


def _by_name(canary: Canary) -> tuple[Mapping[str, Any], ...]:
    """Statements on a prefix that spare the bucket's owner by user name."""
    owner = canary.client.get_bucket_acl(Bucket=canary.bucket)["Owner"]["ID"]
    return wide_statements(canary.bucket, "wide/", "probe", spared=Spared.NAME, owner=owner, writes=False)


def _blocked(canary: Canary) -> bool:
    """Whether a public access block refuses the world, leaves the owner reading, and can be taken away again."""
    place, before = {"Bucket": canary.bucket}, canary.seen("open") == "served"
    block = canary.does(lambda: canary.client.put_public_access_block(**place, PublicAccessBlockConfiguration=BLOCK))
    closed = block and canary.seen("open") == "refused" and canary.alive("open")
    canary.does(lambda: canary.client.delete_public_access_block(**place))
    return before and closed and canary.seen("open") == "served"


def _by_tag(canary: Canary) -> bool:
    return canary.seen("tagged") == "refused" and canary.seen("open") == "served"


def _policy(canary: Canary, statements: Sequence[Any]) -> bool:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return canary.does(lambda: canary.client.put_bucket_policy(Bucket=canary.bucket, Policy=text))


def _versions(canary: Canary, shown: Abilities) -> Abilities:
    """Versions kept, and deleted one by one."""
    client, bucket = canary.client, canary.bucket
    enabled, bare = {"Status": "Enabled"}, canary.put("bare")["ETag"]
    if not canary.does(lambda: client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)):
        return shown
    first, second = canary.put("versions").get("VersionId", ""), canary.put("versions").get("VersionId", "")
    kept = bool(first) and first != second and canary.alive("versions", VersionId=first)
    gone = kept and canary.does(lambda: client.delete_object(Bucket=bucket, Key="versions", VersionId=first))
    exact = gone and not canary.alive("versions", VersionId=first) and canary.alive("versions", VersionId=second)
    by_null = kept and _null_goes(canary, bare)
    pins = kept and _by_version(canary)
    return replace(shown, versioning=kept, delete_version=exact, delete_null=by_null, version_condition=pins)


def _null_goes(canary: Canary, etag: str) -> bool:
    """Whether what lay there before versions were kept is deleted by its name and ETag, beneath a newer version."""
    place = {"Bucket": canary.bucket, "Key": "bare", "VersionId": "null"}
    newer = canary.put("bare").get("VersionId", "")
    stale = canary.refuses(lambda: canary.client.delete_object(**place, IfMatch=STALE), 412)
    kept = canary.alive("bare", VersionId="null")
    fresh = canary.does(lambda: canary.client.delete_object(**place, IfMatch=etag))
    gone = not canary.alive("bare", VersionId="null") and canary.alive("bare", VersionId=newer)
    return bool(newer) and stale and kept and fresh and gone


def _by_version(canary: Canary) -> bool:
    """Whether a statement refuses one version and serves another of the same key by its id."""
    first, second = canary.put("pinned")["VersionId"], canary.put("pinned")["VersionId"]
    if not _policy(canary, [_public(canary.bucket), *key_statements(canary.bucket, "pinned", first, "probe")]):
        return False
    seen = [canary.outside.look(canary.outside.urls(canary.bucket, "pinned", one)[1:], "") for one in (first, second)]
    canary.does(lambda: canary.client.delete_bucket_policy(Bucket=canary.bucket))
    return seen == ["refused", "served"]


def _locks(canary: Canary, shown: Abilities) -> Abilities:
    """Object Lock: a locked version cannot be deleted, its COMPLIANCE not shortened, a legal hold holds."""
    client, bucket = canary.client, canary.bucket
    until = datetime.now(UTC) + timedelta(seconds=LOCK_SECONDS)
    try:
        locked = canary.put("locked", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)["VersionId"]
        held = canary.put("held")["VersionId"]
    except (ClientError, BotoCoreError, KeyError):
        return shown
    place = {"Bucket": bucket, "Key": "locked", "VersionId": locked}
    bypass = {"BypassGovernanceRetention": True}
    kept = canary.refuses(lambda: client.delete_object(**place, **bypass), 403) and canary.alive("locked")
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": until - timedelta(seconds=LOCK_SECONDS / 2)}
    firm = canary.refuses(lambda: client.put_object_retention(**place, Retention=sooner), 400, 403)
    on_hold = {"Bucket": bucket, "Key": "held", "VersionId": held}
    canary.does(lambda: client.put_object_legal_hold(**on_hold, LegalHold={"Status": "ON"}))
    hold = canary.refuses(lambda: client.delete_object(**on_hold), 403) and canary.alive("held")
    canary.does(lambda: client.put_object_legal_hold(**on_hold, LegalHold={"Status": "OFF"}))
    dangers = shown.dangers if canary.alive("held") and canary.alive("locked") else (*shown.dangers, "retention")
    return replace(shown, object_lock=kept, compliance=kept and firm, legal_hold=hold, dangers=dangers)


@contextlib.contextmanager
def _bucket(client: Any, name: str, *, lock: bool) -> Iterator[str]:
    """A scratch bucket, emptied and removed afterwards; "" where one with Object Lock cannot be made."""
    try:
        client.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if lock else {}))
    except (ClientError, BotoCoreError) as error:
        if lock:
            yield ""
            return
        cause = code_of(error) if isinstance(error, ClientError) else type(error).__name__
        mend = "let the enforcer make buckets named aup-probe-*, or onboard the store with `aup stores probe`"
        raise EnforcementError(f"the store cannot be probed: {cause}", where=name, mend=mend) from error
    try:
        yield name
    finally:
        _empty(client, name)


def _empty(client: Any, name: str) -> None:
    """Remove what can be removed; a locked canary is left with its bucket until a probe after its lock."""
    with contextlib.suppress(ClientError, BotoCoreError):
        found = client.list_object_versions(Bucket=name)
        for row in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            with contextlib.suppress(ClientError, BotoCoreError):
                client.delete_object(Bucket=name, Key=row["Key"], VersionId=row["VersionId"])
        client.delete_bucket(Bucket=name)


def _sweep(client: Any) -> None:
    """Remove scratch buckets of earlier probes whose locks have run out."""
    with contextlib.suppress(ClientError, BotoCoreError):
        old = datetime.now(UTC) - timedelta(seconds=3 * LOCK_SECONDS)
        for row in client.list_buckets()["Buckets"]:
            if SCRATCH.fullmatch(row["Name"]) and row["CreationDate"] < old:
                _empty(client, row["Name"])
