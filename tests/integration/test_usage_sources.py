"""A Prometheus that is down, slow, partial, lying or huge: clear words, counted, the cursor stays, nothing is used."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from scanner.adapters.usage_prometheus import WINDOW, PrometheusSource
from scanner.domain.usage.book import Query, Sources
from scanner.errors import SettingsError
from tests.unit.usage.books import small_book
from tests.unit.usage.world import START, World

QUERY = Query("cpu", "usage_cpu", "cpu", "cores")
Answer = Callable[[BaseHTTPRequestHandler, dict[str, list[str]]], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A loopback server that answers every query so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, parse_qs(urlsplit(self.path).query))

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def body(text: bytes, status: int = 200, length: int | None = None) -> Answer:
    """An answer with these bytes."""

    def answer(handler: BaseHTTPRequestHandler, _asked: dict[str, list[str]]) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(text) if length is None else length))
        handler.end_headers()
        handler.wfile.write(text)

    return answer


def matrix(handler: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
    """0.95 cores of acme at each step that was asked for, and a series without an account."""
    steps = range(int(asked["start"][0]), int(asked["end"][0]) + 1, int(asked["step"][0]))
    values = [[at, "0.95"] for at in steps]
    rows = [{"metric": {"account": "acme"}, "values": values}, {"metric": {}, "values": values}]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
    body(json.dumps(answer).encode())(handler, asked)


def source(url: str, **more: float) -> PrometheusSource:
    return PrometheusSource(Sources(url, more.get("timeout", 5.0), int(more.get("max_bytes", 1 << 20)), (QUERY,)))


def trickle(handler: BaseHTTPRequestHandler, _asked: dict[str, list[str]]) -> None:
    """A byte now and then."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.05)


def hang(_handler: BaseHTTPRequestHandler, _asked: dict[str, list[str]]) -> None:
    """Nothing at all."""
    time.sleep(1.0)


PARTIAL = b'{"status":"success","warnings":["a store is away"],"data":{"resultType":"matrix","result":[]}}'
REFUSED = b'{"status":"error","errorType":"bad_data","error":"parse error at char 3"}'
WRONG: list[tuple[Answer, str]] = [
    (body(PARTIAL), "partial data: a store is away"),
    (body(REFUSED, 400), "refused: bad_data parse error at char 3"),
    (body(b"<html>", 503), "HTTP 503"),
    (body(b"<html>"), "the answer is no JSON"),
    (body(b"[]"), "refused: no reason given"),
    (body(b'{"status":"success","data":{"resultType":"vector","result":[]}}'), "holds no range of samples"),
    (body(b'{"status":"success","data":{"resultType":"matrix","result":[1]}}'), "holds no range of samples"),
    (body(b'{"status"', length=500), "no answer within"),
    (body(b" " * (2 << 20)), "over 1048576 bytes"),
    (trickle, "the answer came too slowly"),
    (hang, "no answer within 0.3 s"),
]


@pytest.mark.parametrize(("answer", "said"), WRONG)
def test_an_answer_that_cannot_be_trusted_is_not_used_at_all(answer: Answer, said: str) -> None:
    with serving(answer) as url:
        pulled = source(url, timeout=0.3 if answer in (trickle, hang) else 5.0).pull("prometheus/cpu", 1_000, 1_000_000)
    assert said in pulled.trouble
    assert f"{url} query cpu" in pulled.trouble
    assert (pulled.cursor, list(pulled.samples)) == (1_000, [])


def test_a_prometheus_that_is_down_is_named_and_state_freezes() -> None:
    world = World(small_book("acme"))
    world.minutes(40, acme=0.95)
    (said, tally), *_ = world.metering.pull(source("http://127.0.0.1:9"))
    assert "http://127.0.0.1:9 query cpu: no answer" in said
    assert tally.refused == {"source-failed": 1}
    world.minutes(10)
    assert world.rows.incidents("acme", only_open=True, limit=1)[0].state == "FROZEN"
    assert world.store.action_rows == {}


def test_what_was_missed_is_caught_up_with_window_by_window() -> None:
    world = World(small_book("acme"))
    with serving(matrix) as url:
        prometheus = source(url)
        first = world.metering.pull(prometheus)[0][1]
        assert first.accepted == 10
        assert first.refused == {"no-account-label": 1}
        world.clock.moment = world.clock.moment.replace(day=START.day + 1)
        taken = [world.metering.pull(prometheus)[0][1].accepted for _ in range(6)]
    assert taken[:3] == [WINDOW // 60 + 1] * 3
    assert sum(taken) == 1_440
    assert world.metering.check().steps == {"first": 1, "applied": 1_449}
    assert world.metering.pull(source("http://127.0.0.1:9"))[0][1].refused == {}


def test_nothing_new_is_not_asked_for() -> None:
    pulled = source("http://127.0.0.1:9").pull("prometheus/cpu", 1_000_020, 1_000_050)
    assert (pulled.trouble, pulled.cursor) == ("", 1_000_020)


def test_an_address_that_is_none_is_a_setting_to_mend() -> None:
    with pytest.raises(SettingsError, match=r"write prometheus: \{url:"):
        source("ftp://x").pull("prometheus/cpu", 0, 1_000_000)


def test_of_what_an_outage_left_less_is_asked_for_where_the_whole_is_too_much() -> None:
    asked_for: list[int] = []

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        asked_for.append(int(asked["end"][0]) - int(asked["start"][0]))
        matrix(handler, asked)

    with serving(answer) as url:
        pulled = source(url, max_bytes=5_000).pull("prometheus/cpu", 60_000, 160_000)
    assert (pulled.trouble, pulled.cursor) == ("", 60_060 + 3_600)
    assert asked_for == [WINDOW, 3_600]


def test_several_series_of_one_account_are_left_out_and_told_and_the_others_taken() -> None:
    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        rows = [{"metric": {"account": name}, "values": [[1_020, "0.5"]]} for name in ("acme", "calm", "acme")]
        text = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": rows}})
        body(text.encode())(handler, asked)

    with serving(answer) as url:
        pulled = source(url).pull("prometheus/cpu", 1_000, 1_100)
    assert [sample.account for sample in pulled.samples] == ["calm"]
    assert pulled.tally.refused == {"several-series": 2}
    assert "several series of acme: sum by (account)" in pulled.tally.examples[0]


def test_a_sample_that_is_none_stops_its_query_and_no_other() -> None:
    answer = body(
        b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"account":"a"},"values":[7]}]}}'
    )
    with serving(answer) as url:
        pulled = source(url).pull("prometheus/cpu", 1_000, 1_100)
    assert "a sample is none" in pulled.trouble
