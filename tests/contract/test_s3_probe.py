"""The probe: what a store keeps of its promises is shown by canaries, and what damages a canary is never sent again."""

from dataclasses import fields, replace

import pytest

from scanner.adapters.probe import probe
from scanner.adapters.s3_surface import S3Surface
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError
from tests.contract.s3_stores import Store, client, moto_store, strict_store


def shown(*quirks: str) -> Abilities:
    """What the probe shows of a strict store with some promises broken."""
    with strict_store(*quirks) as store:
        return probe(store.client, store.url)


def test_a_strict_store_is_shown_to_do_everything() -> None:
    able = shown()
    assert [f.name for f in fields(able) if getattr(able, f.name) is False] == [
        "owner_name"
    ]  # AWS tells no root's name
    assert able.dangers == ()
    assert able.endpoint.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("quirk", "lost"),
    [
        ("delete-if-match-ignored", {"delete_if_match", "delete_null"}),
        ("copy-if-match-ignored", {"copy_if_match"}),
        ("put-if-match-ignored", {"put_if_none_match"}),
        ("policy-ignored", {"policy", "tag_policy", "owner_condition", "public_block", "version_condition"}),
        ("no-policy", {"policy", "tag_policy", "owner_condition", "public_block", "version_condition"}),
        ("tag-conditions-ignored", {"tag_policy", "owner_condition"}),
        ("acl-ignored", {"acl"}),
        ("no-acl", {"acl"}),
        ("no-tagging", {"tagging", "tag_policy", "owner_condition"}),
        ("compliance-shortened", {"compliance"}),
        ("version-condition-ignored", {"version_condition"}),
        ("owner-by-name", {"owner_condition"}),
        ("no-lock", {"object_lock", "compliance", "legal_hold"}),
        ("versions-ignored", {"versioning", "delete_version", "delete_null", "version_condition"}),
    ],
)
def test_a_broken_promise_is_shown(quirk: str, lost: set[str]) -> None:
    able = shown(quirk)
    missing = {field.name for field in fields(able) if getattr(able, field.name) is False}
    assert lost <= missing
    if quirk != "acl-ignored":  # a store that serves everything obeys no policy either
        assert missing - lost <= {"object_lock", "compliance", "legal_hold", "owner_name"}


@pytest.mark.parametrize(
    ("quirk", "danger"),
    [
        ("tagging-overwrites", "put-tagging"),
        ("tagging-deletes", "put-tagging"),
        ("acl-overwrites", "put-acl"),
        ("hold-overwrites", "retention"),
    ],
)
def test_a_call_that_damages_a_canary_is_a_danger(quirk: str, danger: str) -> None:
    able = shown(quirk)
    assert danger in able.dangers
    assert not {"put-tagging": able.tagging_is_safe, "put-acl": able.acl_is_safe, "retention": able.vault_is_worm}[
        danger
    ]


def test_no_tenants_bucket_is_touched() -> None:
    with strict_store() as store:
        store.bucket("tenant")
        store.world.log.clear()
        probe(store.client, store.url)
        assert {bucket[:10] for _, _, bucket, _ in store.world.log} <= {"aup-probe-", ""}


def test_scratch_buckets_go_away_with_their_locks() -> None:
    from datetime import timedelta

    with strict_store() as store:
        probe(store.client, store.url)
        (left,) = store.world.buckets
        assert left.endswith("-lock")
        store.world.buckets[left].created -= timedelta(days=1)
        for versions in store.world.buckets[left].keys.values():
            for version in versions:
                version.until = None
        probe(store.client, store.url)
        assert left not in store.world.buckets


def test_a_store_that_refuses_a_scratch_bucket_cannot_be_probed() -> None:
    with strict_store() as store:
        with pytest.raises(EnforcementError, match="the store cannot be probed: SignatureDoesNotMatch"):
            probe(client(store.url, "owner", "wrong"), store.url)
        store.world.faults.add("*", "drop", times=99)
        with pytest.raises(EnforcementError, match="the store cannot be probed: "):
            probe(store.client, store.url)


def test_moto_is_shown_for_what_it_is_and_still_suspends_by_key() -> None:
    with moto_store() as store:
        store.bucket()
        surface = S3Surface(store.client, store.url)
        able = surface.shown()
        assert able.delete_if_match
        assert able.policy
        assert [able.tag_policy, able.copy_if_match, able.checksum_refusal, able.vault_is_worm] == [False] * 4
        bad, good = store.put("bad"), store.put("good")
        surface.suspend(bad, plan := surface.plan(bad))
        assert (store.anonymous(bad.key), store.anonymous(good.key)) == (403, 200)
        surface.restore(bad, plan)
        assert store.anonymous(bad.key) == 200


def test_what_is_shown_is_kept_as_a_value() -> None:
    with strict_store() as store:
        found = probe(store.client, store.url)
        again = probe(store.client, store.url)
    assert replace(found, probed_at="") == replace(again, probed_at="")


def test_a_store_is_a_store_even_without_versions() -> None:
    with strict_store("versions-ignored") as store:
        assert isinstance(store, Store)
        assert probe(store.client, store.url).can_delete("")
