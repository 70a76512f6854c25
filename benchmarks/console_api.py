"""The API's figures: queue and hits on PostgreSQL with 100,000 of each, and 20,000 generated calls.

`python -m benchmarks.console_api` prints them; `benchmarks.console` writes them with the desk's. Times are those of the
whole request inside the server (routing, token, SQL, answer), asked over ASGI in this process.
"""

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.api_fuzz import RATE, fuzz
from benchmarks.console_desk import ASKED, asked, fill, hits, opened, row
from console.app import create_app
from scanner.bootstrap import open_house, start_redis
from scanner.settings import Settings

FUZZ_CALLS = int(os.environ.get("AUP_FUZZ_CALLS", "20000"))
HEADERS = {"Authorization": "Bearer bench"}


def rows(say: Callable[[str], object] = print) -> list[dict[str, Any]]:
    """All figures of the API."""
    return [*times(say), *fuzzed(say)]


def times(say: Callable[[str], object]) -> list[dict[str, Any]]:
    """Queue endpoint and paged hits."""
    with opened() as (house, _):
        say("filling the database")
        fill(house)
        told = replace(house, settings=replace(house.settings, api_token="bench", api_rate=RATE))
        client = TestClient(create_app(told), headers=HEADERS)
        client.get("/api/v1/cases")
        after = client.get("/api/v1/cases").json()["next"]
        paths = {
            "first page": "/api/v1/cases",
            "second page": f"/api/v1/cases?after={after}",
            "a clause": "/api/v1/cases?clause=3.1.3.5.4",
            "a tenant": "/api/v1/cases?account=t42",
            "by state": "/api/v1/cases?state=QUEUED",
        }
        found = [
            _row(f"queue endpoint, 100,000 open cases: {name}", asked(client, path), 100)
            for name, path in paths.items()
        ]
        say("a verdict with 100,000 hits")
        path = f"/api/v1/cases/{hits(house)}/hits"
        first = asked(client, path, 1)[0]
        found.append(
            _row("hits endpoint, 100,000 hits, by the page", _walk(client, path), 300, f"First: {first:.0f} ms.")
        )
        found.append(_row("case endpoint, 100,000 hits", asked(client, path.removesuffix("/hits"), 60), 300))
        client.close()
    return found


def _walk(client: TestClient, path: str) -> list[float]:
    """Milliseconds of each of the pages, following the cursor."""
    taken, after = [], ""
    for _ in range(ASKED):
        began = time.perf_counter()
        answer = client.get(path, params={"after": after}).json()
        taken.append((time.perf_counter() - began) * 1000)
        after = answer["next"] or ""
    return taken


def _row(figure: str, taken: Sequence[float], target: float, note: str = "") -> dict[str, Any]:
    return row(figure, taken, target, f"load {os.getloadavg()[0]:.1f}. {note}".strip())


def fuzzed(say: Callable[[str], object], calls: int = FUZZ_CALLS) -> list[dict[str, Any]]:
    """Server errors and breaks of the document in so many generated calls."""
    say(f"{calls} generated calls")
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="aup-fuzz-") as folder:
        redis = start_redis(Path(folder) / "redis")
        try:
            settings = Settings(
                state_dir=f"{folder}/state",
                api_token="bench",
                hook_secret="bench",
                redis_url=f"redis+socket://{folder}/redis/redis.sock",
                s3_endpoint="http://127.0.0.1:9",
                s3_access_key="a",
                s3_secret_key="b",
            )
            house = open_house(settings, role="cli")
            tally = fuzz(house, calls)
            house.close()
        finally:
            redis.stop()
            logging.disable(logging.NOTSET)
    for line in sorted(set(tally.server_errors + tally.breaks))[:20]:
        say(line)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items()))
    note = f"{tally.calls} calls over {len(tally.operations)} operations; {statuses}"
    enough = tally.calls >= 20_000
    return [
        _count(
            "API fuzz: calls", tally.calls, "20000", enough, f"{len(tally.ungenerated)} not generated or unsendable"
        ),
        _count("API fuzz: server errors", len(tally.server_errors), "0", not tally.server_errors, note),
        _count("API fuzz: schema breaks", len(tally.breaks), "0", not tally.breaks, note),
    ]


def _count(figure: str, value: int, target: str, holds: bool, note: str) -> dict[str, Any]:
    return {"figure": figure, "value": value, "unit": "", "target": target, "holds": holds, "note": note}


if __name__ == "__main__":
    for one in rows():
        print(json.dumps(one, ensure_ascii=False))
