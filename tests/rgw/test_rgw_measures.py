"""Measures, deletion and the vault on Ceph's RADOS gateway: what the probe showed is done there, and undone exactly."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.s3_wide import S3Wide
from scanner.adapters.vault_s3 import LockedVault
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError, GoneError
from tests.contract.s3_stores import Store, client, site_policy

pytestmark = pytest.mark.slow


@pytest.fixture
def site(rgw: Store) -> str:
    """A public, versioned bucket of the test's own."""
    return rgw.bucket(f"site-{secrets.token_hex(5)}")


def lying(store: Store, subject: Subject) -> dict[str, Any]:
    """All that can be seen of a version: bytes, headers, metadata, tags, ACL, and the bucket's policy."""
    named = {"Bucket": subject.bucket, "Key": subject.key}
    named |= {"VersionId": subject.version_id} if subject.version_id else {}
    read, acl = store.client.get_object(**named), store.client.get_object_acl(**named)
    kept = ("ETag", "ContentType", "ContentEncoding", "CacheControl", "Metadata", "VersionId")  # a tag moves the time
    return {
        "body": read["Body"].read(),
        **{name: read.get(name) for name in kept},
        "tags": store.client.get_object_tagging(**named)["TagSet"],
        "acl": [acl["Owner"], sorted(acl["Grants"], key=str)],
    }


@pytest.mark.parametrize("way", [{}, {"tagging": False}])
def test_a_suspended_version_is_refused_and_given_back_as_it_was(
    rgw: Store, able: Abilities, site: str, way: dict[str, bool]
) -> None:
    surface = S3Surface(rgw.client, rgw.url, lambda: replace(able, **way))  # type: ignore[arg-type]
    bad = rgw.put("bad page.php", b"bad", site, Metadata={"a": "b"}, ContentType="text/x", Tagging="t=1&u=2")
    good = rgw.put("good.html", b"good", site)
    before = lying(rgw, bad)
    plan = surface.plan(bad)
    surface.suspend(bad, plan)
    surface.suspend(bad, plan)
    assert surface.observe(bad) == "refused"
    assert rgw.anonymous(bad.key, site) == rgw.anonymous(bad.key, site, bad.version_id) == 403
    assert rgw.anonymous(good.key, site) == 200
    surface.restore(bad, plan)
    surface.restore(bad, plan)
    assert lying(rgw, bad) == before
    assert surface.observe(bad) == "served"


def test_an_upload_over_a_suspended_version_is_served(rgw: Store, able: Abilities, site: str) -> None:
    surface, bad = S3Surface(rgw.client, rgw.url, lambda: able), rgw.put("a", b"bad", site)
    surface.suspend(bad, surface.plan(bad))
    rgw.put("a", b"mended", site)
    assert rgw.anonymous("a", site) == 200
    assert rgw.anonymous("a", site, bad.version_id) == 403


def test_the_acl_is_a_way_without_a_policy(rgw: Store, able: Abilities) -> None:
    bucket = rgw.bucket(f"acl-{secrets.token_hex(5)}", versions=False, public=False)
    surface = S3Surface(rgw.client, rgw.url, lambda: replace(able, tagging=False, policy=False))
    bad = rgw.put("a", b"bad", bucket, ACL="public-read")
    before, plan = lying(rgw, bad), surface.plan(bad)
    surface.suspend(bad, plan)
    assert rgw.anonymous("a", bucket) == 403
    surface.restore(bad, plan)
    assert lying(rgw, bad) == before
    assert rgw.anonymous("a", bucket) == 200


def test_the_tenants_own_statements_stay(rgw: Store, able: Abilities, site: str) -> None:
    own = {"Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject"]}
    own["Resource"] = [f"arn:aws:s3:::{site}/private/*"]
    rgw.client.put_bucket_policy(Bucket=site, Policy=site_policy(site, own))
    surface, bad = S3Surface(rgw.client, rgw.url, lambda: able), rgw.put("a", b"bad", site)
    surface.suspend(bad, surface.plan(bad))
    policy = json.loads(rgw.client.get_bucket_policy(Bucket=site)["Policy"])
    assert [one["Sid"] for one in policy["Statement"]][:2] == ["Site", "Own"]


def test_a_prefix_is_refused_to_the_world_and_its_owner_keeps_export(rgw: Store, able: Abilities, site: str) -> None:
    wide, place = S3Wide(rgw.client, rgw.url, lambda: able), Subject(f"bucket:{site}", "bad/")
    rgw.put("bad/a", b"bad", site)
    rgw.put("badly", b"good", site)
    before, plan = rgw.client.get_bucket_policy(Bucket=site)["Policy"], wide.plan(place)
    wide.suspend(place, plan)
    assert (rgw.anonymous("bad/a", site), rgw.anonymous("badly", site)) == (403, 200)
    with pytest.raises(ClientError, match="AccessDenied"):
        client(rgw.url, "stranger").get_object(Bucket=site, Key="bad/a")
    assert rgw.client.get_object(Bucket=site, Key="bad/a")["Body"].read() == b"bad"
    assert wide.observe(place) == "served-by-link"  # this gateway cannot tell a link that the owner signed
    wide.restore(place, plan)
    assert json.loads(rgw.client.get_bucket_policy(Bucket=site)["Policy"]) == json.loads(before)
    assert wide.observe(place) == "served"


def test_a_frozen_bucket_takes_no_upload(rgw: Store, able: Abilities, site: str) -> None:
    wide, place = S3Wide(rgw.client, rgw.url, lambda: able), Subject(f"frozen:{site}", "")
    rgw.put("a", b"x", site)
    plan = wide.plan(place)
    wide.suspend(place, plan)
    with pytest.raises(ClientError, match="AccessDenied"):
        rgw.put("b", b"y", site)
    rgw.client.delete_object(Bucket=site, Key="a")
    wide.restore(place, plan)
    rgw.put("b", b"y", site)
    assert rgw.anonymous("b", site) == 200


def test_one_version_is_deleted_and_its_neighbours_stay(rgw: Store, able: Abilities, site: str) -> None:
    bad, newer = rgw.put("a", b"bad", site), rgw.put("a", b"mended", site)
    remover = S3Remover(rgw.client, lambda: able)
    remover.remove(bad)
    remover.remove(bad)
    assert (remover.there(bad), remover.there(newer)) == (False, True)
    with pytest.raises(GoneError):
        S3Surface(rgw.client, rgw.url, lambda: able).plan(bad)


def test_an_unversioned_object_is_never_deleted_where_if_match_is_ignored(rgw: Store, able: Abilities) -> None:
    bad = rgw.put("a", b"bad", rgw.bucket(f"plain-{secrets.token_hex(5)}", versions=False))
    remover = S3Remover(rgw.client, lambda: able)
    assert not remover.proves(bad)
    with pytest.raises(EnforcementError, match="was not shown to delete exactly one version"):
        remover.remove(bad)
    assert remover.there(bad)


def test_the_vault_writes_once_and_its_lock_holds(rgw: Store, able: Abilities) -> None:
    bucket = f"vault-{secrets.token_hex(5)}"
    vault = LockedVault(rgw.client, bucket, lambda: able, lambda: datetime.now(UTC), lambda: timedelta(minutes=10))
    ref = vault.put("E1.aupe", b"bundle")
    assert vault.put("E1.aupe", b"bundle") == ref
    assert vault.get(ref) == b"bundle"
    name, _, version = ref.partition("?")
    with pytest.raises(ClientError, match="AccessDenied"):
        rgw.client.delete_object(Bucket=bucket, Key=name, VersionId=version, BypassGovernanceRetention=True)
    vault.hold(ref, on=True)
    vault.hold(ref, on=False)
    vault.extend(ref, datetime.now(UTC) + timedelta(minutes=20))
    assert vault.locked_until(ref) > datetime.now(UTC) + timedelta(minutes=15)
