"""What hands do: a reason typed after `d`, many tabs at once, a page left while another window is behind it."""

from typing import Any

from scanner.cli.demo_objects import EICAR
from scanner.domain.cases import Outcome
from tests.browser.site import Site, until
from tests.browser.test_desk import fill
from tests.integration.filled import fill as filled_case

HIDDEN = """
Object.defineProperty(document, 'visibilityState', { get: () => window.away ? 'hidden' : 'visible' });
window.goAway = (away) => { window.away = away; document.dispatchEvent(new Event('visibilitychange')); };
"""  # a headless browser has all of its pages in front


def test_a_reason_typed_after_d_decides_nothing(site: Site, page: Any) -> None:
    case = site.upload("virus.com", EICAR.encode())
    site.enforce()
    site.person(page, "li", "reviewer")
    site.house.custodian.view(case.id, "li", "to propose its deletion")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.keyboard.press("d")
    page.keyboard.type("as seen before, abuse")
    assert site.house.casebook.case(case.id).state == "CLAIMED"
    assert site.house.outbox.actions_of(case.id)[0].state == "DONE"
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/deletions")
    assert "proposed by li" in page.locator("main").inner_text()
    course = site.house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    assert (course.stage, course.trail.proposer) == ("DELETE_PROPOSED", "li")


def test_d_closes_what_it_opened(site: Site, page: Any) -> None:
    site.upload("virus.com", EICAR.encode())
    site.enforce()
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.keyboard.press("d")
    assert page.locator("details.delete input[name=reason]").evaluate("one => one === document.activeElement")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    assert page.locator("details.delete").get_attribute("open") is None


def test_ten_tabs_of_cases_all_load(site: Site, page: Any) -> None:
    """A browser opens six connections to a host: a stream held by every tab would leave the seventh without one."""
    cases = fill(site, 10)
    site.person(page, "li", "reviewer")
    page.context.add_init_script(HIDDEN)
    tabs = []
    for case in cases:
        tab = page.context.new_page()
        tabs.append(tab)
        tab.goto(f"{site.url}/desk/cases/{case}", timeout=10_000)
        tab.wait_for_function("() => document.querySelector('#waiting').textContent === '10'", timeout=10_000)
        tab.evaluate("() => window.goAway(true)")
    first = tabs[0]
    site.house.reviewing.decide(
        cases[9], "wang", site.house.reviewing.claim(cases[9], "wang").tokens, Outcome.CLEAN, "fixed"
    )
    first.evaluate("() => window.goAway(false)")
    first.wait_for_function("() => document.querySelector('#waiting').textContent === '9'", timeout=10_000)
    assert [tab.locator("#waiting").inner_text() for tab in tabs] == ["9"] + ["10"] * 9


def test_a_hidden_window_of_the_same_case_keeps_the_claim_when_the_other_is_left(site: Site, page: Any) -> None:
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.context.add_init_script(HIDDEN)
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#decide")
    other.evaluate("() => window.goAway(true)")
    page.goto(f"{site.url}/desk/appeals")
    page.wait_for_timeout(9_000)
    held = site.house.casebook.case(case).claim
    assert held is not None
    assert (held.until - site.house.reviewing.clock.now()).total_seconds() > 60
    other.close()
    until(lambda: site.house.casebook.case(case).state == "QUEUED", 15)


def test_a_console_that_fails_for_a_moment_does_not_take_the_case_away(site: Site, page: Any) -> None:
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    trouble = {"title": "the database does not answer", "status": 503}
    page.route("**/keep", lambda route: route.fulfill(status=503, json=trouble))
    page.reload()
    page.wait_for_function("() => document.querySelector('#fresh').textContent !== ''", timeout=5_000)
    assert page.locator("#fresh").inner_text() == "The console does not answer."
    assert page.locator("#lost").is_hidden()
    page.keyboard.press("a")
    page.wait_for_url("**/desk?**")
    assert site.house.casebook.case(case).state == "DECIDED_CLEAN"


def test_n_goes_on_from_a_lost_case_and_from_one_that_is_not_mine(site: Site, page: Any) -> None:
    fill(site, 4)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    lost = page.locator("#decide").get_attribute("data-case")
    site.house.reviewing.claim(lost, "li")  # in another browser: this page's token is old
    page.wait_for_selector("#lost:not([hidden])")
    page.keyboard.press("n")
    page.wait_for_function("lost => !location.href.includes(lost)", arg=lost)
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    mine = page.locator("#decide").get_attribute("data-case")
    others = next(case.id for case in site.house.casebook.cases((), 9, "0") if case.id not in (lost, mine))
    site.house.reviewing.claim(others, "wang")
    page.goto(f"{site.url}/desk/cases/{others}?lane=content")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    assert "lane=content" in page.url
    assert page.locator("#decide").get_attribute("data-case") not in (others, None)


def test_enter_in_a_note_decides_nothing(site: Site, page: Any) -> None:
    """A browser presses a form's first button on Enter: a case would be clean, and 500 alike with it."""
    cases = fill(site, 3)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    held = page.locator("#decide").get_attribute("data-case")
    page.locator("#decide input[name=note]").focus()
    page.keyboard.type("the owner answered already")
    page.keyboard.press("Enter")
    page.wait_for_timeout(700)
    assert site.house.casebook.case(held).state == "CLAIMED"
    assert page.locator("#decide input[name=note]").input_value() == "the owner answered already"
    page.goto(f"{site.url}/desk/cases/{cases[0]}/alike?by=words")
    page.locator("input[name=note]").focus()
    page.keyboard.type("one campaign")
    page.keyboard.press("Enter")
    page.wait_for_timeout(700)
    assert [site.house.casebook.case(case).is_open for case in cases] == [True] * 3
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_selector("h1:has-text('3 of 3 decided')")
    made = site.house.casebook.case(cases[1]).decision
    assert made is not None
    assert (made.outcome, made.note) == ("violating", "one campaign")


def test_enter_in_the_reason_of_a_judgement_judges_nothing(site: Site, page: Any) -> None:
    filled = filled_case(site.house, "t")
    site.person(page, "li", "reviewer")
    page.goto(f"{site.url}/desk/appeals/{filled.appeal}")
    page.locator("#judge-reason").focus()
    page.keyboard.type("no proof was sent")
    page.keyboard.press("Enter")
    page.wait_for_timeout(700)
    assert site.rights.kept.appeal(filled.appeal).state == "OPEN"
    assert page.locator("#judge-reason").input_value() == "no proof was sent"
    assert page.locator("[role=alert]").count() == 0


def test_a_key_pressed_twice_does_not_decide_the_case_behind(site: Site, page: Any) -> None:
    """The second press of a double one comes when the next case is there already, which nobody has seen."""
    fill(site, 3)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    before = page.url
    page.add_init_script("const began = Date.now(); Date.now = () => began;")  # the next page comes in no time
    page.evaluate("() => { const at = Date.now(); Date.now = () => at; }")
    page.keyboard.press("s")
    page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    behind = page.locator("#decide").get_attribute("data-case")
    page.evaluate(
        "() => { const last = JSON.parse(sessionStorage.getItem('aup-pressed')); Date.now = () => last[1] + 300; }"
    )
    page.keyboard.press("s")
    page.wait_for_timeout(700)
    assert site.house.casebook.case(behind).state == "CLAIMED"
    page.evaluate(
        "() => { const last = JSON.parse(sessionStorage.getItem('aup-pressed')); Date.now = () => last[1] + 900; }"
    )
    page.keyboard.press("s")
    until(lambda: site.house.casebook.case(behind).state == "DECIDED_VIOLATING")


def test_after_a_reason_was_chosen_by_the_pointer_the_next_key_decides(site: Site, page: Any) -> None:
    """It stayed in the list, and `s` for suspend chose another reason by its first letter."""
    [case] = fill(site, 1)
    site.person(page, "li", "reviewer")
    page.keyboard.press("n")
    page.wait_for_selector("#decide")
    page.wait_for_load_state()
    reason = page.locator("#decide select[name=reason]")
    reason.focus()
    reason.dispatch_event("pointerdown")
    reason.select_option("malware")
    page.keyboard.press("s")
    until(lambda: site.house.casebook.case(case).state == "DECIDED_VIOLATING")
    made = site.house.casebook.case(case).decision
    assert made is not None
    assert made.reason == "malware"
