"""`aup usage` and the usage API over a real house on SQLite: files in, incidents, plots and simulations out."""

import codecs
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import cramjam
import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from console.app import create_app
from console.usage import router
from scanner.bootstrap import open_house
from scanner.bootstrap_usage import open_usage, usage_folder
from scanner.cli import usage_files
from scanner.cli.usage import usage
from scanner.errors import SettingsError, UnknownError, UsageError
from scanner.settings import Settings
from tests.integration.people import sign_in
from tests.integration.usage_rules import bare_rules
from tests.unit.usage.test_rules import GOOD
from tests.unit.usage.test_wire import CDN, S3, series

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HEAVY = 95


@pytest.fixture(autouse=True)
def _now() -> None:
    """Each test's own minute: samples grow stale while other tests run."""
    global NOW
    NOW = datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A state folder, and rules with a small usage.yaml; the broker is nowhere."""
    own = bare_rules(tmp_path / "own")
    writes = "remote_write:\n- {metric: cpu_total, resource: cpu, unit: s, counter: true}\n"
    text = GOOD.replace("- {account: acme", "- {account: calm, plan: s}\n- {account: acme") + writes
    (own / "usage.yaml").write_text(text, encoding="utf-8")
    broker = f"redis+socket://{tmp_path}/nowhere.sock"
    return Settings(
        state_dir=str(tmp_path / "state"), rules_dir=str(own), api_token="t", redis_url=broker, s3_access_key="k",
        s3_secret_key="s", s3_endpoint="http://127.0.0.1:9",
    )  # fmt: skip


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(usage, list(words), obj=lambda: settings, standalone_mode=False, catch_exceptions=False)


def samples_csv(folder: Path, minutes: int = 90) -> Path:
    """A CSV in which acme uses 1.9 cores of one and calm next to nothing."""
    rows = ["account,resource,at,value,unit"]
    for minute in range(minutes):
        at = (NOW - timedelta(minutes=minutes - minute)).isoformat()
        rows += [f"acme,cpu,{at},1.9,cores", f"calm,cpu,{at},50,millicores"]
    rows += ["acme,cpu,2026-01-01T00:00:00Z,-1,cores", "zed,cpu,2026-01-01T00:00:00Z,1,cores", "acme,cpu,now,1,cores"]
    path = folder / "use.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def miner_file(folder: Path, at: datetime) -> Path:
    path = folder / "agents.jsonl"
    row = {"account": "acme", "at": at.isoformat(), "source": "agent", "processes": [{"command": "xmrig", "cpu": 1.8}]}
    path.write_text(json.dumps(row) + "\n{\n", encoding="utf-8")
    return path


def test_files_become_an_incident_with_its_plot(settings: Settings, tmp_path: Path) -> None:
    taken = run(settings, "ingest", str(samples_csv(tmp_path)))
    assert taken.return_value == 1
    assert "180 taken, 3 refused (1 malformed, 1 negative, 1 unknown-account)" in taken.output
    run(settings, "ingest", "--as", "snapshots", str(miner_file(tmp_path, NOW)))
    checked = run(settings, "check")
    assert checked.return_value == 1
    assert checked.output.startswith("THROTTLE OPEN")
    assert "178 applied, 2 first; 1 signals, 1 incidents changed, 1 carried out" in checked.output
    shown = run(settings, "show", "acme", "--plot", str(tmp_path / "acme.svg"))
    assert "acme: plan s, owner olga" in shown.output
    assert "cpu: up to 1.9 cores, bought 1 cores, usual unknown" in shown.output
    assert "miner: xmrig" in shown.output
    assert "throttles A" in shown.output
    assert "1 incidents, 1 open" in shown.output
    assert "bought: 1 cores" in (tmp_path / "acme.svg").read_text(encoding="utf-8")
    house = open_house(settings, role="cli")
    case = house.casebook.cases(["QUEUED"], 10, "0")[0]
    assert (case.source, [a.measure for a in house.outbox.actions_of(case.id)]) == ("usage", ["throttle"])
    assert house.custodian.export(case.id, "li", "to look")[1]
    with TestClient(create_app(house), headers={"Accept": "text/html"}) as client:
        sign_in(client, house, "wang", "reviewer")
        assert f'src="/desk/cases/{case.id}/usage.svg"' in client.get(f"/desk/cases/{case.id}").text
        plotted = client.get(f"/desk/cases/{case.id}/usage.svg")
        assert (plotted.headers["content-type"], "bought: 1 cores" in plotted.text) == ("image/svg+xml", True)
        assert client.get("/desk/cases/none/usage.svg").status_code == 404
    house.close()


def test_the_same_file_twice_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    file = samples_csv(tmp_path)
    run(settings, "ingest", str(file))
    run(settings, "check")
    before = run(settings, "show", "--json").output
    run(settings, "ingest", str(file))
    again = run(settings, "check")
    assert "178 late, 2 duplicate" in again.output or "2 duplicate, 178 late" in again.output
    facts = [json.loads(line)["facts"][0]["peak"] for line in (before, run(settings, "show", "--json").output)]
    assert facts[0] == facts[1]


def test_machines_get_one_object_a_line(settings: Settings, tmp_path: Path) -> None:
    taken = run(settings, "ingest", "--json", str(samples_csv(tmp_path)))
    assert json.loads(taken.output)["refused"] == {"malformed": 1, "negative": 1, "unknown-account": 1}
    lines = [json.loads(line) for line in run(settings, "check", "--json").output.splitlines()]
    assert lines[0]["steps"] == {"applied": 178, "first": 2}
    assert lines[1]["ruling"] == "watch"


def test_a_simulation_says_who_would_have_been_throttled_and_when(settings: Settings, tmp_path: Path) -> None:
    agents = miner_file(tmp_path, NOW - timedelta(minutes=80))
    rules = str(Path(settings.rules_dir) / "usage.yaml")
    done = run(settings, "simulate", str(samples_csv(tmp_path)), "--rules", rules, "--snapshots", str(agents))
    assert done.return_value == 0
    first = done.output.splitlines()[0]
    assert first.startswith("acme ")
    assert "throttled" in first
    assert "of the accounts 1 watched, 1 throttled, 0 proposed, 0 referred" in done.output
    assert not (Path(settings.state_dir) / "aup.sqlite3").exists()
    alone = run(settings, "simulate", "--json", str(samples_csv(tmp_path)))
    assert json.loads(alone.output.splitlines()[0])["throttled"] is None


def test_logs_become_bandwidth_requests_and_tops(settings: Settings, tmp_path: Path) -> None:
    log, mapping = tmp_path / "s3.log", tmp_path / "map.csv"
    log.write_text(f"{S3}\n{S3}\nnonsense\n", encoding="utf-8")
    mapping.write_text("name,account\nmybucket,acme\n", encoding="utf-8")
    taken = run(settings, "ingest", "--as", "s3-log", "--map", str(mapping), str(log))
    assert "3 taken, 1 refused (1 malformed)" in taken.output
    cdn = tmp_path / "cdn.log"
    cdn.write_text(CDN.replace("cdn.example.com", "acme") + "\n", encoding="utf-8")
    assert "3 taken, 0 refused" in run(settings, "ingest", "--as", "combined-log", str(cdn)).output


def test_a_packed_log_with_made_up_hosts_counts_them_and_takes_the_others(settings: Settings, tmp_path: Path) -> None:
    ours = CDN.replace("cdn.example.com", "acme")
    lines = [ours, *(CDN.replace("cdn", f"made-up-{number}") for number in range(50)), ours]
    cdn = tmp_path / "cdn.log.gz"
    cdn.write_bytes(gzip.compress(codecs.BOM_UTF8 + "\r\n".join(lines).encode()))
    taken = run(settings, "ingest", "--as", "combined-log", str(cdn)).output
    assert "3 taken, 50 refused (50 unknown-account)" in taken


def test_a_log_that_is_cut_off_is_refused_whole(settings: Settings, tmp_path: Path) -> None:
    cdn = tmp_path / "cdn.log.gz"
    cdn.write_bytes(gzip.compress(f"{CDN}\n".encode() * 50)[:-20])
    with pytest.raises(UsageError, match="cut off or damaged"):
        run(settings, "ingest", "--as", "combined-log", str(cdn))


def test_of_a_line_without_end_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_files, "MAX_LINE", 10)
    (tmp_path / "x").write_text("short\n" + "y" * 95 + "\nlast")
    assert [*usage_files.lines_of(tmp_path / "x")] == ["short\n", "y" * 10, "last"]


def test_an_overlay_with_a_usage_file_comes_before_the_shipped_one(settings: Settings, tmp_path: Path) -> None:
    assert usage_folder(settings) == Path(settings.rules_dir)
    assert usage_folder(replace(settings, overlay_dir=str(tmp_path))) == Path(settings.rules_dir)
    (tmp_path / "usage.yaml").write_text("schema: 1\n", encoding="utf-8")
    assert usage_folder(replace(settings, overlay_dir=str(tmp_path))) == tmp_path
    assert (usage_folder(Settings()) / "agreement.yaml").exists()


def test_wrong_calls_say_what_to_do(settings: Settings, tmp_path: Path) -> None:

    with pytest.raises(click.UsageError, match="name files, or --prometheus"):
        run(settings, "ingest")
    with pytest.raises(click.UsageError, match="name files of samples"):
        run(settings, "simulate")

    with pytest.raises(SettingsError, match="no Prometheus is named"):
        run(settings, "ingest", "--prometheus")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The API over a real house."""
    house = open_house(settings, role="console")
    app = create_app(house)
    if not any(getattr(route, "path", "").startswith("/api/v1/usage") for route in app.routes):
        app.include_router(router)
    with TestClient(app, headers={"Authorization": "Bearer t"}) as opened:
        yield opened


def test_the_push_api_takes_samples_and_counts_the_others(client: TestClient) -> None:
    at = NOW.timestamp()
    rows = [
        {"account": "acme", "resource": "cpu", "at": at, "value": 1.0, "unit": "cores"},
        {"account": "acme", "resource": "bandwidth-out", "at": at, "value": 1.0},
        {"account": "zed", "resource": "cpu", "at": at, "value": 1.0, "unit": "cores"},
        {"account": "acme"},
    ]
    answer = client.post("/api/v1/usage/samples", json=rows)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"] == {"malformed": 1, "missing-unit": 1, "unknown-account": 1}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("samples", b"{", 400),
        ("samples", b"{}", 422),
        ("snapshots", b'[{"account": "a"}]', 422),
        ("write", b"zzz", 400),
    ],
)
def test_what_is_no_message_is_refused_with_the_mend(client: TestClient, path: str, body: bytes, status: int) -> None:
    answer = client.post(f"/api/v1/usage/{path}", content=body)
    assert answer.status_code == status
    assert answer.json()["mend"]


def test_the_api_wants_its_token(client: TestClient) -> None:
    for path in ("samples", "snapshots", "write"):
        assert client.post(f"/api/v1/usage/{path}", content=b"[]", headers={"Authorization": ""}).status_code == 401
    assert client.get("/api/v1/usage/incidents", headers={"Authorization": "Bearer x"}).status_code == 401


def test_remote_writes_and_snapshots_become_an_incident_with_a_plot(client: TestClient, settings: Settings) -> None:
    for minute in range(60):
        at = NOW - timedelta(minutes=60 - minute)
        label = {"__name__": "cpu_total", "account": "acme"}
        written = cramjam.snappy.compress_raw(series(label, 114.0 * minute, int(at.timestamp() * 1_000)))
        answer = client.post("/api/v1/usage/write", content=bytes(written))
        assert (answer.status_code, answer.headers["x-aup-taken"]) == (204, "1")
    shot = {"account": "acme", "at": NOW.isoformat(), "processes": [{"command": "/tmp/xmrig", "cpu": 1.9}]}
    assert client.post("/api/v1/usage/snapshots", json=[shot]).json()["accepted"] == 1
    house = open_house(settings, role="worker")
    open_usage(house).metering.check()
    (incident,) = client.get("/api/v1/usage/incidents", params={"account": "acme"}).json()["incidents"]
    assert incident["ruling"] == "throttle"
    drawn = client.get(f"/api/v1/usage/incidents/{incident['id']}/plot.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "default-src 'none'" in drawn.headers["content-security-policy"]
    assert "acme cpu" in drawn.text
    assert client.get("/api/v1/usage/incidents/U0/plot.svg").status_code == 404
    with pytest.raises(UnknownError):
        open_usage(house).record.incident("U0")
    house.close()


def test_a_newer_remote_write_and_a_huge_body_are_refused(settings: Settings) -> None:
    house = open_house(replace(settings, hook_max_bytes=100), role="console")
    app = create_app(house)
    if not any(getattr(route, "path", "").startswith("/api/v1/usage") for route in app.routes):
        app.include_router(router)
    with TestClient(app, headers={"Authorization": "Bearer t"}) as client:
        kind = {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
        assert client.post("/api/v1/usage/write", content=b"", headers=kind).status_code == 415
        assert client.post("/api/v1/usage/samples", content=b" " * 101).status_code == 413
