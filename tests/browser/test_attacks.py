"""200 payloads in every place that customers and colleagues fill: no script runs, also with the policy off."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scanner.bootstrap_desk import open_desk
from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.enforcement.appeals import Appeal, Ground
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.review_people import View
from scanner.domain.verdicts import Standing, Verdict
from tests.browser.site import BUCKET, Site

RUN = "window.ran=(window.ran||0)+1"
FORMS = (
    "<script>{run}</script>",
    "<img src=x onerror={run}>",
    "<svg/onload={run}>",
    "<svg><script>{run}</script></svg>",
    '"><script>{run}</script>',
    "'><img src=x onerror={run}>",
    '" autofocus onfocus={run} x="',
    "' onmouseover={run} x='",
    "javascript:{run}",
    "</title><script>{run}</script>",
    "</textarea><script>{run}</script>",
    "</style><script>{run}</script>",
    "<iframe srcdoc='<script>parent.{run}</script>'>",
    "<details open ontoggle={run}>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={run}>",
    "{{{{ self.__init__.__globals__ }}}}<script>{run}</script>",
    "{{% raw %}}<script>{run}</script>",
    "<!--><script>{run}</script>",
    "]]><script>{run}</script>",
    "<a href='javascript:{run}' autofocus>x</a>",
    "<object data='data:text/html,<script>{run}</script>'>",
    "<embed src='javascript:{run}'>",
    "<base href='javascript:{run}//'>",
    "<meta http-equiv=refresh content='0;javascript:{run}'>",
    "<link rel=stylesheet href='javascript:{run}'>",
    "<body onload={run}>",
    "<video><source onerror={run}></video>",
    "<select autofocus onfocus={run}>",
    "<marquee onstart={run}>",
    "<x contenteditable onfocus={run} autofocus>",
    "\u202e<script>{run}</script>",
    "\u0000<scr\u0000ipt>{run}</script>",
    "＜script＞{run}＜/script＞<script>{run}</script>",
    "%3Cscript%3E{run}%3C/script%3E",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "&#60;img src=x onerror={run}&#62;",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "<scr<script>ipt>{run}</scr</script>ipt>",
    "\ud83d<script>{run}</script>",
    "data:text/html;base64,PHNjcmlwdD4=<script>{run}</script>",
)
PLACES = ("key", "member", "metadata", "snippet", "tenant")


def payload(number: int) -> str:
    """One of 200: every form in every place, each with its own number."""
    return f"{FORMS[number % len(FORMS)].format(run=RUN)}<!--{number}-->"


def planted(site: Site, group: int) -> Case:
    """A case that carries five payloads, and its verdict."""
    key, member, kind, snippet, tenant = (payload(group + len(FORMS) * place) for place in range(len(PLACES)))
    now = site.house.reviewing.clock.now()
    plain = snippet.encode("utf-8", "replace").decode()
    subject = Subject(BUCKET, key.encode("utf-8", "replace").decode().replace("\0", "?"), f"v{group}", "e", 5, tenant)
    subject = replace(subject, account=tenant.encode("utf-8", "replace").decode().replace("\0", "?"))
    finding = Finding(
        "malware.test", "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, member, Layer.TEXT, 1, 3, plain, f"a {plain} b",
        member,
    )  # fmt: skip
    coverage = Coverage(gaps=(Gap(Reason.ENCRYPTED, member, snippet),), rulebook_digest="d" * 64, not_judged=(kind,))
    verdict = Verdict(
        Content(f"{group:064d}", 5, kind, "text"), Standing.SUSPECT, (finding,), coverage, "3.1.3.7", "malware.test"
    )
    case = Case(
        f"C{group:015d}", subject, f"{group:064d}", "3.1.3.7", plain.replace("\0", "?"), Severity.HIGH,
        Confidence.HIGH, CaseState.QUEUED, "scan", now, now + timedelta(hours=1), summary=snippet,
    )  # fmt: skip
    site.house.register.commit(Change(verdicts=(Judged(subject, verdict),), cases=(case,)))
    return case


def decided(site: Site, case: Case, text: str) -> Appeal:
    """The case decided with a payload as note, and appealed with one."""
    now = site.house.reviewing.clock.now()
    made = replace(case, state=CaseState.DECIDED_VIOLATING, decision=Decision(Outcome.VIOLATING, text, text, text, now))
    appeal = Appeal(f"P{case.id}", "K", case.id, text, Ground.OTHER, text, (text,), now, now)
    site.house.register.commit(Change(cases=(replace(made, revision=2),), appeals=(appeal,)))
    return appeal


@pytest.mark.parametrize("without_policy", [False, True])
def test_no_payload_runs_anywhere(site: Site, chromium: Any, without_policy: bool) -> None:
    cases = [planted(site, group) for group in range(len(FORMS))]
    texts = [payload(number).encode("utf-8", "replace").decode().replace("\0", "?") for number in range(len(FORMS))]
    appeals = [decided(site, case, text) for case, text in zip(cases[:8], texts[:8], strict=True)]
    context = chromium.new_context(bypass_csp=without_policy)
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    site.person(page, "li", "reviewer", "lead")
    kept = open_desk(site.house).kept
    kept.save(replace(kept.preferences("li"), views=(View(texts[0], f"rule={texts[1]}"),), revision=1))
    paths = [
        "/desk",
        "/desk?clause=3.1.3.7",
        "/desk/appeals",
        "/desk/quality",
        "/desk/second",
        "/desk/deletions",
        "/desk/mine",
    ]
    paths += [f"/desk/cases/{case.id}" for case in cases] + [f"/desk/appeals/{one.id}" for one in appeals]
    paths += [f"/desk/cases/{cases[20].id}/alike?by={by}" for by in ("words", "account")]
    paths += [f"/desk?rule={text}" for text in ("<script>window.ran=1</script>", '"><img src=x onerror=window.ran=1>')]
    for path in paths:
        page.goto(site.url + path)
        assert page.evaluate("window.ran") is None, path
        assert page.locator("script:not([src])").count() == 0, path
    assert dialogs == []
    context.close()


@pytest.mark.parametrize("without_policy", [False, True])
def test_no_content_runs_in_its_preview(site: Site, chromium: Any, without_policy: bool) -> None:
    whole = "<p>金沙娱乐城官网 百家乐 新会员注册即送彩金88元，首存送100%，客服微信 js88vip</p>"
    body = whole + "\n".join(payload(number).replace("\0", "") for number in range(len(FORMS)))
    case = site.upload("evil.html", body.encode("utf-8", "replace"))
    context = chromium.new_context(bypass_csp=without_policy)
    page = context.new_page()
    site.person(page, "li", "reviewer")
    page.goto(f"{site.url}/desk/cases/{case.id}")
    page.keyboard.press("o")
    page.keyboard.type("to decide")
    page.keyboard.press("Enter")
    page.wait_for_selector("iframe[name=preview]")
    addresses = [link.get_attribute("href") for link in page.locator(".kinds a").all()]
    assert len(addresses) == 4
    for address in addresses[:3]:
        page.goto(address)  # out of its frame, where only its own policy and its own emptiness protect
        page.wait_for_timeout(100)
        assert page.evaluate("window.ran") is None, address
    context.close()
