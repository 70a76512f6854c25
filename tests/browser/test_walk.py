"""The walk through, by keyboard alone: reported, claimed, seen with a reason, suspended, appealed, reinstated."""

from typing import Any

from scanner.cli.demo_objects import GAMBLING
from scanner.domain.enforcement.appeals import Ground
from tests.browser.site import BUCKET, Site

PAGE = f"<html><body><h1>Bonus</h1><p>{GAMBLING}</p></body></html>".encode()


def say(page: Any, text: str) -> None:
    """Type and send."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_a_case_from_the_report_to_the_reinstatement_by_keyboard(site: Site, page: Any, chromium: Any) -> None:
    case = site.upload("casino/index.html", PAGE)
    assert site.store.anonymous("casino/index.html", BUCKET) == 200
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_url(f"**/desk/cases/{case.id}**")
    page.keyboard.press("o")
    say(page, "the excerpt is not enough to decide")
    page.wait_for_selector("iframe[name=preview]")
    assert "金沙娱乐城" in page.frame_locator("iframe[name=preview]").locator("mark, pre").first.inner_text()
    page.keyboard.press("s")
    page.wait_for_url("**/desk?**")
    assert site.house.casebook.case(case.id).state == "DECIDED_VIOLATING"
    site.enforce()
    assert site.store.anonymous("casino/index.html", BUCKET) == 403

    course = site.house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    [notice] = site.rights.kept.notices_of(course.id)
    appeal = site.rights.appealing.file(notice.id, Ground.MISCLASSIFIED, "A museum's page about old posters.")

    page.goto(f"{site.url}/desk/appeals/{appeal.id}")
    assert "Not for you" in page.locator(".decide").inner_text()

    other = chromium.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB").new_page()
    site.person(other, "wang", "reviewer")
    other.goto(f"{site.url}/desk/appeals")
    other.keyboard.press("j")
    other.keyboard.press("Enter")
    other.wait_for_url(f"**/desk/appeals/{appeal.id}")
    other.keyboard.press("o")
    say(other, "to judge an appeal")
    other.wait_for_selector("iframe[name=preview]")
    while other.evaluate("document.activeElement.id") != "judge-reason":
        other.keyboard.press("Tab")
    other.keyboard.type("It shows a museum's collection.")
    other.keyboard.press("Tab")
    other.keyboard.press("Enter")
    other.wait_for_selector("text=wang")
    assert site.rights.kept.appeal(appeal.id).state == "GRANTED"
    site.enforce()
    assert site.store.anonymous("casino/index.html", BUCKET) == 200
    assert site.house.casebook.case(case.id).state == "DECIDED_CLEAN"
    viewers = site.rights.kept.actors(case.evidence, ("evidence-viewed",))
    assert viewers == {"li", "wang"}
    other.context.close()
