"""Screenshots of every page in both languages, made anew by the tests: docs/screens/."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.scene import PATHS, scene_of
from tests.browser.site import Site

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
LARGEST = 150 * 1024


def keep(page: Any, name: str) -> None:
    """A picture with few colours: text stays sharp, and the file small."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    shot.convert("RGB").quantize(64).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, f"{name}: {path.stat().st_size} bytes"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_of_every_page(site: Site, chromium: Any, language: str) -> None:
    scene = scene_of(site)
    locale = {"en": "en-GB", "zh": "zh-CN"}[language]
    context = chromium.new_context(locale=locale, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.goto(f"{site.url}/signin")
    keep(page, f"signin.{language}")
    site.enter(page, "li")
    for name, path in PATHS.items():
        page.goto(site.url + scene.path(path))
        if name == "case":
            page.keyboard.press("c")
            page.wait_for_selector("#decide")
        keep(page, f"{name}.{language}")
    page.goto(site.url + scene.path("/desk/cases/{case}"))
    page.keyboard.press("?")
    keep(page, f"help.{language}")
    page.goto(site.url + scene.path("/desk/cases/{picture}"))
    page.keyboard.press("o")
    page.keyboard.type("to decide")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-picture]")
    page.wait_for_timeout(300)
    page.locator(".preview").scroll_into_view_if_needed()
    keep(page, f"evidence.{language}")
    context.close()
