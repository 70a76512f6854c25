"""Screenshots of every page in both languages, made anew: docs/screens/. Each page is looked at as well."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from console.pages.words import catalogue
from console.signin_pages import WORDS
from tests.browser.scene import PATHS, scene_of
from tests.browser.site import Site

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
LARGEST = 150 * 1024
TITLES = {
    "signin": "Sign in",
    "queue": "Queue",
    "case": "webshell.",
    "alike": "Many alike",
    "similar": "Many alike",
    "plan": "Dry run",
    "second": "Second look",
    "appeals": "Appeals",
    "appeal": "Appeal",
    "deletions": "Deletions",
    "quality": "Quality",
    "mine": "My desk",
    "trouble": "404",
}
HANZI = re.compile("[㐀-鿿]")


def keep(page: Any, name: str) -> None:
    """A picture with few colours: text stays sharp, and the file small."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    shot.convert("RGB").quantize(64).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, f"{name}: {path.stat().st_size} bytes"


def look(page: Any, name: str, language: str) -> None:
    """The page is the one meant, whole, in its language, and nothing on it sticks out to the side."""
    wanted = WORDS[language]["title"] if name == "signin" else catalogue(language).gettext(TITLES[name])
    assert wanted in page.title(), (name, page.title())
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1, name
    heading = page.locator("h1").inner_text()
    assert heading.strip(), name
    if language == "zh" and name not in ("case", "trouble"):
        assert HANZI.search(heading), (name, heading)
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels wider than the window"
    missing = page.evaluate("() => Array.from(document.images).filter(i => i.complete && !i.naturalWidth).length")
    assert missing == 0, f"{name}: {missing} pictures do not load"
    keep(page, f"{name}.{language}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_of_every_page(site: Site, chromium: Any, language: str) -> None:
    scene, troubles = scene_of(site), list[str]()
    locale = {"en": "en-GB", "zh": "zh-CN"}[language]
    context = chromium.new_context(locale=locale, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type in ("error", "warning") else None)
    page.goto(f"{site.url}/signin")
    look(page, "signin", language)
    site.enter(page, "li")
    for name, path in PATHS.items():
        page.goto(site.url + scene.path(path))
        if name == "case":
            page.keyboard.press("c")
            page.wait_for_selector("#decide")
        look(page, name, language)
    assert [one for one in troubles if "404" not in one] == []
    page.goto(site.url + scene.path("/desk/cases/{case}"))
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    assert page.locator("#help tr").count() == 12
    keep(page, f"help.{language}")
    page.goto(site.url + scene.path("/desk/cases/{picture}"))
    page.keyboard.press("o")
    page.keyboard.type("to decide")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-picture]")
    page.wait_for_function("() => document.querySelector('[data-picture]').naturalWidth === 120")
    page.locator(".preview").scroll_into_view_if_needed()
    keep(page, f"evidence.{language}")
    context.close()
    assert [one for one in troubles if "404" not in one] == []
