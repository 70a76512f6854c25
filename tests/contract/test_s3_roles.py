"""The three roles at work on a store that obeys their policies: each can do its work, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.adapters.probe import probe
from scanner.adapters.s3_contents import S3Contents
from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.s3_wide import S3Wide
from scanner.adapters.vault_s3 import LockedVault
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.roles import enforcer_role, probe_role, scanner_role, vault_role
from scanner.errors import DeniedError
from scanner.ports import Fetched
from tests.contract.s3_measures import ABLE
from tests.contract.s3_stores import OWNER, Store, client, strict_store
from tests.contract.test_vault import WORM

BUCKETS = ("tenant",)


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with a tenant's bucket, another's, and a vault; one user for each role."""
    with strict_store() as found:
        found.bucket("tenant")
        found.bucket("other")
        found.client.create_bucket(Bucket="aup-vault", ObjectLockEnabledForBucket=True)
        roles = {
            "scanner": scanner_role(BUCKETS),
            "enforcer": enforcer_role(BUCKETS),
            "remover": enforcer_role(BUCKETS, deletes=True),
            "vault": vault_role("aup-vault"),
            "prober": probe_role(),
        }
        for name, policy in roles.items():
            found.world.add_user(OWNER, name, name, "secret", policy)
        found.put("a", b"bad")
        found.put("a", b"private", "other")
        found.client.delete_bucket_policy(Bucket="other")
        yield found


def refused(call: Callable[..., Any], **request: Any) -> bool:
    """Whether the role is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return bool(caught.value.response["Error"]["Code"] == "AccessDenied")


def test_the_scanner_reads_and_changes_nothing(store: Store) -> None:
    scanner, place = client(store.url, "scanner"), {"Bucket": "tenant", "Key": "a"}
    subject = store.put("b", b"text")
    [read] = S3Contents(scanner).read([subject], 1_000)
    assert isinstance(read, Fetched)
    assert [one.key for one in S3Contents(scanner).listing("tenant", "", "")] == ["a", "b"]
    assert refused(scanner.put_object, **place, Body=b"")
    assert refused(scanner.delete_object, **place)
    assert refused(scanner.put_object_tagging, **place, Tagging={"TagSet": []})
    assert refused(scanner.put_bucket_policy, Bucket="tenant", Policy="{}")
    assert refused(scanner.get_object, Bucket="other", Key="a")


def test_the_enforcer_suspends_and_restores_and_reads_no_other_bucket(store: Store) -> None:
    enforcer = client(store.url, "enforcer")
    for able in (ABLE,):
        surface, bad = S3Surface(enforcer, store.url, lambda able=able: able), store.put("bad.php")
        plan = surface.plan(bad)
        surface.suspend(bad, plan)
        assert store.anonymous(bad.key) == 403
        surface.restore(bad, plan)
        assert store.anonymous(bad.key) == 200
    assert refused(enforcer.get_object, Bucket="other", Key="a")
    assert refused(enforcer.list_objects_v2, Bucket="other")
    assert refused(enforcer.put_object, Bucket="tenant", Key="a", Body=b"")


def test_only_a_role_that_an_operator_gave_the_right_deletes(store: Store) -> None:
    bad = store.put("bad.php")
    with pytest.raises(DeniedError, match="DeleteObject is refused"):
        S3Remover(client(store.url, "enforcer"), lambda: ABLE).remove(bad)
    remover = S3Remover(client(store.url, "remover"), lambda: ABLE)
    assert remover.there(bad)
    remover.remove(bad)
    remover.remove(bad)
    assert not remover.there(bad)


def test_the_vault_seals_and_destroys_nothing(store: Store) -> None:
    holder = client(store.url, "vault")
    vault = LockedVault(holder, "aup-vault", lambda: WORM, lambda: datetime.now(UTC))
    ref = vault.put("E1.aupe", b"bundle")
    assert vault.get(ref) == b"bundle"
    name, _, version = ref.partition("?")
    assert refused(holder.delete_object, Bucket="aup-vault", Key=name, VersionId=version)
    assert refused(holder.delete_object, Bucket="aup-vault", Key=name)
    assert refused(holder.get_object, Bucket="other", Key="a")


@pytest.mark.parametrize("able", [ABLE, replace(ABLE, policy=False, public_block=True)])
def test_the_enforcer_closes_a_bucket_and_opens_it_again(store: Store, able: Abilities) -> None:
    wide, place = S3Wide(client(store.url, "enforcer"), store.url, lambda: able), Subject("bucket:tenant", "")
    plan = wide.plan(place)
    wide.suspend(place, plan)
    assert store.anonymous("a") == 403
    wide.restore(place, plan)
    assert store.anonymous("a") == 200


@pytest.mark.parametrize("way", [{}, {"tagging": False}, {"tagging": False, "policy": False}])
def test_the_rights_that_the_probe_leaves_are_enough_for_the_way_taken(store: Store, way: dict[str, bool]) -> None:
    able = replace(ABLE, **way)  # type: ignore[arg-type]
    store.world.add_user(OWNER, "bare", "bare", "secret", enforcer_role(BUCKETS, shown=able))
    surface, bad = S3Surface(client(store.url, "bare"), store.url, lambda: able), store.put("bad.php")
    plan = surface.plan(bad)
    surface.suspend(bad, plan)
    surface.restore(bad, plan)
    assert store.anonymous(bad.key) == 200


def test_whoever_probes_shows_all_and_reaches_no_tenant(store: Store) -> None:
    prober = client(store.url, "prober")
    shown = probe(prober, store.url)
    assert (shown.tag_policy, shown.vault_is_worm, shown.delete_if_match, shown.public_block) == (True,) * 4
    assert refused(prober.get_object, Bucket="other", Key="a")
    assert refused(prober.put_object, Bucket="tenant", Key="a", Body=b"")
