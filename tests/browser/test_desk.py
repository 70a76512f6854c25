"""What only a browser shows: speed by keyboard, lost claims, leaving a page, live news, two reviewers at once."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from scanner.bootstrap_desk import open_desk
from scanner.cli.demo_objects import EICAR, GAMBLING, SHELL
from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.errors import AupError
from tests.browser.scene import _png as a_picture
from tests.browser.site import BUCKET, Site, open_site, until


def fill(site: Site, count: int) -> list[str]:
    """Cases without uploads."""
    now = site.house.reviewing.clock.now()
    cases = tuple(
        Case(
            f"C{n:015d}", Subject(BUCKET, f"k{n}", "v", "e", 5, "tenant"), f"{n:064d}", "3.1.3.5.4", "gambling.test",
            Severity.MEDIUM, Confidence.HIGH, CaseState.QUEUED, "scan", now, now + timedelta(minutes=n), summary="x",
        )
        for n in range(count)
    )  # fmt: skip
    site.house.register.commit(Change(cases=cases))
    return [case.id for case in cases]


def test_a_keyboard_alone_decides_more_than_twenty_a_minute(site: Site, page: Any, capsys: Any) -> None:
    fill(site, 45)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    began = time.monotonic()
    for number in range(40):
        before = page.url
        page.keyboard.press("as"[number % 2])
        page.wait_for_function("before => location.href !== before", arg=before)
        page.wait_for_selector("#decide")
    rate = 40 / (time.monotonic() - began) * 60
    decided = [case for case in site.house.casebook.cases((), 100, "0") if not case.is_open]
    with capsys.disabled():
        print(f" {rate:.0f} decisions a minute ", end="")
    assert len(decided) == 40
    assert rate >= 20


def test_a_decision_is_undone_by_one_key(site: Site, page: Any) -> None:
    fill(site, 2)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    first = page.locator("#decide").get_attribute("data-case")
    page.keyboard.press("s")
    page.wait_for_selector(".undo")
    page.keyboard.press("u")
    page.wait_for_url(f"**/desk/cases/{first}**")
    assert site.house.casebook.case(first).state == "CLAIMED"
    assert [one.state for one in site.house.outbox.actions_of(first)] == ["REFUSED"]


def test_leaving_the_page_gives_the_case_back_and_staying_does_not(site: Site, page: Any) -> None:
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.get_by_text("same words").click()
    page.wait_for_url("**/alike**")
    page.wait_for_timeout(300)
    assert site.house.casebook.case(case).claim is not None
    page.goto(f"{site.url}/desk/cases/{case}")
    page.wait_for_selector("#decide")
    page.goto(f"{site.url}/desk/appeals")
    until(lambda: site.house.casebook.case(case).state == "QUEUED", 15)


def test_loading_the_page_again_keeps_the_claim(site: Site, page: Any) -> None:
    """F5, several times: the claim and its token stay, well beyond the grace, and the case can still be decided."""
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    before = site.house.casebook.case(case).claim
    for _ in range(3):
        page.reload()
        page.wait_for_selector("#decide")
    page.wait_for_timeout(8_000)
    held = site.house.casebook.case(case).claim
    assert before is not None
    assert held is not None
    assert (held.reviewer, held.token) == ("li", before.token)
    assert (held.until - site.house.reviewing.clock.now()).total_seconds() > 60
    assert page.locator("#lost").is_hidden()
    page.keyboard.press("a")
    page.wait_for_url("**/desk?**")
    assert site.house.casebook.case(case).state == "DECIDED_CLEAN"


def test_a_second_window_of_the_same_case_keeps_the_claim_when_the_first_is_left(site: Site, page: Any) -> None:
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#decide")
    page.goto(f"{site.url}/desk/appeals")
    page.wait_for_timeout(9_000)
    held = site.house.casebook.case(case).claim
    assert held is not None
    assert other.locator("#lost").is_hidden()
    other.close()
    until(lambda: site.house.casebook.case(case).state == "QUEUED", 15)


def test_a_lost_claim_and_new_cases_are_told_without_a_reload(tmp_path: Path, page: Any) -> None:
    with open_site(tmp_path, claim_seconds=4) as site:
        [case] = fill(site, 1)
        site.person(page, "li", "reviewer")
        page.route("**/keep", lambda route: route.abort())  # its heartbeats do not come through
        page.keyboard.press("n")
        page.wait_for_selector("#decide")
        time.sleep(4.1)
        site.house.reviewing.claim(case, "wang")
        page.wait_for_selector("#lost:not([hidden])", timeout=10_000)
        told = page.locator("#lost").inner_text()
        assert "wang" in told or "ran out" in told
        assert page.locator("button[data-key=s]").is_disabled()
        page.goto(f"{site.url}/desk")
        page.wait_for_function("() => document.querySelector('#waiting').textContent === '1'", timeout=10_000)
        now = site.house.reviewing.clock.now()
        fresh = Case(
            "Cnew", Subject(BUCKET, "new", "v", "e", 5, "t"), "f" * 64, "3.1.3.7", "r", Severity.HIGH,
            Confidence.HIGH, CaseState.QUEUED, "scan", now, now, summary="x",
        )  # fmt: skip
        site.house.register.commit(Change(cases=(fresh,)))
        page.wait_for_function("() => document.querySelector('#fresh').textContent.startsWith('1 ')", timeout=10_000)


def test_two_reviewers_decide_opposite_things_in_the_same_second(site: Site, page: Any, chromium: Any) -> None:
    """The claim went over to wang while li's page stood open; both press a key at once."""
    case = site.upload("casino.html", f"<p>{GAMBLING}</p>".encode())
    other = chromium.new_context().new_page()
    site.person(other, "wang", "reviewer")
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.route("**/desk/live**", lambda route: route.abort())
    site.house.reviewing.release(case.id, "li", 1)
    other.goto(f"{site.url}/desk/cases/{case.id}")
    other.keyboard.press("c")
    other.wait_for_selector("#decide")
    page.locator("button[data-key=s]").evaluate("one => { one.disabled = false; setTimeout(() => one.click(), 0); }")
    other.keyboard.press("a")
    other.wait_for_url("**/desk?**")
    page.wait_for_selector("[role=alert]:not([hidden])")
    assert "wang" in page.locator("[role=alert]:not([hidden])").first.inner_text()
    decided = site.house.casebook.case(case.id)
    assert (decided.state, decided.decision and decided.decision.reviewer) == ("DECIDED_CLEAN", "wang")
    assert [one for one in site.house.outbox.actions_of(case.id) if one.proposer == "li"] == []
    other.context.close()


def test_two_racing_approvals_have_one_effect(site: Site) -> None:
    case = site.upload("virus.com", EICAR.encode())
    site.enforce()
    for person in ("li", "wang", "zhao"):
        site.house.custodian.view(case.id, person, "to judge a deletion")
    site.rights.deleting.propose(case.id, "li", "malware")
    told: list[str] = []
    start = threading.Barrier(2)

    def approve(person: str) -> None:
        start.wait()
        try:
            told.append(f"filed {site.rights.deleting.approve(case.id, person, 'seen').id}")
        except AupError as error:
            told.append(str(error))

    racers = [threading.Thread(target=approve, args=(person,)) for person in ("wang", "zhao")]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    deletions = [one for one in site.house.outbox.actions_of(case.id) if one.measure == "delete" and not one.is_final]
    assert (len(deletions), len(told)) == (1, 2), told


def test_a_picture_is_blurred_until_the_key_and_its_sight_is_counted(site: Site, page: Any) -> None:
    case = site.upload("upload/cat.png", a_picture() + SHELL.encode())
    site.person(page, "li", "reviewer")
    page.goto(f"{site.url}/desk/cases/{case.id}")
    page.keyboard.press("o")
    page.keyboard.type("to decide")
    page.keyboard.press("Enter")
    picture = page.locator("[data-picture]")
    picture.wait_for()
    page.wait_for_function("() => document.querySelector('[data-picture]').naturalWidth === 120")
    assert "blur" in picture.evaluate("one => getComputedStyle(one).filter")
    page.keyboard.press("b")
    assert picture.evaluate("one => getComputedStyle(one).filter") == "none"
    desk = open_desk(site.house).desk
    until(lambda: desk.exposure("li").today == 2)


def test_help_lists_the_keys_and_typing_a_note_presses_none(site: Site, page: Any) -> None:
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.locator("input[name=note]").focus()
    page.keyboard.type("as seen before")
    assert site.house.casebook.case(case).is_open
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/desk?**")
    decided = site.house.casebook.case(case)
    assert (decided.state, decided.decision and decided.decision.note) == ("ESCALATED", "as seen before")
