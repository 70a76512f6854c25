"""The interface's languages: what is chosen, and that nothing lacks a translation."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from console.pages.frame import TEMPLATES, environment
from console.pages.vocabulary import words
from console.pages.words import LOCALES, catalogue, chosen

HOLES = re.compile(r"%\(\w+\)s")


def asked() -> set[str]:
    """Every text that a template or the domain asks the catalogue for."""
    found = set(words())
    for template in sorted((TEMPLATES / "desk").glob("*.html")):
        with template.open("rb") as file:
            options = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true", "silent": "false"}
            called = [text for _, _, text, _ in babel_extract(file, ("_", "gettext"), [], options)]
            found |= {one for text in called if isinstance(one := text if isinstance(text, str) else text[0], str)}
    return found


def translations() -> dict[str, str]:
    with (LOCALES / "zh" / "LC_MESSAGES" / "desk.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, locale="zh") if entry.id}


def test_no_text_lacks_its_chinese_translation() -> None:
    known = translations()
    assert sorted(text for text in asked() if not known.get(text)) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(translations()) - asked()) == []


def test_every_translation_has_the_same_holes() -> None:
    wrong = [
        text
        for text, chinese in translations().items()
        if sorted(HOLES.findall(text)) != sorted(HOLES.findall(chinese))
    ]
    assert wrong == []


def test_every_translation_is_chinese() -> None:
    assert [text for text, chinese in translations().items() if not re.search("[㐀-鿿]", chinese)] == []


@pytest.mark.parametrize(
    ("setting", "accepts", "language"),
    [
        ("", "", "en"),
        ("", "zh-CN,zh;q=0.9", "zh"),
        ("", "fr, zh;q=0.3, en;q=0.7", "en"),
        ("", "zh;q=0, en", "en"),
        ("", "zh;q=much", "en"),
        ("zh", "en", "zh"),
        ("xx", "zh", "zh"),
    ],
)
def test_the_setting_goes_before_the_browser(setting: str, accepts: str, language: str) -> None:
    assert chosen(setting, accepts) == language


def test_the_catalogue_is_compiled_when_it_is_loaded() -> None:
    assert catalogue("zh").gettext("Queue") == "队列"
    assert catalogue("en").gettext("Queue") == "Queue"


def test_templates_set_nothing_inline_and_load_nothing_from_elsewhere() -> None:
    for path in sorted((TEMPLATES / "desk").glob("*.html")):
        text = Path(path).read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|https?://|<script>|javascript:", text), path.name
        assert "|safe" not in text, path.name


def test_invisible_letters_are_spelled_out() -> None:
    made = environment("en").from_string("{{ name }}").render(name="gpj.\u202eexe\x00<b>")
    assert made == "gpj.\\u202eexe\\u0000&lt;b&gt;"
