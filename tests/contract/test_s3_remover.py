"""Conditional deletion on S3: the judged version or nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.adapters.s3_remover import S3Remover
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import AmbiguousError, ChangedError, DeniedError, EnforcementError
from tests.contract.s3_stores import Store, strict_store
from tests.contract.test_s3_surface import ABLE


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
