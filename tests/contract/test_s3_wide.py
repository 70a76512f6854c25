"""Measures on buckets and prefixes: the world is refused, the owner keeps export, everything comes back as it was."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.s3_wide import S3Wide
from scanner.domain.content import Subject
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.statements import OURS, Spared, strangers_to, wide_statements
from scanner.errors import ConflictError, EnforcementError
from tests.contract.s3_measures import ABLE
from tests.contract.s3_stores import Store, client, site_policy, strict_store

WHOLE, PREFIX, FROZEN = Subject("bucket:tenant", ""), Subject("bucket:tenant", "bad/"), Subject("frozen:tenant", "bad/")
BY_NAME = replace(ABLE, owner_condition=False, owner_name=True)
BY_BLOCK = replace(ABLE, policy=False, public_block=True)


@pytest.fixture
def store() -> Iterator[Store]:
    """A public bucket with something under the prefix and beside it."""
    with strict_store() as found:
        found.bucket()
        found.put("bad/a")
        found.put("bad/b")
        found.put("badly", b"good")
        yield found


def wide(store: Store, able: Abilities = ABLE) -> S3Wide:
    return S3Wide(store.client, store.url, lambda: able)


def policy_of(store: Store) -> str:
    return store.world.buckets["tenant"].policy


@pytest.mark.parametrize("place", [WHOLE, PREFIX, FROZEN])
def test_the_world_is_refused_the_owner_reads_and_all_comes_back(store: Store, place: Subject) -> None:
    surface, before = wide(store), json.loads(policy_of(store))
    plan = surface.plan(place)
    assert surface.before(plan) == "served"
    surface.suspend(place, plan)
    surface.suspend(place, plan)
    assert surface.observe(place) == "refused"
    assert (store.anonymous("bad/a"), store.anonymous("badly")) == (403, 403 if place is WHOLE else 200)
    with pytest.raises(ClientError, match="AccessDenied"):
        client(store.url, "stranger").get_object(Bucket="tenant", Key="bad/a")
    assert store.client.get_object(Bucket="tenant", Key="bad/a")["Body"].read() == b"bad"
    assert next(row["Key"] for row in store.client.list_objects_v2(Bucket="tenant")["Contents"]) == "bad/a"
    surface.restore(place, plan)
    surface.restore(place, plan)
    assert json.loads(policy_of(store)) == before
    assert surface.observe(place) == "served"


def test_a_frozen_prefix_takes_no_upload_and_lets_the_owner_clean_up(store: Store) -> None:
    surface = wide(store)
    surface.suspend(FROZEN, surface.plan(FROZEN))
    with pytest.raises(ClientError, match="AccessDenied"):
        store.put("bad/c")
    store.put("elsewhere")
    store.client.delete_object(Bucket="tenant", Key="bad/b")
    assert store.client.list_objects_v2(Bucket="tenant", Prefix="bad/")["KeyCount"] == 1


def test_a_link_signed_before_is_refused(store: Store) -> None:
    link = store.client.generate_presigned_url("get_object", Params={"Bucket": "tenant", "Key": "bad/a"})
    surface = wide(store)
    surface.suspend(PREFIX, surface.plan(PREFIX))
    from tests.contract.s3_stores import status_of

    assert status_of(link) == 403


def test_a_store_that_tells_owners_by_name_still_serves_their_links_and_that_is_told() -> None:
    with strict_store("owner-by-name") as store:
        store.bucket()
        store.put("bad/a")
        surface = wide(store, BY_NAME)
        plan = surface.plan(PREFIX)
        surface.suspend(PREFIX, plan)
        assert store.anonymous("bad/a") == 403
        assert store.client.get_object(Bucket="tenant", Key="bad/a")
        assert surface.observe(PREFIX) == "served-by-link"
        surface.restore(PREFIX, plan)
        assert surface.observe(PREFIX) == "served"


def test_without_a_way_that_spares_the_owner_nothing_is_done(store: Store) -> None:
    before = policy_of(store)
    with pytest.raises(EnforcementError, match="no way that leaves the owner export"):
        wide(store, replace(ABLE, owner_condition=False)).plan(PREFIX)
    assert policy_of(store) == before


def full(store: Store, room: int) -> None:
    """Fill the policy up to so many bytes below 20 KB."""
    filler = {"Sid": "Filler", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    size = len(site_policy("tenant", {**filler, "Resource": "arn:aws:s3:::tenant/"}))
    long = {**filler, "Resource": "arn:aws:s3:::tenant/" + "x" * (20 * 1024 - size - room)}
    store.client.put_bucket_policy(Bucket="tenant", Policy=site_policy("tenant", long))


def test_a_policy_without_room_closes_a_bucket_by_its_public_access_block(store: Store) -> None:
    full(store, 100)
    surface, before = wide(store, replace(ABLE, public_block=True)), policy_of(store)
    store.client.put_public_access_block(
        Bucket="tenant", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": False}
    )
    kept = dict(store.world.buckets["tenant"].block)
    plan = surface.plan(WHOLE)
    assert json.loads(plan)["way"] == "block"
    surface.suspend(WHOLE, plan)
    assert surface.observe(WHOLE) in ("refused", "served-by-link")
    assert store.anonymous("bad/a") == 403
    assert policy_of(store) == before
    surface.restore(WHOLE, plan)
    surface.restore(WHOLE, plan)
    assert {k: v for k, v in store.world.buckets["tenant"].block.items() if v} == {k: v for k, v in kept.items() if v}
    assert store.anonymous("bad/a") == 200


def test_a_prefix_whose_policy_has_no_room_is_left_to_a_person(store: Store) -> None:
    full(store, 100)
    with pytest.raises(EnforcementError, match="no room"):
        wide(store, replace(ABLE, public_block=True)).plan(PREFIX)


def test_a_block_changed_by_the_owner_is_left_to_a_person(store: Store) -> None:
    surface = wide(store, BY_BLOCK)
    plan = surface.plan(WHOLE)
    surface.suspend(WHOLE, plan)
    store.client.delete_public_access_block(Bucket="tenant")
    surface.suspend(WHOLE, plan)
    store.client.put_public_access_block(
        Bucket="tenant", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    with pytest.raises(ConflictError, match="public access block was changed"):
        surface.restore(WHOLE, plan)


def test_a_tenants_edit_between_two_reads_is_kept(store: Store) -> None:
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    surface = wide(store)
    plan = surface.plan(PREFIX)

    def edit() -> None:
        store.world.buckets["tenant"].policy = site_policy("tenant", theirs)

    store.world.faults.add("GetBucketPolicy", "after", act=edit)
    surface.suspend(PREFIX, plan)
    sids = [one["Sid"] for one in json.loads(policy_of(store))["Statement"]]
    assert sids[:2] == ["Site", "Theirs"]
    assert all(sid.startswith(OURS) for sid in sids[2:])
    surface.restore(PREFIX, plan)
    assert [one["Sid"] for one in json.loads(policy_of(store))["Statement"]] == ["Site", "Theirs"]


def test_a_tenant_who_deletes_our_statements_is_seen_and_held_again(store: Store) -> None:
    surface = wide(store)
    plan = surface.plan(PREFIX)
    surface.suspend(PREFIX, plan)
    store.client.put_bucket_policy(Bucket="tenant", Policy=site_policy("tenant"))
    assert surface.observe(PREFIX) == "served"
    surface.suspend(PREFIX, plan)
    assert surface.observe(PREFIX) == "refused"


def test_our_statement_changed_by_the_tenant_is_left_to_a_person(store: Store) -> None:
    surface = wide(store)
    plan = surface.plan(PREFIX)
    surface.suspend(PREFIX, plan)
    policy = json.loads(policy_of(store))
    policy["Statement"][1]["Resource"] = "arn:aws:s3:::tenant/other/*"
    store.world.buckets["tenant"].policy = json.dumps(policy)
    with pytest.raises(ConflictError, match="our statements were changed"):
        surface.restore(PREFIX, plan)


def test_measures_on_a_bucket_and_on_an_object_in_it_come_off_apart(store: Store) -> None:
    before, bad = json.loads(policy_of(store)), store.put("bad/a")
    over, on = wide(store), S3Surface(store.client, store.url, lambda: ABLE)
    wide_plan = over.plan(PREFIX)
    over.suspend(PREFIX, wide_plan)
    plan = on.plan(bad)
    on.suspend(bad, plan)
    over.restore(PREFIX, wide_plan)
    assert (store.anonymous("bad/a"), store.anonymous("bad/b")) == (403, 200)
    on.restore(bad, plan)
    assert store.anonymous("bad/a") == 200
    assert json.loads(policy_of(store))["Statement"][0] == before["Statement"][0]


def test_an_empty_prefix_has_nothing_to_serve(store: Store) -> None:
    empty, surface = Subject("bucket:tenant", "none/"), wide(store)
    plan = surface.plan(empty)
    surface.suspend(empty, plan)
    assert surface.observe(empty) == "gone"
    store.put("none/new")
    assert surface.observe(empty) == "refused"


@pytest.mark.parametrize("plan", ["", "{}", "[1]", '{"bucket": "other", "prefix": "", "writes": false}'])
def test_a_plan_that_is_not_ours_is_refused(store: Store, plan: str) -> None:
    with pytest.raises(EnforcementError, match="its plan"):
        wide(store).suspend(WHOLE, plan)


@settings(max_examples=60, deadline=None)
@given(prefix=st.text("ab*?$/{}é", max_size=6), key=st.text("ab*?$/{}é", min_size=1, max_size=8))
def test_exactly_the_keys_under_a_prefix_are_refused(prefix: str, key: str) -> None:
    from localstore.policy import effect, parse
    from localstore.values import Caller

    ours = wide_statements("b", prefix, "t0", spared=Spared.ACCOUNT, owner="", writes=False)
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": list(ours)}))
    context = {"aws:ResourceAccount": "1"}
    told = effect(policy, Caller(), "s3:GetObject", f"arn:aws:s3:::b/{key}", context)
    assert told == ("Deny" if key.startswith(prefix) else "")
    owner = {**context, "aws:PrincipalAccount": "1"}
    assert effect(policy, Caller("1"), "s3:GetObject", f"arn:aws:s3:::b/{key}", owner) == ""
    assert strangers_to(Spared.NAME, "o") == {"aws:username": "o"}
