"""A real Prometheus with a real node_exporter: a process that burns CPU and bandwidth becomes an incident, is throttled
and let go again, end to end."""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scanner.bootstrap import House, open_house
from scanner.bootstrap_usage import UsageHouse, open_usage
from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.usage.causes import Process, Snapshot
from scanner.domain.usage.incidents import Incident, IncidentState
from scanner.domain.usage.thresholds import Ruling
from scanner.settings import Settings
from tests.integration.ports import free_port, wait_for
from tests.integration.usage_rules import bare_rules

EXPORTER, PROMETHEUS = shutil.which("prometheus-node-exporter"), shutil.which("prometheus")
pytestmark = pytest.mark.skipif(
    not (EXPORTER and PROMETHEUS), reason="Debian's prometheus and prometheus-node-exporter are not installed"
)
SECRET = "plane-secret"
BURNER = Path(__file__).with_name("usage_burner.py")
RULES = """schema: 1
timing: {{interval: 1 s, cover: 3 s, stale: 15 s, skew: 5 s, gap: 4 s, cause: 10 min, live: 1 min, lag: 2 s}}
plans:
- {{id: small, limits: {{cpu: 100 millicores, bandwidth-out: 60 MB/s}}}}
accounts:
- {{account: acme, plan: small}}
thresholds:
- {{id: usage.excess, kind: excess, clause: 3.1.3.6, leg: heavy, resources: [cpu, bandwidth-out],
   window: 5 s, leak: 0.8, measure: propose, notice: overuse}}
signs: {{processes: [{{kind: miner, pattern: '\\bxmrig\\b'}}]}}
prometheus:
  url: {url}
  queries:
  - {{name: cpu, resource: cpu, unit: cores, query: 'rate(aup_usage_cpu_seconds_total[5s])'}}
  - {{name: out, resource: bandwidth-out, unit: B/s,
     query: 'label_replace(rate(node_network_transmit_bytes_total{{device="lo"}}[5s]), "account", "acme", "", "")'}}
"""
SCRAPE = """global: {{scrape_interval: 1s}}
scrape_configs:
- {{job_name: node, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}
"""


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """The address of a Prometheus that scrapes a node_exporter every second, both on loopback."""
    exported, served = free_port(), free_port()
    (tmp_path / "text").mkdir()
    (tmp_path / "prometheus.yml").write_text(SCRAPE.format(port=exported), encoding="utf-8")
    exporter = [str(EXPORTER), f"--web.listen-address=127.0.0.1:{exported}", "--collector.disable-defaults"]
    exporter += ["--collector.netdev", "--collector.netdev.device-exclude=^ifb"]  # by default lo is left out
    exporter += ["--collector.textfile", f"--collector.textfile.directory={tmp_path / 'text'}"]
    server = [
        str(PROMETHEUS),
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
    ]
    server += [f"--web.listen-address=127.0.0.1:{served}", "--log.level=error"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, **quiet) for command in (exporter, server)]  # type: ignore[call-overload]
    try:
        wait_for(exported)
        wait_for(served)
        yield f"http://127.0.0.1:{served}"
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)


class Plane(ThreadingHTTPServer):
    """The operator's control plane as a signed webhook: the limit is a file that the burning process obeys."""

    def __init__(self, file: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.file, self.asked = file, list[str]()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/limits"

    @property
    def limit(self) -> str:
        return self.file.read_text(encoding="utf-8") if self.file.exists() else "unlimited"

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """One operation on the account's limits."""
        self.asked.append(f"{message['op']} {message['subject']['place']} {message['subject']['what']}")
        if message["op"] == "apply":
            self.file.write_text("throttled", encoding="utf-8")
        if message["op"] == "restore":
            self.file.write_text(message["plan"]["before"], encoding="utf-8")
        return {"before": self.limit, "seen": "refused" if self.limit == "throttled" else "served"}


class Answering(BaseHTTPRequestHandler):
    """Checks the signature, answers in JSON."""

    def do_POST(self) -> None:
        assert isinstance(self.server, Plane)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = hmac.new(
            SECRET.encode(), self.headers["X-Aup-Time"].encode() + b"." + body, hashlib.sha256
        ).hexdigest()
        known = hmac.compare_digest(self.headers["X-Aup-Signature"], f"sha256={signed}")
        answer = json.dumps(self.server.answer(json.loads(body))).encode() if known else b"{}"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Silent."""


class Agent(threading.Thread):
    """Writes a process's CPU seconds where node_exporter reads them, as an agent on a host does."""

    def __init__(self, pid: int, target: Path) -> None:
        super().__init__(daemon=True)
        self.pid, self.target, self.seconds, self.ended = pid, target, 0.0, threading.Event()

    def run(self) -> None:
        ticks = os.sysconf("SC_CLK_TCK")
        while not self.ended.wait(0.3):
            stat = Path(f"/proc/{self.pid}/stat")
            if stat.exists():
                words = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
                self.seconds = max(self.seconds, (int(words[11]) + int(words[12])) / ticks)
            text = f'aup_usage_cpu_seconds_total{{account="acme"}} {self.seconds}\n'
            draft = self.target.with_suffix(".new")
            draft.write_text("# TYPE aup_usage_cpu_seconds_total counter\n" + text, encoding="utf-8")
            draft.rename(self.target)

    def snapshot(self) -> Snapshot:
        """What runs on the account now, from /proc."""
        command = Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return Snapshot("acme", datetime.now(UTC), "agent", (Process(command, 1.0),))


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[Plane]:
    opened = Plane(tmp_path / "limit")
    yield opened
    opened.shutdown()
    opened.server_close()


@pytest.fixture
def house(tmp_path: Path, prometheus: str, plane: Plane) -> Iterator[House]:
    own = bare_rules(tmp_path / "own")
    (own / "usage.yaml").write_text(RULES.format(url=prometheus), encoding="utf-8")
    settings = Settings(
        state_dir=str(tmp_path / "state"),
        rules_dir=str(own),
        redis_url=f"redis+socket://{tmp_path}/nowhere.sock",
        s3_access_key="k",
        s3_secret_key="s",
        s3_endpoint="http://127.0.0.1:9",
        control_plane_url=plane.url,
        control_plane_secret=SECRET,
    )
    opened = open_house(settings, role="worker")
    yield opened
    opened.close()


class Minutes:
    """The beat of a worker, every second: pull, check, carry out."""

    def __init__(self, house: House, usage: UsageHouse) -> None:
        self.house, self.usage, self.done = house, usage, list[Action]()

    def until(self, reached: Callable[[Incident], bool], seconds: float) -> Incident:
        """Beat until the incident is as wanted."""
        deadline, incident = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            for said, tally in self.usage.metering.pull(self.usage.source()):
                assert "source-failed" not in tally.refused, said
            checked = self.usage.metering.check()
            assert checked.troubles == () or "lifted once" in checked.troubles[0]
            self.done += [action for action in self.house.enforcing.carry_out() if action.is_final]
            incident = next(iter(self.usage.record.incidents("acme", only_open=False, limit=1)), None)
            if incident is not None and reached(incident):
                return incident
            time.sleep(0.5)
        pytest.fail(f"not reached in {seconds} s: {incident}")


def test_a_burning_process_is_found_throttled_and_let_go_again(house: House, plane: Plane, tmp_path: Path) -> None:
    usage = open_usage(house)
    burner = subprocess.Popen(["xmrig", str(BURNER), str(plane.file)], executable=sys.executable)
    agent = Agent(burner.pid, tmp_path / "text" / "acme.prom")
    agent.start()
    beat = Minutes(house, usage)
    try:
        beat.until(lambda incident: incident.ruling >= Ruling.WATCH, 45)
        assert usage.metering.note([agent.snapshot()]).accepted == 1
        throttled = beat.until(lambda incident: bool(beat.done), 20)
        assert throttled.ruling is Ruling.THROTTLE
        assert plane.limit == "throttled"
        before = agent.seconds
        time.sleep(2)
        assert agent.seconds - before < 1.0
    finally:
        burner.kill()
        burner.wait()
    svg = usage.plotting.incident(throttled)
    assert 'class="v"' in svg
    assert "acme" in svg
    lifted = beat.until(lambda incident: incident.lifted and len(beat.done) == 2, 45)
    agent.ended.set()
    assert lifted.state is IncidentState.RESOLVED
    assert {fact.resource for fact in lifted.facts} == {"cpu", "bandwidth-out"}
    done = [(action.measure, action.state) for action in beat.done]
    assert done == [(Measure.THROTTLE, ActionState.DONE), (Measure.UNTHROTTLE, ActionState.DONE)], beat.done
    assert plane.limit == "unlimited"
    assert {word.split()[0] for word in plane.asked} == {"read", "apply", "observe", "restore"}
    assert all(word.split()[1] == "account:acme" for word in plane.asked)
    case = house.casebook.case(lifted.case)
    assert (case.source, case.clause) == ("usage", "3.1.3.6")
    assert "xmrig" in case.summary
    assert list(house.checking.breaches()) == []
