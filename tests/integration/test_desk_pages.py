"""The reviewers' pages over a real house, as a browser without scripts would use them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.app import create_app
from console.preview import create_preview
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House
from scanner.cli.demo_objects import EICAR, GAMBLING
from scanner.domain.cases import Case
from scanner.domain.content import UploadEvent
from tests.integration.people import sign_in

PAGE = {"Accept": "text/html"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), follow_redirects=True, headers=PAGE) as opened:
        yield opened


@pytest.fixture
def cases(house: House) -> list[Case]:
    """A test virus and a gambling page, found by the shipped rules."""
    upload(house, "eicar.com", EICAR.encode())
    upload(house, "casino/<b>win</b>.html", f"<p>{GAMBLING}</p>".encode())
    return house.casebook.cases((), 10, "0")


def upload(house: House, key: str, data: bytes) -> None:
    bucket = house.settings.buckets[0]
    put = s3_client(house.settings).put_object(Bucket=bucket, Key=key, Body=data)
    event = UploadEvent(bucket, key, put["VersionId"], put["ETag"].strip('"'), len(data), key)
    house.scanning.scan_batch(house.intake.accept([event]).requests, "w")


def post(client: TestClient, path: str, csrf: str, **form: Any) -> Any:
    return client.post(path, data={"csrf": csrf, **form})


def token_of(page: str) -> int:
    found = re.search(r'data-token="(\d+)"', page)
    assert found, page
    return int(found.group(1))


def test_nobody_sees_a_page_without_signing_in(client: TestClient) -> None:
    answer = client.get("/desk", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=%2Fdesk")


def test_a_form_without_its_token_changes_nothing(client: TestClient, house: House, cases: list[Case]) -> None:
    sign_in(client, house, "li", "reviewer")
    assert client.post(f"/desk/cases/{cases[0].id}/claim").status_code == 403
    assert house.casebook.case(cases[0].id).claim is None


def test_next_decide_and_undo(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    shown = client.get("/desk").text
    assert all(case.id in shown for case in cases)
    assert "casino/&lt;b&gt;win&lt;/b&gt;.html" in shown
    taken = post(client, "/desk/next", csrf)
    case_id = taken.url.path.rsplit("/", 1)[1]
    assert "不进行任何" in taken.text or "§3.1.3" in taken.text
    after = post(client, f"/desk/cases/{case_id}/decide", csrf, key="a", token=token_of(taken.text))
    assert house.casebook.case(case_id).state == "DECIDED_CLEAN"
    assert f"Undo: {case_id}" in after.text
    back = post(client, f"/desk/cases/{case_id}/undo", csrf)
    assert house.casebook.case(case_id).state == "CLAIMED"
    assert token_of(back.text) == 2


def test_a_late_writer_gets_409_and_is_told_why(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    held = post(client, f"/desk/cases/{cases[0].id}/claim", csrf)
    token = token_of(held.text)
    post(client, f"/desk/cases/{cases[0].id}/release", csrf, token=token)
    house.reviewing.claim(cases[0].id, "wang")
    late = post(client, f"/desk/cases/{cases[0].id}/decide", csrf, key="s", token=token)
    assert (late.status_code, "held by wang" in late.text) == (409, True)
    beat = client.post(
        f"/desk/cases/{cases[0].id}/keep", data={"csrf": csrf, "token": token}, headers={"Accept": "application/json"}
    )
    assert (beat.status_code, beat.json()["title"]) == (409, "the claim is lost: wang claimed it anew")


def test_full_content_needs_a_reason_and_is_logged(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    case = next(case for case in cases if case.subject.key == "eicar.com")
    first = client.get(f"/desk/cases/{case.id}").text
    assert "iframe" not in first
    assert post(client, f"/desk/cases/{case.id}/open", csrf, reason=" ").status_code == 422
    opened = post(client, f"/desk/cases/{case.id}/open", csrf, reason="to decide")
    [address] = re.findall(r'<iframe[^>]* src="([^"]+)"', opened.text)
    origin = f"http://127.0.0.1:{house.settings.preview_port}"
    assert address.startswith(f"{origin}/p/")
    assert f"frame-src {origin}" in opened.headers["content-security-policy"]
    with TestClient(create_preview(house)) as preview:
        seen = preview.get(address.removeprefix(origin).replace("&amp;", "&"))
        assert "EICAR" in seen.text or "45 49 43 41 52" in seen.text
        assert "sandbox" in seen.headers["content-security-policy"]
        assert preview.get("/p/abc.def/text").status_code == 403
        assert preview.get(f"/p/x{address.split('/p/')[1]}").status_code == 403
    assert "evidence-viewed" in str([entry.body for entry in house.register.chain(0, 1000)])
    grant = address.split("/p/")[1].split("/")[0]
    sign_in(client, house, "wang", "reviewer")
    assert client.get(f"/desk/cases/{case.id}?grant={grant}").status_code == 403


def test_a_console_that_listens_everywhere_frames_previews_by_the_name_it_was_asked_by(
    house: House, cases: list[Case]
) -> None:
    """As `docker compose up` starts it: no browser reaches the host 0.0.0.0."""
    everywhere = replace(house, settings=replace(house.settings, console_host="0.0.0.0"))
    console_port, preview_port = house.settings.console_port, house.settings.preview_port
    with TestClient(create_app(everywhere), follow_redirects=True, headers=PAGE) as client:
        csrf = sign_in(client, house, "li", "reviewer")
        page = post(client, f"/desk/cases/{cases[0].id}/open", csrf, reason="to decide")
    origin = f"http://testserver:{preview_port}"
    assert f'src="{origin}/p/' in page.text
    assert f"frame-src {origin};" in page.headers["content-security-policy"]
    address = re.search(rf'src="{origin}(/p/[^"]+)"', page.text)
    assert address is not None
    with TestClient(create_preview(everywhere)) as preview:
        shown = preview.get(address.group(1).replace("&amp;", "&"))
    assert f"frame-ancestors http://testserver:{console_port}" in shown.headers["content-security-policy"]


def test_many_alike_are_previewed_and_decided_a_row_each(client: TestClient, house: House) -> None:
    for number in range(4):
        upload(house, f"copy{number}.com", EICAR.encode())
    csrf = sign_in(client, house, "li", "reviewer")
    cases = house.casebook.cases((), 10, "0")
    shown = client.get(f"/desk/cases/{cases[0].id}/alike?by=content").text
    assert all(case.subject.key in shown for case in cases)
    chosen = [case.id for case in cases[:3]]
    done = client.post(
        f"/desk/cases/{cases[0].id}/alike", data={"csrf": csrf, "key": "s", "cases": chosen, "note": "a campaign"}
    )
    assert "3 of 3 decided" in done.text
    states = {case.id: house.casebook.case(case.id).state for case in cases}
    assert [states[case] for case in chosen] == ["DECIDED_VIOLATING"] * 3
    assert states[cases[3].id] == "QUEUED"


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/second", "/desk/appeals", "/desk/deletions", "/desk/quality", "/desk/mine"]
)
def test_every_page_is_there_in_chinese_too(client: TestClient, house: House, path: str) -> None:
    sign_in(client, house, "li", "reviewer", "lead")
    english = client.get(path)
    chinese = client.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert (english.status_code, chinese.status_code) == (200, 200)
    assert 'lang="zh"' in chinese.text
    assert re.search("[一-鿿]{2}", chinese.text)


def test_settings_and_views_are_kept(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    post(client, "/desk/mine", csrf, language="zh", muted=["3.1.3.7", "nonsense"])
    assert 'lang="zh"' in client.get("/desk/mine").text
    assert "eicar.com" not in client.get("/desk").text
    assert "eicar.com" in client.get("/desk?clause=3.1.3.7").text
    post(client, "/desk/views?lane=content", csrf, name="games")
    assert "/desk?lane=content" in client.get("/desk").text
    post(client, "/desk/views/forget", csrf, name="games")
    assert ">games<" not in client.get("/desk").text
    assert post(client, "/desk/mine/break", csrf).status_code == 200


def test_an_auditor_looks_but_does_not_decide(client: TestClient, house: House, cases: list[Case]) -> None:
    csrf = sign_in(client, house, "an", "auditor")
    assert "Take the next case" not in client.get("/desk").text
    assert post(client, "/desk/next", csrf).status_code == 403
    assert client.get(f"/desk/cases/{cases[0].id}").status_code == 200


def test_an_unknown_case_is_told_on_a_page(client: TestClient, house: House) -> None:
    sign_in(client, house, "li", "reviewer")
    answer = client.get("/desk/cases/nowhere")
    assert (answer.status_code, "Back to the queue" in answer.text) == (404, True)


def test_the_dry_run_shows_statement_objects_and_addresses(client: TestClient, house: House, cases: list[Case]) -> None:
    sign_in(client, house, "li", "reviewer")
    case = next(case for case in cases if case.subject.key == "eicar.com")
    shown = client.get(f"/desk/cases/{case.id}/plan").text
    assert "Deny" in shown or "+ acl" in shown
    assert f"versionId={case.subject.version_id}" in shown


def test_after_an_overturned_hit_the_rule_asks_before_it_acts(client: TestClient, house: House) -> None:
    upload(house, "first.com", EICAR.encode())
    house.enforcing.carry_out()
    [first] = house.casebook.cases((), 10, "0")
    assert [one.state for one in house.outbox.actions_of(first.id)] == ["DONE"]
    csrf = sign_in(client, house, "li", "reviewer")
    held = post(client, f"/desk/cases/{first.id}/claim", csrf)
    post(client, f"/desk/cases/{first.id}/decide", csrf, key="a", token=token_of(held.text))
    upload(house, "second.com", EICAR.encode() + b" ")
    house.enforcing.carry_out()
    second = next(case for case in house.casebook.cases((), 10, "0") if case.subject.key == "second.com")
    [action] = house.outbox.actions_of(second.id)
    assert (action.state, "may not act by itself" in action.outcome) == ("REFUSED", True)
    assert second.is_open
