"""Objects from before their bucket kept versions: they have the id `null`, and nothing but that names them for good."""

import json
from dataclasses import replace

import pytest

from scanner.adapters.s3_remover import S3Remover
from scanner.errors import ChangedError, EnforcementError
from tests.contract.s3_measures import ABLE, BY_ACL, BY_KEY, BY_QUARANTINE, BY_TAG, stored, surface
from tests.contract.s3_stores import Store

ABLE_NULL = replace(ABLE, delete_null=True)


def keep_versions(store: Store, status: str = "Enabled") -> None:
    store.client.put_bucket_versioning(Bucket="tenant", VersioningConfiguration={"Status": status})


@pytest.mark.parametrize("way", [BY_TAG, BY_KEY, BY_ACL])
@pytest.mark.parametrize("versions", [True, False])
def test_a_held_object_is_not_served_by_the_name_null(plain: Store, way: dict[str, bool], versions: bool) -> None:
    bad = plain.put(ACL="public-read")
    if way is BY_ACL:
        plain.client.delete_bucket_policy(Bucket="tenant")
    if versions:
        keep_versions(plain)
    s = surface(plain, **way)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    assert (plain.anonymous(bad.key), plain.anonymous(bad.key, version="null")) == (403, 403)
    assert s.observe(bad) == ("served-by-link" if way is BY_ACL else "refused")
    s.restore(bad, plan)
    assert (plain.anonymous(bad.key), plain.anonymous(bad.key, version="null")) == (200, 200)


def test_what_is_served_by_the_name_null_alone_is_seen(plain: Store) -> None:
    bad = plain.put()
    keep_versions(plain)
    plain.client.delete_object(Bucket="tenant", Key=bad.key)
    assert plain.anonymous(bad.key) == 403
    assert surface(plain).observe(bad) == "served"


def test_a_suspension_planned_before_null_was_named_is_still_undone(plain: Store) -> None:
    bad, s = plain.put(), surface(plain, **BY_KEY)
    stated = json.loads(s.plan(bad))
    del stated["null"]
    plan = json.dumps(stated)
    s.suspend(bad, plan)
    s.restore(bad, plan)
    assert plain.anonymous(bad.key) == 200


def test_where_versions_are_kept_nothing_is_moved_to_quarantine(plain: Store) -> None:
    bad = plain.put()
    keep_versions(plain)
    with pytest.raises(EnforcementError, match="no way of suspending is open"):
        surface(plain, **BY_QUARANTINE).plan(bad)


def test_a_marker_over_an_object_is_no_deletion(plain: Store) -> None:
    bad = plain.put()
    keep_versions(plain)
    remover = S3Remover(plain.client, lambda: ABLE)
    assert not remover.proves(bad)
    with pytest.raises(EnforcementError, match="was not shown to delete exactly one version"):
        remover.remove(bad)
    assert plain.anonymous(bad.key) == 200


def test_a_marker_that_came_between_is_told(plain: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = plain.put()
    keep_versions(plain)
    monkeypatch.setattr(plain.client, "get_bucket_versioning", lambda **_: {})
    with pytest.raises(EnforcementError, match="was hidden, and is still kept"):
        S3Remover(plain.client, lambda: ABLE).remove(bad)
    assert stored(plain, bad).data == b"bad"


def test_a_store_that_was_shown_to_deletes_exactly_the_null_version(plain: Store) -> None:
    bad = plain.put()
    keep_versions(plain)
    newer = plain.put(bad.key, b"newer")
    remover = S3Remover(plain.client, lambda: ABLE_NULL)
    assert remover.proves(bad)
    assert remover.there(bad)
    remover.remove(bad)
    assert (remover.there(bad), remover.there(newer)) == (False, True)
    assert plain.anonymous(bad.key, version="null") == 403


def test_another_null_version_is_left_alone(plain: Store) -> None:
    bad = plain.put()
    keep_versions(plain)
    keep_versions(plain, "Suspended")
    plain.put(bad.key, b"mended")
    keep_versions(plain)
    remover = S3Remover(plain.client, lambda: ABLE_NULL)
    with pytest.raises(ChangedError):
        remover.remove(bad)
    assert plain.client.get_object(Bucket="tenant", Key=bad.key, VersionId="null")["Body"].read() == b"mended"


def test_where_versions_are_no_longer_kept_the_condition_deletes_for_good(plain: Store) -> None:
    keep_versions(plain)
    keep_versions(plain, "Suspended")
    bad = plain.put()
    remover = S3Remover(plain.client, lambda: ABLE)
    remover.remove(bad)
    assert not remover.there(bad)
    assert plain.anonymous(bad.key, version="null") == 403


@pytest.mark.parametrize("status", ["", "Suspended"])
def test_what_an_event_calls_null_is_deleted_under_its_etag_alone(plain: Store, status: str) -> None:
    if status:
        keep_versions(plain)
        keep_versions(plain, status)
    bad = replace(plain.put(), version_id="null")
    plain.put(bad.key, b"mended")
    with pytest.raises(ChangedError):
        S3Remover(plain.client, lambda: ABLE).remove(bad)
    assert plain.client.get_object(Bucket="tenant", Key=bad.key)["Body"].read() == b"mended"


def test_what_went_away_with_its_bucket_is_gone(plain: Store) -> None:
    bad = plain.put()
    plain.client.delete_object(Bucket="tenant", Key=bad.key)
    plain.client.delete_bucket_policy(Bucket="tenant")
    plain.client.delete_bucket(Bucket="tenant")
    remover = S3Remover(plain.client, lambda: ABLE)
    assert remover.proves(bad)
    remover.remove(bad)
    assert not remover.there(bad)
