"""How values are shown to people: times, spans, sizes, and text whose invisible characters are made visible."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MARKS = frozenset({"Mn", "Me"})
MOST_MARKS = 4  # on one letter
KEPT = frozenset("\n\t")
EMPTY = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters by their category, with nothing to see
SWALLOWED = re.compile(r"^ +| +$|(?<= ) +")


def plainly(text: str) -> str:
    """The text with control, direction and other invisible characters spelled out, so that a name cannot lie."""
    if text.isascii() and text.isprintable():
        return str(text)
    return "".join(_spelled(letter) for letter in text)


def named(text: str) -> str:
    """A name on one line, told whole: breaks, tabs, other blanks, and plain ones that a page would swallow, too."""
    spelled = "".join(_escaped(letter) if _is_blank(letter) else letter for letter in plainly(text))
    spelled = SWALLOWED.sub(lambda found: _escaped(" ") * len(found.group()), spelled)
    return spelled if spelled.isascii() else "".join(_heaps_spelled(spelled))


def _heaps_spelled(text: str) -> Iterator[str]:
    """Marks that stand on a letter as they are, but where more are heaped on it than any script does."""
    for marks, letters in groupby(text, lambda letter: unicodedata.category(letter) in MARKS):
        run = list(letters)
        yield from map(_escaped, run) if marks and len(run) > MOST_MARKS else run


def _is_blank(letter: str) -> bool:
    return letter in KEPT or (letter != " " and unicodedata.category(letter) == "Zs")


def _spelled(letter: str) -> str:
    is_seen = unicodedata.category(letter) not in HIDDEN and letter not in EMPTY
    return letter if letter in KEPT or is_seen else _escaped(letter)


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def worded(translate: Callable[[str], str], word: str) -> str:
    """A word of the domain in the page's language; in English without its capitals and underscores."""
    found = translate(plainly(word))
    return found.replace("_", " ").lower() if found == word and word.isupper() else found


def when(moment: datetime | None) -> str:
    """A time in UTC, to the minute, saying so: reviewers sit in other zones."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "–"


UNITS = {"en": ("d", "h", "m", "s"), "zh": (" 天", " 小时", " 分", " 秒")}


def span(length: timedelta | float | None, language: str = "en") -> str:
    """A length of time by its two greatest units: 3d 4h, 12m 5s; 3 天 4 小时."""
    if length is None:
        return "–"
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    counts = (seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60, seconds % 60)
    parts = list(zip(counts, UNITS[language], strict=True))
    first = next((place for place, count in enumerate(counts) if count), 3)
    told = [f"{count}{unit}" for count, unit in parts[first : first + 2] if count]
    return sign + (" ".join(told) or f"0{UNITS[language][3]}")


def size(count: int) -> str:
    """Bytes in the unit that fits."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"


def short(text: str, letters: int = 60) -> str:
    """The text cut in its middle, so that its end is seen: names end in what they are."""
    if len(text) <= letters:
        return text
    head = letters * 2 // 3
    return f"{text[:head]}…{text[-(letters - head - 1) :]}"
