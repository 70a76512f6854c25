"""The review desk's figures: the queue with 100,000 open cases and a case page with 100,000 hits, on PostgreSQL.

`python -m benchmarks.console_desk` prints a table; `benchmarks.console` takes the rows from here. Times are those of
the whole request inside the server (routing, session, SQL, template), asked over ASGI in this process.
"""

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pgserver
from fastapi.testclient import TestClient
from sqlalchemy import insert, text

from console.app import create_app
from scanner.adapters.case_places import place_row
from scanner.adapters.desk_tables import case_place
from scanner.adapters.sql_register import _case_row
from scanner.adapters.tables import review_case
from scanner.bootstrap import House, open_house
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.review_queue import turn
from scanner.domain.verdicts import Standing, Verdict
from scanner.settings import Settings
from tests.integration.people import sign_in

CASES, HITS, ASKED = 100_000, 100_000, 200
CLAUSES = ("3.1.3.7", "3.1.3.8", "3.1.3.4", "3.1.3.5.4", "3.1.3.5.3", "3.1.3.5.7", "3.1.3.6")
NOW = datetime.now(UTC)


def a_case(number: int) -> Case:
    """One of many: 5,000 tenants, 250 rules, seven clauses, all ages and severities."""
    opened = NOW - timedelta(seconds=number * 37 % 864_000)
    subject = Subject(
        f"bucket-{number % 5000}", f"www/{number}/index.php", f"v{number}", "e", 1000, f"t{number % 5000}"
    )
    return Case(
        f"C{number:015d}", subject, f"{number % 80_000:064x}", CLAUSES[number % 7], f"rule.{number % 250}",
        Severity(number % 4 + 1), Confidence(number % 3 + 1), CaseState.QUEUED,
        ("scan", "scan", "scan", "report")[number % 4], opened, opened + timedelta(hours=24),
        summary="<?php eval($_POST['x']); ?> " * 4,
    )  # fmt: skip


def fill(house: House) -> None:
    """All cases, in bulk."""
    with house.database.writing() as connection:
        for start in range(0, CASES, 1_000):
            cases = [a_case(number) for number in range(start, start + 1_000)]
            connection.execute(insert(review_case), [{"id": case.id, **_case_row(case)} for case in cases])
            places = [{"case_id": c.id, "turn": turn(c, 1), "copies": 1, **place_row(c)} for c in cases]
            connection.execute(insert(case_place), places)
    with house.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def hits(house: House) -> str:
    """A case whose verdict kept 100,000 findings; its id."""
    case = a_case(0)
    findings = tuple(
        Finding("rule.0", "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, f"a.zip!{n}.php", Layer.RAW, n, 12,
                "eval($_POST[", "<?php eval($_POST['x']); ?>")
        for n in range(HITS)
    )  # fmt: skip
    verdict = Verdict(
        Content(case.sha256, 1000, "application/zip", "archive"), Standing.VIOLATION, findings,
        Coverage(rulebook_digest="d" * 64), "3.1.3.7", "rule.0",
    )  # fmt: skip
    house.register.commit(Change(verdicts=(Judged(case.subject, verdict),)))
    return case.id


@contextmanager
def opened() -> Iterator[tuple[House, TestClient]]:
    """A console on PostgreSQL with a signed-in reviewer."""
    folder = Path(tempfile.mkdtemp(prefix="aup-desk-"))
    server = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    settings = Settings(state_dir=str(folder / "state"), database_url=url, cage="off", redis_url="redis+socket:///no")
    house = open_house(settings, role="cli")
    try:
        with TestClient(create_app(house)) as client:
            sign_in(client, house, "li", "reviewer")
            yield house, client
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def asked(client: TestClient, path: str, count: int = ASKED, *, warm: bool = True) -> list[float]:
    """Milliseconds of the server for each of so many requests."""
    taken = []
    if warm:
        client.get(path)
    for _ in range(count):
        began = time.perf_counter()
        answer = client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text[:300]
    return taken


def burned(client: TestClient, path: str, count: int = 30) -> str:
    """CPU time of this process for one request, without the database's own: it depends little on the machine's load."""
    began = time.process_time()
    for _ in range(count):
        client.get(path)
    return f"CPU of the console {(time.process_time() - began) / count * 1000:.1f} ms a request."


def row(figure: str, taken: Sequence[float], target: float, note: str = "") -> dict[str, Any]:
    """A figure with its target, as results are written."""
    p95 = statistics.quantiles(taken, n=20)[-1]
    middle, load = statistics.median(taken), os.getloadavg()[0]
    stated = f"median {middle:.1f} ms, {len(taken)} requests, load {load:.1f}. {note}".strip()
    return {"figure": figure, "value": round(p95, 1), "unit": "ms p95", "target": f"<= {target:.0f}",
            "holds": p95 <= target, "note": stated}  # fmt: skip


def rows(say: Callable[[str], object] = print) -> list[dict[str, Any]]:
    """All figures of the desk."""
    found = []
    with opened() as (house, client):
        say(f"filling {CASES} cases")
        fill(house)
        client.get("/desk")
        paths = {
            "first page": "/desk",
            "a clause": "/desk?clause=3.1.3.5.4",
            "a tenant": "/desk?account=t42",
            "a rule, of nobody": "/desk?rule=rule.7&assigned=-",
            "a lane and a source": "/desk?lane=reports&source=report",
            "a rare pair": "/desk?clause=3.1.3.4&account=t4999",
        }
        for name, path in paths.items():
            found.append(row(f"queue page, 100,000 open cases: {name}", asked(client, path), 100, burned(client, path)))
        after = client.get("/desk").text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        found.append(row("queue page, 100,000 open cases: second page", asked(client, after), 100))
        case = hits(house)
        first = asked(client, f"/desk/cases/{case}", 1, warm=False)[0]
        pages = [asked(client, f"/desk/cases/{case}?hits={n * 37 % 2000}", 1, warm=False)[0] for n in range(60)]
        found.append(row("case page with 100,000 hits", pages, 300, f"The first opening took {first:.0f} ms."))
    return found


def main() -> None:
    """Print the figures."""
    for one in rows():
        print(json.dumps(one, ensure_ascii=False))


if __name__ == "__main__":
    main()
