"""Conditional deletion on S3: the judged version or nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.s3_surface import S3Surface
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import AmbiguousError, ChangedError, DeniedError, EnforcementError
from tests.contract.s3_measures import ABLE
from tests.contract.s3_stores import Store, strict_store


@pytest.fixture(params=[True, False])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A bucket with and one without versions."""
    with strict_store() as found:
        found.bucket(versions=request.param)
        yield found


def remover(store: Store, able: Abilities = ABLE) -> S3Remover:
    return S3Remover(store.client, lambda: able)


def test_exactly_the_judged_version_goes(store: Store) -> None:
    bad, good = store.put("a"), store.put("b", b"good")
    remover(store).remove(bad)
    assert (remover(store).there(bad), remover(store).there(good)) == (False, True)


def test_what_the_customer_put_there_meanwhile_stays(store: Store) -> None:
    bad = store.put("a")
    fresh = store.put("a", b"mended")
    if bad.version_id:
        remover(store).remove(bad)
    else:
        with pytest.raises(ChangedError):
            remover(store).remove(bad)
    assert store.client.get_object(Bucket="tenant", Key="a")["Body"].read() == b"mended"
    assert remover(store).there(fresh)


def test_a_lost_answer_is_read_back(store: Store) -> None:
    bad = store.put("a")
    store.world.faults.add("DeleteObject", "lost")
    with pytest.raises(AmbiguousError):
        remover(store).remove(bad)
    assert not remover(store).there(bad)
    remover(store).remove(bad)


def test_a_store_that_was_not_shown_to_honour_it_is_not_asked(store: Store) -> None:
    bad = store.put("a")
    unable = replace(ABLE, delete_version=False, delete_if_match=False)
    store.world.log.clear()
    with pytest.raises(EnforcementError, match="was not shown to delete exactly one version"):
        remover(store, unable).remove(bad)
    assert store.world.log == []
    assert not remover(store, unable).proves(bad)


def test_a_locked_version_is_refused_by_the_store() -> None:
    with strict_store() as store:
        store.client.create_bucket(Bucket="tenant", ObjectLockEnabledForBucket=True)
        bad = store.put("a")
        place = {"Bucket": "tenant", "Key": "a", "VersionId": bad.version_id}
        store.client.put_object_legal_hold(**place, LegalHold={"Status": "ON"})
        with pytest.raises(DeniedError):
            remover(store).remove(bad)
        assert remover(store).there(bad)


@pytest.mark.parametrize("fault", ["503", "409"])
def test_a_busy_store_is_asked_again_and_one_version_goes(store: Store, fault: str) -> None:
    bad, good = store.put("a"), store.put("b", b"good")
    store.world.faults.add("DeleteObject", fault, times=2)
    S3Remover(store.client, lambda: ABLE, (0.0, 0.0)).remove(bad)
    assert (remover(store).there(bad), remover(store).there(good)) == (False, True)


def test_a_store_that_stays_busy_is_left_to_the_outbox(store: Store) -> None:
    bad = store.put("a")
    store.world.faults.add("DeleteObject", "503", times=3)
    with pytest.raises(EnforcementError, match="503 SlowDown"):
        S3Remover(store.client, lambda: ABLE, (0.0, 0.0)).remove(bad)
    assert remover(store).there(bad)


def test_a_lost_answer_is_never_followed_by_a_second_request(store: Store) -> None:
    bad = store.put("a")
    store.world.faults.add("DeleteObject", "lost")
    with pytest.raises(AmbiguousError):
        S3Remover(store.client, lambda: ABLE, (0.0, 0.0)).remove(bad)
    assert [entry[1] for entry in store.world.log].count("DeleteObject") == 1


def test_what_our_own_hold_refuses_to_show_is_found_in_the_listing() -> None:
    with strict_store("owner-by-name") as held:
        held.bucket()
        able = replace(ABLE, owner_condition=False)
        bad, surface = held.put("a"), S3Surface(held.client, held.url, lambda: able)
        for number in range(3):
            held.put(f"a{number}")
        surface.suspend(bad, surface.plan(bad))
        with pytest.raises(Exception, match="403"):
            held.client.head_object(Bucket="tenant", Key="a")
        assert remover(held, able).there(bad)
        assert not remover(held, able).there(replace(bad, version_id="x"))
        remover(held, able).remove(bad)
        assert not remover(held, able).there(bad)
