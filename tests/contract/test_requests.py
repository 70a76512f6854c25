"""The Requests port: idempotent filing, leases, fencing tokens."""

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from string import ascii_letters

import pytest

from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.requests import Lane, Owed
from scanner.errors import HookError
from scanner.wire.s3_events import upload_events
from tests.contract.stores import LATER, NOW, Stores, judged, owed


def test_filing_the_same_request_twice_gives_the_same_id(stores: Stores) -> None:
    first = stores.requests.accept([owed(), owed("b")], NOW)
    assert stores.requests.accept([owed("b"), owed()], LATER) == first[::-1]


def test_the_same_version_with_another_sequencer_is_another_request(stores: Stores) -> None:
    one, two = stores.requests.accept([owed(sequencer="01"), owed(sequencer="02")], NOW)
    assert one != two


def test_a_thousand_requests_are_filed_in_one_call_in_order(stores: Stores) -> None:
    ids = stores.requests.accept([owed(f"k{n}") for n in range(1_000)], NOW)
    assert len(set(ids)) == 1_000
    assert stores.requests.accept([owed("k500")], NOW) == [ids[500]]


def test_an_odd_key_comes_back_as_it_was_filed(stores: Stores) -> None:
    key = "odd/../line\nbreak/😀'\"\\%_é"
    [request] = stores.requests.claim(stores.requests.accept([owed(key)], NOW), "w", NOW, LATER)
    assert request.subject.key == key


def test_a_claim_burns_an_attempt_and_raises_the_token(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    [request] = stores.requests.claim(ids, "w1", NOW, LATER)
    assert (request.attempts, request.token, request.subject) == (1, 1, owed().subject)


def test_nobody_else_can_claim_while_the_lease_lasts(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    stores.requests.claim(ids, "w1", NOW, LATER)
    assert stores.requests.claim(ids, "w2", NOW, LATER) == []


def test_an_expired_lease_goes_to_the_next_with_a_higher_token(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    stores.requests.claim(ids, "w1", NOW, LATER)
    after = LATER + timedelta(seconds=1)
    [request] = stores.requests.claim(ids, "w2", after, after + timedelta(seconds=60))
    assert (request.attempts, request.token) == (2, 2)


def test_a_verdict_under_an_old_token_is_left_out_and_named(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    [old] = stores.requests.claim(ids, "w1", NOW, LATER)
    after = LATER + timedelta(seconds=1)
    [new] = stores.requests.claim(ids, "w2", after, after + timedelta(seconds=60))
    assert stores.register.commit(Change(verdicts=(judged(old.id, old.token),))) == {old.id}
    assert stores.register.latest(old.subject) is None
    assert stores.register.commit(Change(verdicts=(judged(new.id, new.token),))) == frozenset()
    assert stores.register.latest(new.subject) is not None


def test_a_finished_request_is_not_owed_again(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    [request] = stores.requests.claim(ids, "w1", NOW, LATER)
    stores.register.commit(Change(verdicts=(judged(request.id, request.token),)))
    much_later = NOW + timedelta(days=1)
    assert stores.requests.claim(ids, "w2", much_later, much_later) == []
    assert stores.requests.due(Lane.UPLOADS, much_later, 10) == []
    assert stores.requests.counts() == {"done:VIOLATION": 1}


def test_an_extended_lease_is_kept(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    held = stores.requests.claim(ids, "w1", NOW, LATER)
    assert stores.requests.extend(held, LATER + timedelta(hours=1)) == 1
    after = LATER + timedelta(seconds=1)
    assert stores.requests.claim(ids, "w2", after, after) == []


def test_a_lost_lease_cannot_be_extended(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    held = stores.requests.claim(ids, "w1", NOW, LATER)
    after = LATER + timedelta(seconds=1)
    stores.requests.claim(ids, "w2", after, after + timedelta(seconds=60))
    assert stores.requests.extend(held, after) == 0


def test_what_was_rung_long_ago_is_due_once_in_its_lane(stores: Stores) -> None:
    ids = stores.requests.accept([owed(), owed("b", lane=Lane.BULK)], NOW)
    after = NOW + timedelta(minutes=5)
    assert stores.requests.due(Lane.UPLOADS, NOW, 10) == []
    assert stores.requests.due(Lane.UPLOADS, after, 10) == [ids[0]]
    assert stores.requests.due(Lane.UPLOADS, after, 10) == []
    assert stores.requests.due(Lane.BULK, after, 10) == [ids[1]]


def test_a_request_whose_worker_died_is_due_when_its_lease_is_over(stores: Stores) -> None:
    ids = stores.requests.accept([owed()], NOW)
    stores.requests.claim(ids, "w1", NOW, LATER)
    assert stores.requests.due(Lane.UPLOADS, LATER + timedelta(seconds=1), 10) == ids


def flooded(stores: Stores, flood: int = 500) -> list[int]:
    """One account files many requests, then two others one each."""
    stores.requests.accept([owed(f"flood{n}") for n in range(flood)], NOW)
    others = [replace(owed(f"k{n}"), subject=replace(owed(f"k{n}").subject, account=f"small-{n}")) for n in range(2)]
    return stores.requests.accept(others, NOW)


def test_a_flood_of_one_account_does_not_starve_the_others(stores: Stores) -> None:
    others = flooded(stores)
    ids = stores.requests.fair(Lane.UPLOADS, NOW, 10)
    assert 4 <= len(ids) <= 10
    assert len(set(ids)) == len(ids)
    assert set(others) <= set(ids)


def test_a_fair_choice_never_offers_what_somebody_holds_or_has_done(stores: Stores) -> None:
    others = flooded(stores, 5)
    stores.requests.claim(others, "w", NOW, LATER)
    assert set(stores.requests.fair(Lane.UPLOADS, NOW, 100)).isdisjoint(others)
    assert set(others) <= set(stores.requests.fair(Lane.UPLOADS, LATER + timedelta(seconds=1), 100))
    assert stores.requests.fair(Lane.BULK, NOW, 100) == []


def test_a_fair_choice_offers_everything_in_the_end(stores: Stores) -> None:
    accounts = [
        replace(owed(f"k{n}"), subject=replace(owed(f"k{n}").subject, account=f"a{n % 50}")) for n in range(150)
    ]
    ids, seen = stores.requests.accept(accounts, NOW), set[int]()
    for _ in range(40):
        batch = stores.requests.fair(Lane.UPLOADS, NOW, 10)
        seen |= {request.id for request in stores.requests.claim(batch, "w", NOW, LATER)}
    assert seen == set(ids)


def test_a_fresh_claim_leaves_out_what_was_tried_before(stores: Stores) -> None:
    ids = stores.requests.accept([owed(), owed("b")], NOW)
    stores.requests.claim(ids[:1], "w1", NOW, LATER)
    after = LATER + timedelta(seconds=1)
    assert [request.id for request in stores.requests.claim(ids, "w2", after, after, fresh=True)] == ids[1:]
    assert [request.id for request in stores.requests.claim(ids[:1], "w2", after, after)] == ids[:1]


def test_what_was_tried_before_and_is_free_is_told_from_the_rest(stores: Stores) -> None:
    ids = stores.requests.accept([owed(f"k{n}") for n in range(4)], NOW)
    stores.requests.claim(ids[:2], "w", NOW, LATER)
    stores.requests.claim([ids[2]], "w", NOW, LATER + timedelta(seconds=60))
    after = LATER + timedelta(seconds=1)
    assert stores.requests.tried(ids, NOW) == []
    assert stores.requests.tried([*ids, 10_000], after) == ids[:2]
    assert stores.requests.tried([], after) == []


@pytest.mark.parametrize("field", ["bucket", "versionId", "eTag", "sequencer"])
def test_whatever_a_notification_says_of_an_object_can_be_filed_or_is_refused(stores: Stores, field: str) -> None:
    """Of what neither can be said, nothing behind it in the queue would ever be read."""
    random, most = "".join(Random(4).choices(ascii_letters, k=5_000)), 0
    for said in ("v\0", "\ud800", random, random[:1_024], random[:255], "plain"):
        names = {"bucket": {"name": said if field == "bucket" else "tenant"}}
        stored = {"key": random[:1_024], "eTag": "e", "versionId": "v" * 1_024, "sequencer": "s", field: said}
        record = {"eventName": "ObjectCreated:Put", "s3": {**names, "object": stored}}
        try:
            [event] = upload_events(json.dumps({"Records": [record]}).encode(), 1)
        except HookError:
            continue
        place = Subject(event.bucket, event.key, event.version_id, event.etag, event.size, event.bucket)
        most += len(stores.requests.accept([Owed(place, Lane.UPLOADS, "hook", event.sequencer)], NOW))
    assert most == (3 if field == "versionId" else 2)
