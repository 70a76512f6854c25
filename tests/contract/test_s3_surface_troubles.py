"""Troubles of measures on S3 objects: full policies, lost answers, stores that do nothing, odd plans, any object."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.adapters.s3_surface import S3Surface
from scanner.domain.enforcement.statements import OURS, TAG
from scanner.errors import AmbiguousError, DeniedError, EnforcementError
from tests.contract.s3_measures import (
    ABLE,
    BY_ACL,
    BY_KEY,
    BY_QUARANTINE,
    BY_TAG,
    sids,
    stored,
    surface,
)
from tests.contract.s3_stores import Store, site_policy, strict_store


def test_a_full_policy_leaves_the_acl(plain: Store) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::tenant/" + "x" * 19_700,
    }
    plain.world.buckets["tenant"].policy = site_policy("tenant", {**deny, "Sid": "Big"})
    assert json.loads(surface(plain).plan(plain.put()))["way"] == "acl"


def test_a_malformed_policy_is_left_alone(plain: Store) -> None:
    bad = plain.put()
    plain.world.buckets["tenant"].policy = '{"Statement": [1]}'
    with pytest.raises(EnforcementError):
        surface(plain, acl=False, copy_if_match=False).plan(bad)


def test_a_full_tag_set_leaves_a_statement_on_the_key(store: Store) -> None:
    bad = store.put(Tagging="&".join(f"t{n}=1" for n in range(10)))
    assert json.loads(surface(store).plan(bad))["way"] == "key"


def test_a_policy_in_the_old_language_is_understood(store: Store) -> None:
    old = json.loads(site_policy("tenant")) | {"Version": "2008-10-17"}
    store.client.put_bucket_policy(Bucket="tenant", Policy=json.dumps(old))
    bad, s = store.put(), surface(store)
    s.suspend(bad, s.plan(bad))
    assert s.observe(bad) == "refused"
    assert sids(store) == ["Site", OURS]


def test_a_store_that_was_shown_to_do_nothing_is_refused(store: Store) -> None:
    nothing = dict.fromkeys(("tagging", "policy", "acl", "copy_if_match"), False)
    with pytest.raises(EnforcementError, match="no way of suspending is open here"):
        surface(store, **nothing).plan(store.put())


@pytest.mark.parametrize("kind", ["lost", "drop"])
def test_a_lost_answer_is_ambiguous_and_safe_to_repeat(store: Store, kind: str) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    store.world.faults.add("PutObjectTagging", kind)
    with pytest.raises(AmbiguousError, match="no answer"):
        s.suspend(bad, plan)
    s.suspend(bad, plan)
    assert s.observe(bad) == "refused"
    assert stored(store, bad).tags == {TAG: json.loads(plan)["token"]}


@pytest.mark.parametrize(
    ("kind", "error"),
    [("503", EnforcementError), ("409", EnforcementError), ("403", DeniedError), ("500", AmbiguousError)],
)
def test_errors_of_the_store_come_out_in_our_words(store: Store, kind: str, error: type[Exception]) -> None:
    bad, s = store.put(), surface(store)
    plan = s.plan(bad)
    store.world.faults.add("PutObjectTagging", kind)
    with pytest.raises(error, match="s3://tenant/a/key"):
        s.suspend(bad, plan)


@pytest.mark.parametrize("plan", ["", "{}", "[]", '{"bucket":"b","key":"k","version_id":"","etag":""}'])
def test_a_plan_that_is_not_ours_is_refused(store: Store, plan: str) -> None:
    with pytest.raises(EnforcementError, match="its plan"):
        surface(store).suspend(store.put(), plan)


def test_a_private_object_is_planned_as_refused(store: Store) -> None:
    store.client.delete_bucket_policy(Bucket="tenant")
    bad = store.put()
    assert json.loads(surface(store).plan(bad))["seen"] == "served-by-link"
    s = surface(store)
    s.suspend(bad, s.plan(bad))
    assert s.observe(bad) == "refused"


def test_each_address_is_looked_at(store: Store) -> None:
    bad = store.put()
    with strict_store() as mirror:
        mirror.bucket()
        mirror.put(bad.key)
        s = S3Surface(store.client, store.url, lambda: ABLE, cdn=(mirror.url + "/{bucket}",))
        s.suspend(bad, s.plan(bad))
        assert s.observe(bad) == "served"
        mirror.put(bad.key, b"other")
        assert s.observe(bad) == "refused"


def test_an_address_that_does_not_answer_is_unclear(store: Store) -> None:
    bad = store.put()
    s = S3Surface(store.client, store.url, lambda: ABLE, cdn=("http://127.0.0.1:9",))
    s.suspend(bad, s.plan(bad))
    assert s.observe(bad) == "unclear"


words = st.text("abcdef0123", min_size=1, max_size=8)


@given(
    body=st.binary(max_size=200),
    meta=st.dictionaries(words, words, max_size=3),
    tags=st.dictionaries(words, words, max_size=8),
    acl=st.sampled_from(["private", "public-read", "authenticated-read", "public-read-write"]),
    way=st.sampled_from([BY_TAG, BY_KEY, BY_ACL, BY_QUARANTINE]),
    versions=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_an_object_is_like_it_comes_back_the_same(
    shared: Store,
    body: bytes,
    meta: dict[str, str],
    tags: dict[str, str],
    acl: str,
    way: dict[str, bool],
    versions: bool,
) -> None:
    keeps = versions and way is not BY_QUARANTINE  # a version's id cannot come back, so none is moved away
    name = shared.bucket(f"b{len(shared.world.buckets):06}", versions=keeps)
    tagging = "&".join(f"{name}={value}" for name, value in tags.items())
    more: dict[str, Any] = {"Tagging": tagging} if tags else {}
    bad = shared.put(body=body, bucket=name, Metadata=meta, ACL=acl, **more)
    before, s = stored(shared, bad), surface(shared, **way)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    s.restore(bad, plan)
    after = stored(shared, bad)
    if (
        way is BY_QUARANTINE
    ):  # written anew: the clock differs, and the type that S3 tells of an untyped object is noted
        after.modified = before.modified
        before.headers.setdefault("content-type", "binary/octet-stream")
    assert after == before
