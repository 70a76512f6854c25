"""Purges are rows: filed once, sent in batches within quotas, polled, tried again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.adapters.cdn_ledger import MemoryPurges, SqlPurges
from scanner.adapters.cdn_webhook import WebhookProvider
from scanner.adapters.memory import FixedClock
from scanner.adapters.sql import Database
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.purging import PurgeState
from scanner.errors import EnforcementError
from scanner.ports_cdn import PurgeLedger
from scanner.services.cdn_purging import Purging
from tests.unit.cdn.doubles import SK, WebhookDouble, serving

URLS = [f"http://w.example/{number}" for number in range(250)]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PurgeLedger]:
    if request.param == "memory":
        yield MemoryPurges()
        return
    url = f"sqlite:///{tmp_path / 'x.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server")
    database = Database(url)
    database.migrate()
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM cdn_purge")
    yield SqlPurges(database)
    database.close()


@pytest.fixture
def double() -> Iterator[WebhookDouble]:
    with serving(WebhookDouble()) as one:
        assert isinstance(one, WebhookDouble)
        yield one


def purging(ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock) -> Purging:
    domains = Domains.of((Domain("w.example", provider="main"), Domain("bare.example")))
    return Purging(ledger, {"main": WebhookProvider(double.url, SK)}, domains, clock)


def test_wishes_go_out_in_batches_and_end_as_done(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one = purging(ledger, double, clock)
    one.want(URLS)
    assert one.push() == {"submitted": 250}
    assert sorted(len(urls) for urls, _ in double.tasks.values()) == [50, 100, 100]
    assert one.push() == {}
    assert one.poll() == {"done": 250}
    assert sorted(double.purged) == sorted(URLS)
    latest = ledger.latest(URLS[0])
    assert latest is not None
    assert (latest.state, latest.done_at) == (PurgeState.DONE, clock.now())


def test_the_same_wish_under_way_is_one_row(ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock) -> None:
    one = purging(ledger, double, clock)
    first = one.want(URLS[:1])
    assert one.want(URLS[:1]) == first
    one.push()
    assert [row.key for row in one.want(URLS[:1])] == [first[0].key]
    one.poll()
    clock.advance(60)
    assert one.want(URLS[:1])[0].key != first[0].key


def test_a_used_up_quota_waits_and_then_goes_on(ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock) -> None:
    one = purging(ledger, double, clock)
    double.quota = 0
    one.want(URLS[:3])
    assert one.push() == {"over-quota": 3}
    assert one.push() == {}
    double.quota = 100
    clock.advance(61)
    assert one.push() == {"submitted": 3}


def test_a_lost_answer_and_a_failed_task_are_tried_again(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one = purging(ledger, double, clock)
    one.want(URLS[:1])
    double.fault = lambda _call: (502, {})
    assert one.push() == {"unknown": 1}
    double.fault = lambda _call: None
    clock.advance(10)
    assert one.push() == {"submitted": 1}
    double.fault = lambda _call: (200, {"state": "failed"})
    assert one.poll() == {"failed": 1}
    double.fault = lambda _call: None
    clock.advance(3_600)
    assert one.push() == {"submitted": 1}
    assert one.poll() == {"done": 1}


def test_a_task_that_never_ends_is_asked_for_anew(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one = purging(ledger, double, clock)
    double.polls = 1_000
    one.want(URLS[:1])
    one.push()
    assert one.poll() == {"submitted": 1}
    clock.advance(timedelta(minutes=31).total_seconds())
    assert one.poll() == {"failed": 1}


def test_a_domain_without_provider_is_refused(ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock) -> None:
    with pytest.raises(EnforcementError, match="no provider"):
        purging(ledger, double, clock).want(["http://bare.example/"])


def refusing(bad: str) -> Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None]:
    """A provider that takes no batch with a URL of a domain that its account does not have."""
    return lambda asked: (400, {"error": "no such domain"}) if bad in asked.get("urls", ()) else None


def test_a_url_that_the_provider_will_not_have_keeps_no_neighbour(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one, bad = purging(ledger, double, clock), URLS[7]
    double.refuse = refusing(bad)
    one.want(URLS)
    assert one.push() == {"submitted": 249, "failed": 1}
    one.poll()
    assert set(double.purged) == set(URLS) - {bad}


def test_one_url_for_which_a_task_fails_or_a_server_breaks_is_soon_alone(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one, bad = purging(ledger, double, clock), URLS[7]
    double.refuse = lambda asked: (500, {}) if bad in asked.get("urls", ()) else None
    one.want(URLS[:90])
    for _ in range(12):
        one.push()
        one.poll()
        clock.advance(3_600)
    assert set(double.purged) == set(URLS[:90]) - {bad}


def test_a_provider_that_gives_no_answer_is_asked_once_and_keeps_no_other(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    with serving(WebhookDouble()) as other:
        assert isinstance(other, WebhookDouble)
        domains = Domains.of((Domain("w.example", provider="main"), Domain("v.example", provider="other")))
        providers = {"main": WebhookProvider(double.url, SK), "other": WebhookProvider(other.url, SK)}
        one = Purging(ledger, providers, domains, clock)
        one.want([*URLS, "http://v.example/a"])
        double.fault = lambda _call: (502, {})
        assert one.push() == {"unknown": 250, "submitted": 1}
        assert len(double.calls) == 1
        double.fault = lambda _call: (429, {})
        clock.advance(10)
        assert one.push() == {"over-quota": 250}
        assert len(double.calls) == 2
        double.fault = lambda _call: None
        clock.advance(120)
        assert one.push() == {"submitted": 250}
        double.fault, before = lambda _call: (502, {}), len(double.calls)
        assert one.poll() == {"submitted": 250, "done": 1}
        assert len(double.calls) == before + 1


def test_an_answer_in_no_known_shape_stops_nobody(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    one = purging(ledger, double, clock)
    one.want(URLS[:2])
    double.fault = lambda _call: (200, {"left": "many"})
    assert one.push() == {"failed": 2}


def test_every_domain_has_its_turn_before_a_flood_of_one(
    ledger: PurgeLedger, double: WebhookDouble, clock: FixedClock
) -> None:
    domains = Domains.of((Domain("w.example", provider="main"), Domain("*.v.example", provider="main")))
    one = Purging(ledger, {"main": WebhookProvider(double.url, SK)}, domains, clock)
    one.want(URLS)
    clock.advance(1)  # who asked first is asked for first
    one.want([f"http://{number}.v.example/" for number in range(50)])
    clock.advance(5)
    one.push(4)
    sent = [url for urls, _ in double.tasks.values() for url in urls]
    assert [url.split("/")[2].split(".", 1)[-1] for url in sent] == ["example", "v.example"] * 2
