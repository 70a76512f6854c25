"""What guards and services say, in the page's language: by its code, or by its words where only text was kept."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, lru_cache

from markupsafe import Markup, escape

from console.pages.shown import plainly, worded
from console.pages.words import catalogue
from scanner.domain import messages
from scanner.domain.said import Message, Said

MESSAGES: Mapping[str, Message] = {one.code: one for one in vars(messages).values() if isinstance(one, Message)}
WORDS = frozenset({"state", "what", "seen", "thing", "stage", "step", "steps", "outcome", "binding", "wanted", "roles"})
NARROW = {"guard": r"G\d+"}  # a value that is not just any text
FEWEST = 8  # letters of its own that a message needs to be known again by
BETWEEN = {"zh": {"; ": "；", ", ": "、"}}
_HOLE = re.compile(r"%\((\w+)\)s")


def said(language: str, text: str) -> str:
    """The text in a language; as it is where nobody translated it."""
    return "".join(part for part, _ in _pieces(language, text))


def told(language: str, text: str) -> Markup:
    """As markup: what stayed English is marked as such, for eyes and for screen readers."""
    return Markup("").join(
        escape(part) if is_theirs else Markup('<span lang="en">{}</span>').format(part)
        for part, is_theirs in _pieces(language, text)
    )


def _pieces(language: str, text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is in the language (English always is in English)."""
    found = text if isinstance(text, Said) else _known(text)
    if found is None:
        return [(plainly(text), language == "en" or not text)]
    if found.code:
        return [(_spoken(language, found), True)]
    between = BETWEEN.get(language, {}).get(found.between, found.between)
    pieces = [_pieces(language, part) for part in found.parts]
    return [piece for n, part in enumerate(pieces) for piece in ([(between, True)] if n else []) + part]


def _spoken(language: str, found: Said) -> str:
    words = catalogue(language).gettext
    values = {name: _value(language, name, value, words) for name, value in found.values.items()}
    text = words(MESSAGES[found.code].english)
    return text % values if values else text


def _value(language: str, name: str, value: object, words: Callable[[str], str]) -> str:
    if isinstance(value, (tuple, list)):
        comma = BETWEEN.get(language, {}).get(", ", ", ")
        return comma.join(_value(language, name, one, words) for one in value)
    if isinstance(value, Said):
        return said(language, value)
    plain = str(value.value) if isinstance(value, Enum) else str(value)
    if name == "guard":
        return plain
    if name == "why":
        return said(language, plain)
    return worded(words, plain) if isinstance(value, Enum) or name in WORDS else plainly(plain)


@lru_cache(maxsize=4_096)
def _known(text: str) -> Said | None:
    """The message that a stored text once was, by its words; None for what is none."""
    parts = text.split("; ")
    if len(parts) > 1 and any(_match(part) for part in parts):
        return Said.together(_match(part) or part for part in parts)
    return _match(text)


def _match(text: str) -> Said | None:
    for message, shape in _shapes():
        found = shape.fullmatch(text)
        if found:
            return message(**found.groupdict())
    return None


@cache
def _shapes() -> tuple[tuple[Message, re.Pattern[str]], ...]:
    """Every message as a pattern, those with most words of their own first."""
    ranked = sorted(MESSAGES.values(), key=lambda one: -_own(one))
    return tuple((one, _shape(one)) for one in ranked if _own(one) >= FEWEST or "guard" in _HOLE.findall(one.english))


def _own(message: Message) -> int:
    return len(_HOLE.sub("", message.english))


def _shape(message: Message) -> "re.Pattern[str]":
    parts = _HOLE.split(message.english)
    shaped = [
        re.escape(part) if place % 2 == 0 else f"(?P<{part}>{NARROW.get(part, '.{1,300}?')})"
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(shaped), re.DOTALL)
