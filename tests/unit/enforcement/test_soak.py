"""The soak in small: few objects, workers killed, events lost and doubled, a store in trouble; and what it notices."""

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.soak_enforcement import Soak, findings, soak
from benchmarks.soak_store import Shop, Watch
from benchmarks.soak_workers import BUCKETS, Place, SoakHouse
from tests.contract.s3_measures import ABLE
from tests.contract.s3_stores import strict_store


@pytest.mark.slow  # how much happens before the kills is the machine's choice
def test_nothing_is_left_live_touched_in_error_or_done_twice() -> None:
    zero, happened = soak(objects=16, kills=2, seed=7)
    assert zero == Counter(dict.fromkeys(zero, 0))
    assert happened["kills"] == 2
    assert happened["suspend DONE"] >= 3
    assert happened["deleted"] >= 1
    assert happened["restore DONE"] >= 1


def test_the_soak_sees_what_must_not_be(tmp_path: Path) -> None:
    with strict_store() as store:
        for bucket in BUCKETS:
            store.bucket(bucket, versions=bucket == "kept")
        place = Place.of(tmp_path, store.url, ABLE)
        house, dice = SoakHouse(place), random.Random(2)
        house.database.migrate()
        watch = Watch(tmp_path / "vault")
        store.world.log = watch
        run = Soak(place, Shop(store, dice, watch), dice, 4, 0, house)
        for number in range(4):
            run.shop.put(number)
        bad = [place for place, body in run.shop.truth.items() if b"EVIL" in body]
        bucket, key = next(place for place, body in run.shop.truth.items() if b"EVIL" not in body)
        store.client.put_object_tagging(
            Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": "aup-hold", "Value": "a:b"}]}
        )
        found = findings(run)
        house.database.close()
    assert found["bad left live"] == len(bad) >= 1
    assert (found["clean touched"], found["without evidence"], found["twice"]) == (1, 1, 1)


@pytest.mark.slow
def test_the_soak_holds_for_other_dice() -> None:
    zero, _ = soak(objects=120, kills=16, seed=random.SystemRandom().randrange(10**6))
    assert not any(zero.values())
