"""Measures on S3 objects: refused to the world, exact in what they touch, and undone to what was there before."""

import json

import pytest

from localstore.values import Version
from scanner.domain.enforcement.statements import OURS, TAG
from scanner.errors import ChangedError, ConflictError, GoneError
from tests.contract.s3_measures import BY_ACL, BY_KEY, BY_QUARANTINE, BY_TAG, sids, stored, surface
from tests.contract.s3_stores import Store, client, site_policy, status_of, strict_store


@pytest.mark.parametrize("way", [BY_TAG, BY_KEY])
def test_a_suspended_version_is_refused_and_its_neighbour_served(store: Store, way: dict[str, bool]) -> None:
    s, bad, good = surface(store, **way), store.put("bad*?$.php"), store.put("bad-neighbour.php", b"good")
    plan = s.plan(bad)
    s.suspend(bad, plan)
    assert s.observe(bad) == "refused"
    assert store.anonymous(bad.key) == store.anonymous(bad.key, version=bad.version_id) == 403
    assert store.anonymous(good.key) == store.anonymous(good.key, version=good.version_id) == 200


def test_a_link_made_before_is_refused_and_the_owner_keeps_reading(store: Store) -> None:
    bad = store.put()
    link = store.client.generate_presigned_url("get_object", Params={"Bucket": "tenant", "Key": bad.key})
    stranger = client(store.url, "stranger")
    assert status_of(link) == 200
    assert stranger.get_object(Bucket="tenant", Key=bad.key)
    surface(store).suspend(bad, surface(store).plan(bad))
    assert status_of(link) == 403
    with pytest.raises(Exception, match="AccessDenied"):
        stranger.get_object(Bucket="tenant", Key=bad.key)
    assert store.client.get_object(Bucket="tenant", Key=bad.key)["Body"].read() == b"bad"


def test_an_upload_over_a_suspended_version_is_served(store: Store) -> None:
    bad = store.put()
    surface(store).suspend(bad, surface(store).plan(bad))
    store.put(bad.key, b"mended")
    assert store.anonymous(bad.key) == 200
    assert store.anonymous(bad.key, version=bad.version_id) == 403


def test_a_delete_marker_hides_nothing_from_us(store: Store) -> None:
    bad = store.put()
    store.client.delete_object(Bucket="tenant", Key=bad.key)
    assert surface(store).observe(bad) == "served"
    surface(store).suspend(bad, surface(store).plan(bad))
    assert surface(store).observe(bad) == "refused"


@pytest.mark.parametrize("way", [BY_TAG, BY_KEY, BY_ACL])
@pytest.mark.parametrize("versions", [True, False])
def test_restoring_gives_back_exactly_what_was_there(way: dict[str, bool], versions: bool) -> None:
    with strict_store() as store:
        store.bucket(versions=versions)
        bad = store.put(Metadata={"a": "b"}, ContentType="text/x", Tagging="t=1&u=2", ACL="public-read")
        before, policy = stored(store, bad), store.world.buckets["tenant"].policy
        s = surface(store, **way)
        plan = s.plan(bad)
        s.suspend(bad, plan)
        s.suspend(bad, plan)
        assert stored(store, bad) != before or store.world.buckets["tenant"].policy != policy
        s.restore(bad, plan)
        assert stored(store, bad) == before
        s.restore(bad, plan)
        assert stored(store, bad) == before
        assert sids(store)[0] == "Site"
        assert json.loads(plan)["seen"] == "served"
        assert s.observe(bad) == "served"


@pytest.mark.parametrize("way", [BY_TAG, BY_KEY])
@pytest.mark.parametrize("versions", [True, False])
def test_a_store_whose_holds_refuse_even_us_gives_back_as_well(way: dict[str, bool], versions: bool) -> None:
    with strict_store("owner-by-name", "version-condition-ignored") as store:
        store.bucket(versions=versions)
        bad = store.put(Tagging="t=1")
        before, s = stored(store, bad), surface(store, **way, owner_condition=False, version_condition=False)
        plan = s.plan(bad)
        s.suspend(bad, plan)
        assert s.observe(bad) == "refused"
        s.restore(bad, plan)
        s.restore(bad, plan)
        assert stored(store, bad) == before
        assert s.observe(bad) == "served"


def test_the_acl_is_a_way_where_policies_are_not(plain: Store) -> None:
    plain.client.delete_bucket_policy(Bucket="tenant")
    bad, good = plain.put(ACL="public-read"), plain.put("good", ACL="public-read")
    s = surface(plain, **BY_ACL)
    plan = s.plan(bad)
    assert json.loads(plan)["way"] == "acl"
    s.suspend(bad, plan)
    assert (plain.anonymous(bad.key), plain.anonymous(good.key)) == (403, 200)
    assert s.observe(bad) == "served-by-link"  # a link signed by the owner passes an ACL: told, not hidden
    s.restore(bad, plan)
    assert plain.anonymous(bad.key) == 200


def test_quarantine_moves_an_object_away_and_back(plain: Store) -> None:
    bad = plain.put(Metadata={"a": "b"}, ContentType="text/x", Tagging="t=1", ACL="public-read", CacheControl="x")
    before, s = stored(plain, bad), surface(plain, **BY_QUARANTINE)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    s.suspend(bad, plan)
    assert s.observe(bad) in ("refused", "gone")
    assert plain.world.buckets["tenant"].keys == {}
    s.restore(bad, plan)
    s.restore(bad, plan)
    after = stored(plain, bad)
    assert [getattr(after, name) for name in ("data", "etag", "headers", "meta", "tags", "acl", "version_id")] == [
        getattr(before, name) for name in ("data", "etag", "headers", "meta", "tags", "acl", "version_id")
    ]


def test_quarantine_never_takes_other_bytes(plain: Store) -> None:
    bad = plain.put()
    s = surface(plain, **BY_QUARANTINE)
    plan = s.plan(bad)
    plain.world.faults.add("DeleteObject", "before", act=lambda: _overwrite(plain, bad.key))
    with pytest.raises(ChangedError):
        s.suspend(bad, plan)
    assert plain.client.get_object(Bucket="tenant", Key=bad.key)["Body"].read() == b"mended"
    with pytest.raises(ConflictError, match="something else"):
        s.restore(bad, plan)


def _overwrite(store: Store, key: str) -> None:
    from datetime import UTC, datetime

    from localstore.world import etag_of

    fresh = Version("null", b"mended", etag_of(b"mended"), datetime.now(UTC), "111111111111")
    store.world.store(store.world.buckets["tenant"], key, fresh)


@pytest.mark.parametrize("way", [BY_TAG, BY_ACL])
def test_an_overwrite_in_the_middle_is_noticed_and_left_free(plain: Store, way: dict[str, bool]) -> None:
    bad = plain.put(ACL="public-read")
    s = surface(plain, **way)
    plan = s.plan(bad)
    operation = "PutObjectTagging" if way is BY_TAG else "PutObjectAcl"
    plain.world.faults.add(operation, "before", act=lambda: _overwrite(plain, bad.key))
    with pytest.raises(ChangedError, match="was replaced"):
        s.suspend(bad, plan)
    assert plain.anonymous(bad.key) == 200
    assert stored(plain, bad).tags == {}


def test_a_replaced_object_is_not_even_planned(plain: Store) -> None:
    bad = plain.put()
    plain.put(bad.key, b"mended")
    with pytest.raises(GoneError, match="was replaced"):
        surface(plain).plan(bad)


def test_an_object_that_is_gone_is_told(store: Store) -> None:
    bad = store.put()
    plan = surface(store).plan(bad)
    store.client.delete_object(Bucket="tenant", Key=bad.key, VersionId=bad.version_id)
    with pytest.raises(GoneError):
        surface(store).plan(bad)
    with pytest.raises(GoneError):
        surface(store).suspend(bad, plan)
    with pytest.raises(ConflictError, match="not as we left it"):
        surface(store).restore(bad, plan)
    assert surface(store).observe(bad) in ("gone", "refused")


def test_five_rules_over_one_version_hold_it_until_the_last_lets_go(store: Store) -> None:
    bad, s = store.put(Tagging="t=1"), surface(store)
    before, plans = stored(store, bad), []
    for _ in range(5):
        plans.append(s.plan(bad))
        s.suspend(bad, plans[-1])
    for plan in plans[:-1]:
        s.restore(bad, plan)
        assert store.anonymous(bad.key) == 403
    s.restore(bad, plans[-1])
    assert stored(store, bad) == before


def test_a_tenant_who_takes_our_tag_off_is_seen_and_suspended_again(store: Store) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    store.client.delete_object_tagging(Bucket="tenant", Key=bad.key, VersionId=bad.version_id)
    assert s.observe(bad) == "served"
    s.suspend(bad, plan)
    assert s.observe(bad) == "refused"


def test_a_tenant_who_deletes_our_statement_is_seen_and_suspended_again(store: Store) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    store.client.put_bucket_policy(Bucket="tenant", Policy=site_policy("tenant"))
    assert s.observe(bad) == "served"
    s.suspend(bad, plan)
    assert s.observe(bad) == "refused"


def test_a_tenants_own_tags_set_meanwhile_stay(store: Store) -> None:
    bad, s = store.put(Tagging="t=1"), surface(store)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    tags = store.client.get_object_tagging(Bucket="tenant", Key=bad.key)["TagSet"]
    more = {"TagSet": [*tags, {"Key": "own", "Value": "2"}]}
    store.client.put_object_tagging(Bucket="tenant", Key=bad.key, Tagging=more)
    s.restore(bad, plan)
    assert stored(store, bad).tags == {"t": "1", "own": "2"}


def test_a_tenant_who_changed_our_tag_is_left_to_a_person(store: Store) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    forged = {"TagSet": [{"Key": TAG, "Value": "forged"}]}
    store.client.put_object_tagging(Bucket="tenant", Key=bad.key, Tagging=forged)
    with pytest.raises(ConflictError, match="our tag was taken off or changed"):
        s.restore(bad, plan)


def test_a_tenants_policy_edit_between_two_reads_is_kept(store: Store) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}

    def edit() -> None:
        store.world.buckets["tenant"].policy = site_policy("tenant", theirs)

    store.world.faults.add("GetBucketPolicy", "after", act=edit)
    s.suspend(bad, plan)
    assert sids(store) == ["Site", "Theirs", f"{OURS}World", f"{OURS}Links"]
    assert s.observe(bad) == "refused"


def test_a_tenant_who_undoes_our_policy_at_once_is_told(store: Store) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)

    def undo() -> None:
        store.world.buckets["tenant"].policy = site_policy("tenant")

    store.world.faults.add("PutBucketPolicy", "after", times=99, act=undo)
    with pytest.raises(ConflictError, match="somebody else keeps changing the policy"):
        s.suspend(bad, plan)


def test_our_own_statement_changed_by_the_tenant_is_left_to_a_person(store: Store) -> None:
    bad, s = store.put(), surface(store, **BY_KEY)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    policy = json.loads(store.world.buckets["tenant"].policy)
    policy["Statement"][1]["Action"] = ["s3:PutObject"]
    store.world.buckets["tenant"].policy = json.dumps(policy)
    with pytest.raises(ConflictError, match="our statement was changed"):
        s.restore(bad, plan)


def test_a_policy_of_ours_alone_goes_away_with_the_last_key(store: Store) -> None:
    store.client.delete_bucket_policy(Bucket="tenant")
    bad, s = store.put(), surface(store, **BY_KEY)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    s.restore(bad, plan)
    assert store.world.buckets["tenant"].policy == ""
