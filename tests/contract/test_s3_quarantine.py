"""What lies in quarantine on a strict store: where it is found, and that exactly it is deleted there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.adapters.s3_contents import S3Contents
from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.s3_surface import S3Surface
from scanner.domain.actions import ActionState
from scanner.domain.rules import Rulebook
from scanner.errors import AmbiguousError
from scanner.services.whereabouts import Whereabouts
from tests.contract.s3_measures import ABLE, BY_ACL, BY_QUARANTINE, surface
from tests.contract.s3_stores import Store
from tests.unit.services.test_courses import Town

AWAY = "aup-quarantine"


def keys(store: Store, bucket: str) -> list[str]:
    return sorted(store.world.buckets[bucket].keys) if bucket in store.world.buckets else []


def test_what_was_moved_is_found_while_it_lies_there(plain: Store) -> None:
    bad, s = plain.put(), surface(plain, **BY_QUARANTINE)
    plan = s.plan(bad)
    assert s.moved(bad, plan) is None
    s.suspend(bad, plan)
    place = s.moved(bad, plan)
    assert place is not None
    assert (place.bucket, place.etag, place.version_id, [place.key]) == (AWAY, bad.etag, "", keys(plain, AWAY))
    plain.client.put_object(Bucket=AWAY, Key=place.key, Body=b"another's")
    assert s.moved(bad, plan) is None


def test_plans_that_move_nothing_are_found_nowhere(plain: Store) -> None:
    bad, s = plain.put(), surface(plain, **BY_ACL)
    assert s.moved(bad, s.plan(bad)) is None
    assert s.moved(bad, '{"before":1,"surface":"plane"}') is None


@pytest.mark.parametrize("versions", [False, True])
def test_exactly_what_was_moved_is_deleted_and_nothing_is_left_beneath(plain: Store, versions: bool) -> None:
    plain.client.create_bucket(Bucket=AWAY)
    if versions:
        plain.client.put_bucket_versioning(Bucket=AWAY, VersioningConfiguration={"Status": "Enabled"})
    bad, s = plain.put(), surface(plain, **BY_QUARANTINE)
    plan = s.plan(bad)
    s.suspend(bad, plan)
    place, remover = s.moved(bad, plan), S3Remover(plain.client, lambda: ABLE)
    assert place is not None
    assert bool(place.version_id) is versions
    assert (remover.proves(place), remover.there(place)) == (True, True)
    remover.remove(place)
    remover.remove(place)
    assert (remover.there(place), s.moved(bad, plan)) == (False, None)
    left = plain.client.list_object_versions(Bucket=AWAY)
    assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])


@pytest.fixture
def town(plain: Store, book: Rulebook) -> Town:
    """A house over a strict store on which objects can only be moved away; its records are in memory."""
    made, able = Town(book), replace(ABLE, **BY_QUARANTINE)  # type: ignore[arg-type]
    house, s3 = made.house, S3Surface(plain.client, plain.url, lambda: able)
    contents, remover = S3Contents(plain.client), S3Remover(plain.client, lambda: able, (0.0,))
    whereabouts = Whereabouts(s3.moved, house.store.actions_of)
    house.guarding = replace(house.guarding, contents=contents, remover=remover, whereabouts=whereabouts)
    carrying = replace(house.enforcing.carrying, guarding=house.guarding, surface=s3, remover=remover)
    house.enforcing = replace(house.enforcing, contents=contents, surface=s3, carrying=carrying)
    made.deleting = replace(made.deleting, guarding=house.guarding)
    plain.client.put_object(Bucket="tenant", Key="a", Body=b"EVIL")
    plain.client.put_object(Bucket="tenant", Key="b", Body=b"good")
    return made


def test_two_people_delete_what_is_in_quarantine_and_nothing_else(plain: Store, town: Town) -> None:
    case = town.proposed()
    action = town.deleting.approve(case, "wang", "seen it too")
    assert (keys(plain, "tenant"), len(keys(plain, AWAY))) == (["b"], 1)
    town.house.enforcing.carry_out()
    assert len(keys(plain, AWAY)) == 1
    town.house.clock.advance(timedelta(days=8).total_seconds())
    plain.world.faults.add("DeleteObject", "lost")
    town.house.enforcing.carry_out()
    for _ in range(3):
        town.house.clock.advance(3_600)
        town.house.enforcing.carry_out()
    assert town.house.store.action(action.id).state is ActionState.DONE
    assert (keys(plain, "tenant"), keys(plain, AWAY)) == (["b"], [])


def test_a_worker_that_died_after_the_move_left_nothing_that_the_next_one_loses(
    plain: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = S3Surface.suspend

    def lost(self: S3Surface, subject: object, plan: str) -> None:
        really(self, subject, plan)  # type: ignore[arg-type]
        raise AmbiguousError("no answer")

    monkeypatch.setattr(S3Surface, "suspend", lost)
    action = town.suspended()
    assert action.state is ActionState.UNKNOWN
    monkeypatch.undo()
    town.house.clock.advance(3_600)
    town.house.enforcing.carry_out()
    assert (town.suspension().state, len(keys(plain, AWAY))) == (ActionState.DONE, 1)
