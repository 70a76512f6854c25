"""A reviewer's shift as a browser without scripts sees it: what must not get lost between two pages."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.pages import appeals, deciding
from scanner.bootstrap import House
from scanner.cli.demo_objects import SHELL
from scanner.domain.cases import Case, CaseState, Outcome
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from tests.integration.filled import fill, propose
from tests.integration.people import sign_in
from tests.integration.test_desk_pages import cases, client, post, token_of, upload

__all__ = ["cases", "client"]


def decided(client: TestClient, case: Case, csrf: str, key: str, query: str = "", **form: Any) -> Any:
    """The page that follows a claim and a decision."""
    held = post(client, f"/desk/cases/{case.id}/claim{query}", csrf)
    return post(client, f"/desk/cases/{case.id}/decide{query}", csrf, key=key, token=token_of(held.text), **form)


@pytest.mark.parametrize("verb", ["decide", "claim", "open", "undo"])
def test_what_is_sent_after_the_session_ended_leads_to_the_sign_in(
    client: TestClient, cases: list[Case], verb: str
) -> None:
    form = {"csrf": "x", "key": "a", "token": "1"}
    answer = client.post(f"/desk/cases/{cases[0].id}/{verb}", data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "was not kept" in answer.text
    assert f'name="next" value="/desk/cases/{cases[0].id}"' in answer.text


def test_a_sign_out_after_the_session_ended_is_no_error(client: TestClient) -> None:
    answer = client.post("/signout", data={"csrf": "x"})
    assert (answer.status_code, answer.url.path) == (200, "/signin")


def test_a_sign_out_from_an_old_page_is_told_on_a_page(client: TestClient, house: House) -> None:
    sign_in(client, house, "li", "reviewer")
    answer = client.post("/signout", data={"csrf": "that of an earlier session"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")


def test_a_script_that_sends_without_a_session_gets_a_problem(client: TestClient, cases: list[Case]) -> None:
    answer = client.post(f"/desk/cases/{cases[0].id}/keep", data={"token": 1}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_lead_reads_why_a_case_was_escalated(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    decided(client, cases[0], csrf, "e", reason="needs-lawyer", note="the owner says it is an exhibition")
    csrf = sign_in(client, house, "wang", "lead")
    before = client.get(f"/desk/cases/{cases[0].id}").text
    held = post(client, f"/desk/cases/{cases[0].id}/claim", csrf).text
    for page in (before, held):
        assert "the owner says it is an exhibition" in page
        assert "needs-lawyer" in page


def test_the_next_case_of_a_reviewer_is_none_that_waits_for_a_lead(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    for case in cases:
        decided(client, case, csrf, "e", reason="unclear")
    csrf = sign_in(client, house, "zhao", "reviewer")
    assert post(client, "/desk/next", csrf).url.path == "/desk"
    csrf = sign_in(client, house, "wang", "lead")
    assert post(client, "/desk/next", csrf).url.path.startswith("/desk/cases/")


def test_an_escalated_case_that_was_looked_at_is_still_found_as_such(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    decided(client, cases[0], csrf, "e", reason="unclear")
    assert cases[0].id in client.get("/desk?state=ESCALATED").text
    csrf = sign_in(client, house, "wang", "lead")
    held = post(client, f"/desk/cases/{cases[0].id}/claim", csrf)
    assert cases[0].id not in client.get("/desk?state=ESCALATED").text
    assert cases[0].id in client.get("/desk?state=CLAIMED").text
    post(client, f"/desk/cases/{cases[0].id}/release", csrf, token=token_of(held.text))
    queue = client.get("/desk?state=ESCALATED").text
    assert cases[0].id in queue
    assert "<td>escalated</td>" in queue
    assert cases[0].id not in client.get("/desk?state=QUEUED").text


def test_the_filters_outlive_the_opened_content(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    case = next(one for one in cases if one.subject.key == "eicar.com")
    held = post(client, f"/desk/cases/{case.id}/claim?lane=harm", csrf).text
    [action] = re.findall(r'action="([^"]+/open[^"]*)"', held)
    opened = post(client, action, csrf, reason="to decide")
    assert "iframe" in opened.text
    assert f'action="/desk/cases/{case.id}/decide?lane=harm"' in opened.text
    after = post(client, f"/desk/cases/{case.id}/decide?lane=harm", csrf, key="a", token=token_of(opened.text))
    assert after.url.path == "/desk"
    assert "lane=harm" in str(after.url)


def test_a_page_whose_pass_ran_out_is_still_there(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    case = next(one for one in cases if one.subject.key == "eicar.com")
    opened = post(client, f"/desk/cases/{case.id}/open", csrf, reason="to decide")
    grant = str(opened.url).split("grant=")[1]
    later = client.get(f"/desk/cases/{case.id}?grant={grant[:-4]}0000")
    assert later.status_code == 200
    assert "the pass is not valid or has run out" in later.text
    assert 'id="open-reason"' in later.text
    assert "iframe" not in later.text


def test_a_picture_can_be_read_as_bytes_too(client: TestClient, house: House) -> None:
    upload(house, "cat.png", b"\x89PNG\r\n\x1a\n" + bytes(40) + SHELL.encode())
    [case] = house.casebook.cases((), 10, "0")
    csrf = sign_in(client, house, "li", "reviewer")
    opened = post(client, f"/desk/cases/{case.id}/open", csrf, reason="to decide").text
    assert "data-picture" in opened
    assert re.search(r'href="[^"]+/hex\?at=\d+', opened)
    assert re.search(r'href="[^"]+/text\?at=\d+&amp;length=\d+#hit"', opened)
    assert re.search(r'href="[^"]+/download"', opened)


def test_the_last_decision_can_be_taken_back_from_the_empty_queue(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    decided(client, cases[0], csrf, "a")
    queue = decided(client, cases[1], csrf, "s")
    assert queue.url.path == "/desk"
    assert f'action="/desk/cases/{cases[1].id}/undo' in queue.text
    assert 'data-key="u"' in queue.text
    assert f'action="/desk/cases/{cases[0].id}/undo' in client.get(f"/desk/cases/{cases[0].id}").text
    sign_in(client, house, "wang", "reviewer")
    assert "/undo" not in client.get(f"/desk/cases/{cases[0].id}").text
    assert "/undo" not in client.get(f"/desk?done={cases[1].id}").text


def test_a_skip_keeps_the_last_decision_at_hand(client: TestClient, house: House, cases: list[Case]) -> None:
    upload(house, "shell.php", SHELL.encode())
    csrf = sign_in(client, house, "li", "reviewer")
    second = decided(client, cases[0], csrf, "a")
    [action] = re.findall(r'action="([^"]+/skip[^"]*)"', second.text)
    third = post(client, action.replace("&amp;", "&"), csrf, token=token_of(second.text))
    assert third.url.path != second.url.path
    assert f'action="/desk/cases/{cases[0].id}/undo' in third.text


def test_counts_on_the_case_page_are_those_of_the_queue(client: TestClient, house: House) -> None:
    for number in range(12):
        upload(house, f"copy{number}.php", SHELL.encode())
    sign_in(client, house, "li", "reviewer")
    first = house.casebook.cases((), 20, "0")[0]
    page = client.get(f"/desk/cases/{first.id}").text
    assert '<td class="number">12</td>' in client.get("/desk").text
    assert "same bytes: 11" in page
    assert "same tenant and rule: 11" in page
    assert client.get(f"/desk/cases/{first.id}/alike?by=content").text.count('name="cases"') == 12


@pytest.mark.parametrize(("key", "reason"), [("a", "malware"), ("s", "false-positive"), ("e", "licensed")])
def test_a_reason_of_another_decision_is_not_dropped_but_asked_about(
    client: TestClient, house: House, cases: list[Case], key: str, reason: str
) -> None:
    """Whoever chose "malware" and pressed the key of "clean" meant one of the two."""
    csrf, at = sign_in(client, house, "li", "reviewer"), f"/desk/cases/{cases[0].id}"
    held = post(client, f"{at}/claim?lane=harm", csrf)
    answer = post(client, f"{at}/decide?lane=harm", csrf, key=key, token=token_of(held.text), reason=reason)
    assert (answer.status_code, house.casebook.case(cases[0].id).state) == (422, "CLAIMED")
    assert f"{reason} is no reason for this decision" in answer.text
    [back] = re.findall(r'<a class="button" href="([^"]+)">Back to the case', answer.text)
    assert token_of(client.get(unescape(back)).text) == token_of(held.text)
    assert "lane=harm" in back
    bulk = post(client, f"{at}/alike", csrf, key=key, cases=cases[0].id, reason=reason)
    assert (bulk.status_code, house.casebook.case(cases[0].id).state) == (422, "CLAIMED")


def test_who_muted_a_clause_reads_why_the_list_is_shorter_than_the_lane(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    assert "not shown" not in client.get("/desk?lane=harm").text
    post(client, "/desk/mine", csrf, muted=["3.1.3.7", "3.1.3.8"])
    page = client.get("/desk?lane=harm").text
    assert "eicar.com" not in page
    assert "Muted and not shown here: 3.1.3.7, 3.1.3.8" in page
    assert "not shown" not in client.get("/desk?clause=3.1.3.7").text


def test_the_last_decision_stays_at_hand_when_the_next_is_taken_from_the_queue(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    queue = decided(client, cases[0], csrf, "a", "?account=nobody")
    [action] = re.findall(r'action="(/desk/next[^"]*)"', queue.text)
    taken = post(client, unescape(action), csrf)
    assert f'action="/desk/cases/{cases[0].id}/undo' in taken.text


def test_every_time_on_a_page_says_its_zone(client: TestClient, house: House) -> None:
    """Eight hours lie between a reviewer in China and what is written here."""
    filled = fill(house, "t")
    propose(house, filled, "wang")
    csrf = sign_in(client, house, "li", "reviewer", "lead")
    post(client, f"/desk/cases/{filled.case}/claim", csrf)
    for path in ("/desk/appeals", f"/desk/appeals/{filled.appeal}", f"/desk/cases/{filled.case}", "/desk/deletions"):
        times = re.findall(r"\b(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\b(?: UTC)?", client.get(path).text)
        assert times, path
        assert [one for one in times if not one.endswith("UTC")] == [], path


def test_who_finds_no_free_case_is_told_so(client: TestClient, house: House, cases: list[Case]) -> None:
    for case in cases:
        house.reviewing.claim(case.id, "wang")
    csrf = sign_in(client, house, "li", "reviewer")
    queue = post(client, "/desk/next", csrf).text
    assert "held by wang" in queue
    assert 'role="status">No case is free' in queue


def test_settings_opinions_and_golden_items_are_confirmed(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "lead")
    assert "Kept." in post(client, "/desk/mine", csrf, language="").text
    decided(client, cases[0], csrf, "a")
    page = client.get(f"/desk/cases/{cases[0].id}").text
    assert "Golden item" not in page
    assert "Golden item: clean (li)" in post(client, f"/desk/cases/{cases[0].id}/truth", csrf, key="a").text
    csrf = sign_in(client, house, "wang", "reviewer")
    assert "Kept." in post(client, f"/desk/second/{cases[0].id}", csrf, key="a").text


def test_an_auditor_is_offered_nothing_that_is_refused(client: TestClient, house: House, cases: list[Case]) -> None:
    sign_in(client, house, "an", "auditor")
    for path in ("/desk", "/desk/deletions", f"/desk/cases/{cases[0].id}", f"/desk/cases/{cases[0].id}/alike?by=words"):
        page = client.get(path).text
        assert not re.search(r'action="[^"]*/(withdraw|approve|propose|claim|next|decide|alike|skip)"', page), path


@pytest.mark.parametrize("path", ["/desk/nowhere", "/desk/cases/x/decide", "/nowhere"])
def test_a_mistyped_address_is_told_on_a_page(client: TestClient, house: House, path: str) -> None:
    sign_in(client, house, "li", "reviewer")
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Back to the queue" in answer.text
    other = client.get(path, headers={"Accept": "application/json"})
    assert other.headers["content-type"] == "application/problem+json"


def test_a_name_of_two_lines_shows_where_it_breaks(client: TestClient, house: House) -> None:
    upload(house, "report.pdf\n.php", SHELL.encode())
    [case] = house.casebook.cases((), 10, "0")
    sign_in(client, house, "li", "reviewer")
    for path in ("/desk", f"/desk/cases/{case.id}", f"/desk/cases/{case.id}/plan"):
        page = client.get(path).text
        assert "report.pdf\n.php" not in page, path
        assert "report.pdf\\u000a.php" in page, path


def many(house: House, count: int) -> list[str]:
    """So many cases over the same bytes."""
    now = house.reviewing.clock.now()
    rows = tuple(
        Case(
            f"C{n:015d}", Subject("b", f"k{n}", "v", "e", 5, "tenant"), "7" * 64, "3.1.3.5.4", "gambling.test",
            Severity.MEDIUM, Confidence.HIGH, CaseState.QUEUED, "scan", now, now + timedelta(minutes=n), summary="x",
        )
        for n in range(count)
    )  # fmt: skip
    house.register.commit(Change(cases=rows))
    return [case.id for case in rows]


def test_a_bulk_preview_says_how_many_it_does_not_cover(client: TestClient, house: House) -> None:
    ids = many(house, 503)
    csrf = sign_in(client, house, "li", "reviewer")
    for by in ("content", "account", "words"):
        page = client.get(f"/desk/cases/{ids[0]}/alike?by={by}").text
        assert page.count('name="cases"') == 500
        assert "3 more are alike and not in this list" in page, by
    done = client.post(f"/desk/cases/{ids[0]}/alike", data={"csrf": csrf, "key": "a", "cases": ids[:2]})
    assert "2 of 2 decided" in done.text
    [case] = house.casebook.cases((), 1, "0")
    alone = replace(case, id="Calone", sha256="8" * 64, revision=1, summary="of its own", rule="other.test")
    house.register.commit(Change(cases=(alone,)))
    assert "not in this list" not in client.get("/desk/cases/Calone/alike?by=content").text


def test_a_bulk_decision_with_an_unknown_case_decides_nothing(client: TestClient, house: House) -> None:
    ids = many(house, 2)
    csrf = sign_in(client, house, "li", "reviewer")
    form = {"csrf": csrf, "key": "a", "cases": [*ids, "Cnowhere"]}
    assert client.post(f"/desk/cases/{ids[0]}/alike", data=form).status_code == 404
    assert [house.casebook.case(case).state for case in ids] == ["QUEUED", "QUEUED"]


def test_a_late_writer_reads_who_decided(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf, at = sign_in(client, house, "li", "reviewer"), f"/desk/cases/{cases[0].id}"
    token = token_of(post(client, f"{at}/claim", csrf).text)
    post(client, f"{at}/release", csrf, token=token)
    house.reviewing.decide(
        cases[0].id, "wang", house.reviewing.claim(cases[0].id, "wang").tokens, Outcome.CLEAN, "licensed"
    )
    late = post(client, f"{at}/decide", csrf, key="s", token=token)
    assert late.status_code == 409
    assert "the claim is lost: wang decided it clean at" in late.text
    assert "take the next one" in late.text


def test_only_who_may_withdraw_is_offered_it(client: TestClient, house: House) -> None:
    filled = fill(house, "t")
    propose(house, filled, "wang")
    sign_in(client, house, "an", "auditor")
    assert "/withdraw" not in client.get("/desk/deletions").text
    sign_in(client, house, "li", "reviewer")
    assert "/withdraw" in client.get("/desk/deletions").text


def test_the_second_person_reads_why_the_first_wants_it_deleted(client: TestClient, house: House) -> None:
    filled = fill(house, "t")
    propose(house, filled, "wang")
    sign_in(client, house, "li", "reviewer")
    assert "Reason of the proposal: malware, and no appeal" in client.get("/desk/deletions").text


def test_proposals_and_appeals_beyond_the_first_page_are_reached(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "SHOWN", 2)
    monkeypatch.setattr(appeals, "SHOWN", 2)
    made = [fill(house, f"t{n}") for n in range(5)]
    for one in made:
        propose(house, one, "wang")
    sign_in(client, house, "li", "reviewer")
    for path, wanted in (
        ("/desk/deletions", [f"b-t{n}/" for n in range(5)]),
        ("/desk/appeals", [one.appeal for one in made]),
    ):
        pages, following = [], [path]
        while following:
            assert len(pages) < 9
            pages.append(client.get(following[0]).text)
            following = [unescape(one) for one in re.findall(r'rel="next" href="([^"]+)"', pages[-1])]
        assert len(pages) == 3, path
        assert [sum(one in page for page in pages) for one in wanted] == [1] * 5, path


@pytest.mark.parametrize(
    "path",
    ["/desk?account=%00", "/desk?after=1,%00", "/desk?done=%00", "/desk/cases/%00", "/desk/deletions?after=a%00b"],
)
def test_a_letter_that_no_database_keeps_is_refused_before_it_is_asked(
    client: TestClient, house: House, path: str
) -> None:
    """PostgreSQL refuses it, which came to the reader as a database that does not answer (503)."""
    sign_in(client, house, "li", "reviewer")
    answer = client.get(path)
    assert (answer.status_code, "the request is not as described" in answer.text) == (422, True)


def test_a_form_with_such_a_letter_in_its_address_or_ids_is_refused(
    client: TestClient, house: House, cases: list[Case]
) -> None:
    csrf, at = sign_in(client, house, "li", "reviewer"), f"/desk/cases/{cases[0].id}"
    assert post(client, "/desk/next?account=%00", csrf).status_code == 422
    assert post(client, "/desk/second/%00", csrf, key="a").status_code == 422
    assert post(client, f"{at}/alike", csrf, key="a", cases="a\0b").status_code == 422
    held = post(client, f"{at}/claim", csrf)
    assert post(client, f"{at}/decide", csrf, key="a", token=token_of(held.text), note="a\0b").status_code == 200
