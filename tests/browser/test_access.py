"""Every page for every person: axe-core finds nothing serious, in both languages and at 200 % zoom."""

import json
import shutil
import subprocess
import tarfile
from typing import Any

import pytest

from tests.browser.scene import PATHS, Scene, scene_of
from tests.browser.site import Site


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's source, fetched for this run only."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe-core cannot be fetched")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run([npm, "pack", "axe-core", "--silent"], cwd=folder, capture_output=True, timeout=120)
    packed = next(folder.glob("axe-core-*.tgz"), None)
    if done.returncode or packed is None:
        pytest.skip(f"axe-core could not be fetched: {done.stderr[-200:]!r}")
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def serious(page: Any, axe: str) -> list[str]:
    """What axe finds serious or worse on the page."""
    page.evaluate(axe)
    found = json.loads(page.evaluate("async () => JSON.stringify((await axe.run()).violations)"))
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_serious(site: Site, chromium: Any, axe: str, language: str) -> None:
    scene = scene_of(site)
    context = chromium.new_context(bypass_csp=True, locale=language, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.goto(f"{site.url}/signin")
    assert serious(page, axe) == []
    site.enter(page, "li")
    for name, path in PATHS.items():
        page.goto(site.url + scene.path(path))
        assert serious(page, axe) == [], name
    opened(page, site, scene)
    assert serious(page, axe) == [], "case with its content open"
    context.close()


def test_at_200_percent_nothing_is_cut_off(site: Site, chromium: Any, axe: str) -> None:
    """A window of half the size at twice the pixels is what 200 % zoom is."""
    scene = scene_of(site)
    context = chromium.new_context(bypass_csp=True, viewport={"width": 640, "height": 450}, device_scale_factor=2)
    page = context.new_page()
    site.enter(page, "li")
    for name, path in PATHS.items():
        page.goto(site.url + scene.path(path))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
        assert serious(page, axe) == [], name
    context.close()


def test_every_control_is_reached_by_tab(site: Site, page: Any) -> None:
    scene = scene_of(site)
    site.enter(page, "li")
    for path in ("/desk", "/desk/cases/{case}", "/desk/mine"):
        page.goto(site.url + scene.path(path))
        choice = "a[href], button:not([disabled]), input:not([type=hidden]), select, summary"
        wanted = page.locator(choice).evaluate_all("all => all.filter(one => one.checkVisibility()).length")
        seen = set()
        for _ in range(wanted + 20):
            page.keyboard.press("Tab")
            seen.add(
                page.evaluate("(c) => Array.from(document.querySelectorAll(c)).indexOf(document.activeElement)", choice)
            )
        assert len(seen - {-1}) >= wanted, path


def opened(page: Any, site: Site, scene: Scene) -> None:
    """The case with its full content open."""
    page.goto(site.url + scene.path("/desk/cases/{case}"))
    page.keyboard.press("o")
    page.keyboard.type("to decide")
    page.keyboard.press("Enter")
    page.wait_for_selector("iframe[name=preview]")
