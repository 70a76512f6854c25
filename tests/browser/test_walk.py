"""The walk through, by keyboard alone: reported, claimed, seen with a reason, suspended, appealed, reinstated."""

import json
import urllib.request
from typing import Any

from scanner.bootstrap_access import open_access
from scanner.domain.enforcement.appeals import Ground
from tests.browser.site import BUCKET, Site

PAGE = b"<html><body><h1>Your bank</h1><p>Please sign in.</p></body></html>"


def say(page: Any, text: str) -> None:
    """Type and send."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def report(site: Site, key: str) -> str:
    """A provider of brand protection reports the page as XARF v4, twice; the one case that is opened."""
    secret, _ = open_access(site.house).issuing.issue("brand-protection", ["reports:file"], "test")
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
        "url": f"{site.store.url}/{BUCKET}/{key}",
        "description": "It imitates our sign-in page.",
        "confidence": 0.9,
    }
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    asked = urllib.request.Request(f"{site.url}/api/v1/reports", json.dumps(told).encode(), headers)
    answers = []
    for _ in range(2):
        with urllib.request.urlopen(asked, timeout=10) as answer:
            answers.append((answer.status, json.loads(answer.read())["cases"]))
    assert [status for status, _ in answers] == [201, 200]
    [case] = answers[0][1]
    assert answers[1][1] == [case]
    return str(case)


def grant(site: Site, chromium: Any, appeal_id: str) -> None:
    """A second reviewer opens the evidence and grants the appeal, by keyboard alone."""
    other = chromium.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB").new_page()
    site.person(other, "wang", "reviewer")
    other.goto(f"{site.url}/desk/appeals")
    other.keyboard.press("j")
    other.keyboard.press("Enter")
    other.wait_for_url(f"**/desk/appeals/{appeal_id}")
    other.keyboard.press("o")
    say(other, "to judge an appeal")
    other.wait_for_selector("iframe[name=preview]")
    while other.evaluate("document.activeElement.id") != "judge-reason":
        other.keyboard.press("Tab")
    other.keyboard.type("The bank confirms it.")
    other.keyboard.press("Tab")
    other.keyboard.press("Enter")
    other.wait_for_selector("text=wang")
    other.context.close()


def test_a_case_from_the_report_to_the_reinstatement_by_keyboard(site: Site, page: Any, chromium: Any) -> None:
    site.store.put("login/index.html", PAGE, BUCKET)
    case = site.house.casebook.case(report(site, "login/index.html"))
    assert (case.source, case.clause) == ("report", "3.1.3.7")
    assert site.store.anonymous("login/index.html", BUCKET) == 200
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_url(f"**/desk/cases/{case.id}**")
    page.keyboard.press("o")
    say(page, "the excerpt is not enough to decide")
    page.wait_for_selector("iframe[name=preview]")
    assert "Your bank" in page.frame_locator("iframe[name=preview]").locator("mark, pre").first.inner_text()
    page.keyboard.press("s")
    page.wait_for_url("**/desk?**")
    assert site.house.casebook.case(case.id).state == "DECIDED_VIOLATING"
    site.enforce()
    assert site.store.anonymous("login/index.html", BUCKET) == 403

    course = site.house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    [notice] = site.rights.kept.notices_of(course.id)
    appeal = site.rights.appealing.file(
        notice.id, Ground.MISCLASSIFIED, "It is our own page; the bank is our customer."
    )

    page.goto(f"{site.url}/desk/appeals/{appeal.id}")
    assert "Not for you" in page.locator(".decide").inner_text()

    grant(site, chromium, appeal.id)
    assert site.rights.kept.appeal(appeal.id).state == "GRANTED"
    site.enforce()
    assert site.store.anonymous("login/index.html", BUCKET) == 200
    assert site.house.casebook.case(case.id).state == "DECIDED_CLEAN"
    viewers = site.rights.kept.actors(case.evidence, ("evidence-viewed",))
    assert viewers == {"li", "wang"}
