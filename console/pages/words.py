"""The interface's language: English is written in the source, Chinese stands in a gettext catalogue.

Catalogues are compiled when they are loaded, so that no compiled file can be older than its source.
"""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = ("en", "zh")
LOCALES = Path(__file__).parents[1] / "locales"
DOMAIN = "desk"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language; none for English."""
    path = LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def chosen(setting: str, accepts: str) -> str:
    """The person's own setting, else the first language of Accept-Language that we have, by weight."""
    if setting in LANGUAGES:
        return setting
    asked = sorted((_weighed(part) for part in accepts.split(",")[:20]), key=lambda pair: -pair[1])
    return next((word for word, weight in asked if word in LANGUAGES and weight > 0), "en")


def _weighed(part: str) -> tuple[str, float]:
    word, _, rest = part.strip().partition(";")
    try:
        weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
    except ValueError:
        weight = 0.0
    return word.strip().lower().split("-")[0], weight
