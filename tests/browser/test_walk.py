"""The walk through, by keyboard alone: reported, claimed, seen with a reason, suspended, appealed, reinstated.

Nothing is called past its door: the report and the owner's appeal come over HTTP, people use nothing but keys once they
opened the console, a worker process of its own carries out what was decided, and what the world sees is asked without
a key of ours.
"""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.adapters.embedded_redis import start_redis
from scanner.bootstrap_access import open_access
from scanner.cli.serve import worker_command
from scanner.settings import Settings
from tests.browser.site import BUCKET, Site, open_site, until
from tests.integration.conftest import variables

PAGE = b"<html><body><h1>Your bank</h1><p>Please sign in.</p></body></html>"
KEY = "login/index.html"
PATIENCE = 240.0  # seconds for a worker that has to load the rules first, on a machine that has other things to do


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Site]:
    """A site with a broker and a worker, as `aup serve` starts it."""
    redis = start_redis(tmp_path / "redis")
    try:
        with open_site(tmp_path, redis_url=redis.url, sweep_seconds=1) as site:
            worker = start_worker(site.house.settings)
            try:
                yield site
            finally:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait(10)
    finally:
        redis.stop()


def start_worker(settings: Settings) -> "subprocess.Popen[bytes]":
    """For all lanes, with its beat, in a session of its own so that all of it is ended."""
    told = {"AUP_SWEEP_SECONDS": "1", "AUP_CAGE": "off", "AUP_BUCKETS": BUCKET}
    environ = {**os.environ, **variables(settings), **told}
    command = worker_command(settings, "uploads,bulk,enforcement", 1, beat=True, name="walk")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environ, start_new_session=True, **quiet)  # type: ignore[call-overload, no-any-return]


class System:
    """A system outside, with a token of its own."""

    def __init__(self, site: Site, name: str, *scopes: str, tenant: str = "") -> None:
        self.url = f"{site.url}/api/v1/"
        secret, _ = open_access(site.house).issuing.issue(name, list(scopes), "test", tenant=tenant)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        asked = urllib.request.Request(self.url + path, headers=self.headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: object, key: str = "") -> tuple[int, Any]:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        asked = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, json.loads(answer.read())


def report(site: Site) -> str:
    """A provider of brand protection reports the page as XARF v4, twice; the one case that is opened."""
    provider = System(site, "brand-protection", "reports:file")
    contact = {"org": "Brand Protection", "contact": "abuse@brand.example", "domain": "brand.example"}
    told = {
        "xarf_version": "4.0.0",
        "report_id": "6b1f7f0e-6a1c-4c4e-9a6e-2f3d1c9b7a10",
        "timestamp": "2026-03-01T12:00:00Z",
        "reporter": contact,
        "sender": contact,
        "source_identifier": "192.0.2.7",
        "category": "content",
        "type": "phishing",
        "url": f"{site.store.url}/{BUCKET}/{KEY}",
        "description": "It imitates our sign-in page.",
        "confidence": 0.9,
    }
    answers = [provider.post("reports", told) for _ in range(2)]
    assert [status for status, _ in answers] == [201, 200]
    [case] = answers[0][1]["cases"]
    assert answers[1][1]["cases"] == [case]
    return str(case)


def appeal(site: Site) -> str:
    """The owner reads the notice in the host's portal and appeals, twice by a double click; the appeal's id."""
    portal = System(site, "portal", "notices:read", "appeals:file", "appeals:read", tenant=BUCKET)
    until(lambda: [one["state"] for one in portal.get("notices")["notices"]] == ["SENT"], PATIENCE)
    [notice] = portal.get("notices")["notices"]
    told = {"notice": notice["id"], "ground": "misclassified", "text": "It is our own page; the bank is our customer."}
    answers = [portal.post("appeals", told, key="the-owner-pressed-once") for _ in range(2)]
    assert [status for status, _ in answers] == [201, 201]
    assert answers[0][1] == answers[1][1]
    assert portal.get(f"appeals/{answers[0][1]['id']}")["state"] == "OPEN"
    return str(answers[0][1]["id"])


def tab_to(page: Any, question: str) -> None:
    """Tab until the element that has the focus is the one wanted."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(question):
            return
    raise AssertionError(f"Tab never reached {question}")


def follow(page: Any, word: str, address: str) -> None:
    """Tab to a link of the main navigation, and press Enter."""
    tab_to(page, f"() => document.activeElement.matches('nav a') && document.activeElement.text.includes('{word}')")
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def opened(page: Any, reason: str) -> None:
    """`o`, a reason, Enter: the full content."""
    page.keyboard.press("o")
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    page.wait_for_selector("iframe[name=preview]")


def first_row(page: Any, address: str) -> None:
    """`j` and Enter: what the first row leads to."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def granted_by(site: Site, chromium: Any, appeal_id: str) -> None:
    """A second reviewer opens the evidence and grants the appeal."""
    other = chromium.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB").new_page()
    site.person(other, "wang", "reviewer")
    follow(other, "Appeals", "**/desk/appeals")
    first_row(other, f"**/desk/appeals/{appeal_id}")
    opened(other, "to judge an appeal")
    assert "Your bank" in other.frame_locator("iframe[name=preview]").locator("mark, pre").first.inner_text()
    tab_to(other, "() => document.activeElement.id === 'judge-reason'")
    other.keyboard.type("The bank confirms it.")
    other.keyboard.press("Tab")
    other.keyboard.press("Enter")
    other.wait_for_selector(".decide >> text=wang")
    other.context.close()


def test_a_case_from_the_report_to_the_reinstatement_by_keyboard(staffed: Site, page: Any, chromium: Any) -> None:
    site = staffed
    site.store.put(KEY, PAGE, BUCKET)
    case = site.house.casebook.case(report(site))
    assert (case.source, case.clause) == ("report", "3.1.3.7")
    assert site.store.anonymous(KEY, BUCKET) == 200

    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_url(f"**/desk/cases/{case.id}**")
    opened(page, "the excerpt is not enough to decide")
    assert "Your bank" in page.frame_locator("iframe[name=preview]").locator("mark, pre").first.inner_text()
    page.keyboard.press("s")
    page.wait_for_url("**/desk?**")
    until(lambda: site.store.anonymous(KEY, BUCKET) == 403, PATIENCE)
    assert site.house.casebook.case(case.id).state == "DECIDED_VIOLATING"

    appeal_id = appeal(site)
    follow(page, "Appeals", "**/desk/appeals")
    first_row(page, f"**/desk/appeals/{appeal_id}")
    assert "Not for you" in page.locator(".decide").inner_text()

    granted_by(site, chromium, appeal_id)
    until(lambda: site.store.anonymous(KEY, BUCKET) == 200, PATIENCE)
    assert site.rights.kept.appeal(appeal_id).state == "GRANTED"
    assert site.house.casebook.case(case.id).state == "DECIDED_CLEAN"
    viewers = site.rights.kept.actors(case.evidence, ("evidence-viewed",))
    assert viewers == {"li", "wang"}
