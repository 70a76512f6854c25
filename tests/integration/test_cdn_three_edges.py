"""Three real caching edges: cached → suspended at origin → still served → purged → verified, with timestamps."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.cdn_edges import NGINX
from benchmarks.cdn_story import BUCKET, EICAR, Stage, stage
from scanner.domain.actions import ActionState
from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from tests.contract.s3_stores import Store, strict_store
from tests.unit.cdn.doubles import QiniuDouble, serving

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed (Debian: apt install nginx-light)")


@pytest.fixture
def store() -> Iterator[Store]:
    with strict_store() as found:
        found.bucket(BUCKET)
        yield found


@pytest.fixture
def double() -> Iterator[QiniuDouble]:
    with serving(QiniuDouble()) as one:
        assert isinstance(one, QiniuDouble)
        yield one


@pytest.fixture
def played(store: Store, double: QiniuDouble, tmp_path: Path) -> Iterator[Stage]:
    with stage(store, double, tmp_path) as one:
        yield one


def act(played: Stage) -> ActionState:
    """One round of the outbox, its waits skipped; the newest state of the one action."""
    clock = played.house.enforcing.clock.now()
    for action in played.house.outbox.due_actions(clock.replace(year=clock.year + 1), 10):
        due = replace(action, due_at=clock, revision=action.revision + 1)
        played.house.register.commit(Change(actions=(due,)))
    return played.house.enforcing.carry_out()[-1].state


def test_a_suspension_is_none_before_the_edges_forget(
    played: Stage, store: Store, double: QiniuDouble, tmp_path: Path
) -> None:
    story: list[tuple[str, str]] = []

    def stamp(what: str) -> None:
        story.append((datetime.now(UTC).isoformat(timespec="milliseconds"), what))

    double.polls = 3
    played.found(store, "bad.com", EICAR)
    assert [page.headers["x-cache-status"] for page in played.visit("bad.com")] == ["HIT"] * 3
    assert played.edges.cached() == 3
    stamp("cached at three edges")
    assert act(played) is ActionState.UNVERIFIED
    assert store.anonymous("bad.com", BUCKET) == 403
    stamp("suspended at the origin: 403 there")
    looks = played.look("bad.com")
    assert {(look.seen, look.cached) for look in looks} == {("served", True)}
    assert len({look.edge for look in looks}) == 3
    stamp("still served by three edges, from their caches")
    states = [ActionState.UNVERIFIED]
    while states[-1] is ActionState.UNVERIFIED and len(states) < 6:
        states.append(act(played))
    assert double.purged == ["http://www.tenant.test/bad.com"]
    stamp("purged: the provider's task is done")
    assert states[-1] is ActionState.DONE
    looks = played.look("bad.com")
    assert {look.seen for look in looks} == {"refused"}
    assert {look.status for look in looks} == {403}
    stamp("verified: every edge refuses")
    assert [task for task, _ in double.tasks.values()] == [["http://www.tenant.test/bad.com"]]
    print(json.dumps({"story": story, "looks": [{**asdict(look), "at": look.at.isoformat()} for look in looks]}))


@pytest.mark.slow
def test_an_edge_that_is_not_purged_keeps_the_action_open(played: Stage, store: Store, double: QiniuDouble) -> None:
    whole = double.forget

    def all_but_one(url: str) -> None:
        hidden = played.edges.folders
        played.edges.folders = hidden[:2]
        whole(url)
        played.edges.folders = hidden

    double.forget = all_but_one
    played.found(store, "bad.com", EICAR)
    assert act(played) is ActionState.UNVERIFIED
    served = [look for look in played.look("bad.com") if look.seen == "served"]
    assert {look.edge for look in served} == {played.edges.addresses[2]}


@pytest.mark.slow
def test_a_restored_object_is_served_by_the_edges_again(played: Stage, store: Store, double: QiniuDouble) -> None:
    played.found(store, "bad.com", EICAR)
    while act(played) is not ActionState.DONE:
        pass
    [case] = played.house.casebook.cases((), 10, "0")
    held = played.house.reviewing.claim(case.id, "li")
    played.house.reviewing.decide(case.id, "li", held.tokens, Outcome.CLEAN, "false-positive", "")
    assert act(played) is ActionState.DONE
    assert {look.seen for look in played.look("bad.com")} == {"served"}
