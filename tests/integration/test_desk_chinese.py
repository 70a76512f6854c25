"""A desk whose interface is Chinese says why something is refused in Chinese, on pages and to their scripts."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.preview import create_preview
from scanner.bootstrap import House
from scanner.bootstrap_rights import open_rights
from scanner.cli.demo_objects import EICAR
from scanner.domain.enforcement.appeals import Ground
from tests.integration.people import sign_in
from tests.integration.test_desk_pages import client, post, upload

__all__ = ["client"]
ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
NAMES = re.compile(r"\b(li|wang|UTC|CSRF|ETag|Case|docs/\S+|C[0-9a-f]{15}|K[0-9a-f]{15})\b")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def told(page: str, pattern: str) -> list[str]:
    """The words in what the pattern finds, without tags, names, and the fields and ids that it is about."""
    found = [re.sub("<code>.*?</code>|<[^>]+>", " ", part) for part in re.findall(pattern, page, re.S)]
    return [NAMES.sub("", unescape(part)) for part in found]


def troubles(answer: Any) -> list[str]:
    """What a page says went wrong, and what to do."""
    return told(answer.text, r'role="alert">(.*?)</p>') + told(answer.text, r"</p>\s*<p>(.*?)</p>")


@pytest.fixture
def case(house: House) -> Any:
    upload(house, "eicar.com", EICAR.encode())
    house.enforcing.carry_out()
    [found] = house.casebook.cases((), 10, "0")
    return found


def test_what_holds_a_deletion_back_is_chinese_on_the_case_page(client: TestClient, house: House, case: Any) -> None:
    sign_in(client, house, "li", "lead")
    page = client.get(f"/desk/cases/{case.id}", headers=ZH).text
    [held] = told(page, r'<span class="late">(.*?)</span></td></tr>')[-1:]
    assert re.search("[㐀-鿿]", held), held
    assert not ENGLISH.search(held), held
    [say] = re.findall(r'data-say="([^"]+)"', page)
    assert not ENGLISH.search(NAMES.sub("", say)), say
    assert '<p lang="en">' not in page.split('class="found"')[1].split("</p>")[0]
    assert "EICAR 反病毒测试文件" in page
    english = client.get(f"/desk/cases/{case.id}").text
    assert "The EICAR anti-malware test file" in english


def test_every_refusal_that_a_reviewer_meets_is_chinese(client: TestClient, house: House, case: Any) -> None:
    rights, at = open_rights(house), f"/desk/cases/{case.id}"
    csrf = sign_in(client, house, "li", "lead")
    client.headers.update(ZH)
    token = house.reviewing.claim(case.id, "li").tokens
    house.reviewing.release(case.id, "li", token)
    answers = [
        post(client, f"{at}/decide", csrf, key="s", token=token),
        post(client, f"{at}/open", csrf, reason=" "),
        post(client, f"{at}/propose", csrf, reason="malware"),
        post(client, f"{at}/approve", csrf, reason="malware"),
        post(client, f"{at}/undo", csrf),
        post(client, f"{at}/decide", csrf, key="x", token=token),
        post(client, f"{at}/reopen", csrf, reason=" "),
        client.get("/desk?after=nonsense"),
        client.get("/desk/cases/none"),
        client.post(f"{at}/claim"),
        client.get("/desk/nowhere"),
    ]
    [over] = told(client.get(f"{at}?grant=x.y").text, r'class="alert" role="alert">(.*?)</p>')[-1:]
    assert re.search("[㐀-鿿]", over), over
    assert not ENGLISH.search(over), over
    house.reviewing.claim(case.id, "wang")
    answers += [post(client, f"{at}/claim", csrf), post(client, f"/desk/second/{case.id}", csrf, key="a")]
    rights.beat()
    course = house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    [notice] = rights.kept.notices_of(course.id)
    appeal = rights.appealing.file(notice.id, Ground.MISCLASSIFIED, "不是病毒")
    held = house.reviewing.casebook.case(case.id)
    assert held.claim is not None
    house.reviewing.release(case.id, "wang", held.claim.token)
    mine = house.reviewing.claim(case.id, "li")
    post(client, f"{at}/decide", csrf, key="s", token=mine.tokens)
    answers.append(post(client, f"/desk/appeals/{appeal.id}/judge", csrf, verdict="denied", reason="不准"))
    assert "G11" in answers[-1].text
    for number, answer in enumerate(answers):
        assert answer.status_code >= 400, number
        words = troubles(answer)
        assert words, (number, answer.text)
        assert re.search("[㐀-鿿]", words[0]), (number, words)
        assert not ENGLISH.search(" ".join(words)), (number, words)


def test_a_script_of_the_page_is_answered_in_chinese_and_the_api_in_english(
    client: TestClient, house: House, case: Any
) -> None:
    csrf = sign_in(client, house, "li", "reviewer")
    asked = {"data": {"csrf": csrf, "token": 9}, "headers": {"Accept": "application/json", **ZH}}
    beat = client.post(f"/desk/cases/{case.id}/keep", **asked)
    assert beat.status_code == 409
    assert "认领已失效" in beat.json()["title"]
    assert not ENGLISH.search(beat.json()["title"])
    house.reviewing.claim(case.id, "wang")
    api = client.post(f"/api/v1/cases/{case.id}/claim", headers={"X-CSRF-Token": csrf, **ZH}, json={})
    assert re.fullmatch(r"claimed by wang until \d\d:\d\d:\d\d UTC", api.json()["title"])


def test_many_alike_and_stored_outcomes_are_told_in_chinese(client: TestClient, house: House, case: Any) -> None:
    upload(house, "again.com", EICAR.encode())
    csrf = sign_in(client, house, "li", "reviewer")
    other = next(one for one in house.casebook.cases((), 10, "0") if one.id != case.id)
    house.reviewing.claim(other.id, "wang")
    client.headers.update(ZH)
    rows = client.get(f"/desk/cases/{case.id}/alike?by=content").text
    assert "由 wang 认领中" in unescape(rows)
    post(client, f"/desk/cases/{case.id}/claim", csrf)
    page = client.get(f"/desk/cases/{case.id}").text
    [outcome] = told(page, r'<p class="act">(.*?)</p>')
    assert "匿名访问结果" in outcome
    assert "anonymous" not in outcome


def test_the_sign_in_page_and_the_previews_refuse_in_chinese(client: TestClient, house: House) -> None:
    wrong = client.post("/signin", data={"name": "li", "password": "x", "next": "/"}, headers=ZH)
    assert "用户名、密码或验证码有误 — 请重试" in wrong.text
    with TestClient(create_preview(house)) as preview:
        refused = preview.get("/p/abc.def/text", headers={**ZH, "Accept": "text/html"})
        assert refused.status_code == 403
        assert "通行证" in refused.text
        assert "default-src 'none'" in refused.headers["content-security-policy"]
        assert preview.get("/p/abc.def/text").headers["content-type"] == "application/problem+json"
