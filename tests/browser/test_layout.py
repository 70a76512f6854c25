"""Narrow windows, Chinese, and names that customers made as long and as wild as they may be."""

from datetime import timedelta
from typing import Any

import pytest

from scanner.domain.cases import Case, CaseState
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from tests.browser.site import BUCKET, Site
from tests.integration.people import add_person

NAMES = (
    "a" * 900,
    "very-long-folder-name/" * 40,
    "中文文件名" * 60 + ".html",
    "z" + "\u0337\u0322\u0341\u035b" * 60 + "algo",
    "👩‍👩‍👧‍👦 файл שלום עולם.exe العربية.pdf",
    "report.pdf   \n\t.exe",
)


def planted(site: Site) -> list[Case]:
    """Cases with such keys, tenants, rules and versions."""
    now = site.house.reviewing.clock.now()
    cases = tuple(
        Case(
            f"C{n:015d}", Subject(BUCKET, name, name[:200], "e", 5, name[:250]), f"{7:064d}", "3.1.3.5.4",
            f"gambling.{'x' * 90}", Severity.MEDIUM, Confidence.HIGH, CaseState.QUEUED, "scan", now,
            now + timedelta(hours=20, minutes=n), summary=name * 3,
        )
        for n, name in enumerate(NAMES)
    )  # fmt: skip
    site.house.register.commit(Change(cases=cases))
    return list(cases)


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 390), ("zh-CN", 1360), ("en-GB", 390), ("en-GB", 900)])
def test_nothing_a_customer_names_pushes_a_page_out_of_its_window(
    site: Site, chromium: Any, language: str, width: int
) -> None:
    cases = planted(site)
    add_person(site.house, "li", "reviewer", "lead")
    context = chromium.new_context(locale=language, viewport={"width": width, "height": 800})
    page = context.new_page()
    site.enter(page, "li")
    paths = ["/desk", f"/desk?account={'x' * 250}", f"/desk/cases/{cases[0].id}/alike?by=content"]
    paths += [f"/desk/cases/{case.id}" for case in cases] + [f"/desk/cases/{cases[0].id}/plan"]
    for path in paths:
        page.goto(site.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} pixels too wide"
    context.close()


def test_a_row_of_the_queue_stays_low_in_a_narrow_chinese_window(site: Site, chromium: Any) -> None:
    """Chinese may break between any two letters: a column without words of its own shrank to one letter a line."""
    cases = planted(site)
    add_person(site.house, "li", "reviewer")
    context = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
    page = context.new_page()
    site.enter(page, "li")
    for path in ("/desk", f"/desk/cases/{cases[0].id}/alike?by=content"):
        page.goto(site.url + path)
        lines = page.locator("tbody .tight").evaluate_all("all => all.map(one => one.getClientRects().length)")
        assert lines == [1] * 3 * len(NAMES), path
    context.close()


def test_marks_heaped_on_a_letter_do_not_cover_the_rows_beside(site: Site, page: Any) -> None:
    planted(site)
    site.person(page, "li", "reviewer")
    page.goto(f"{site.url}/desk")
    assert "\\u0337\\u0322" in page.locator("main tbody").inner_text()
