"""Ways to write a text so that a reader still reads it and a word list does not: what share of hits is kept.

`python -m benchmarks.evasion_text` prints the table; `benchmarks.keywords` takes it into its results.
"""

import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from benchmarks.detect_rows import Row, at_least
from benchmarks.keywords_text import Line, read_lines, shipped_packs
from scanner.keywords.matcher import Matcher
from scanner.text.folding import fold_table
from scanner.text.sounds import is_hanzi, sound_table
from scanner.text.splits import split_table
from scanner.text.views import text_views

MARKS = "*·.-_~|/、，。★☆✦#+"
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff"
Writing = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Evasion:
    """A way of writing, and the share of hits that should be kept."""

    name: str
    write: Writing
    target: float | None


def between_hanzi(text: str, make: Callable[[], str]) -> str:
    """The text with something put between each two hanzi that stand together."""
    out = []
    for place, char in enumerate(text):
        out.append(char)
        if is_hanzi(char) and place + 1 < len(text) and is_hanzi(text[place + 1]):
            out.append(make())
    return "".join(out)


def marks(count: int) -> Writing:
    """Marks between hanzi."""
    return lambda text, draw: between_hanzi(text, lambda: "".join(draw.choices(MARKS, k=count)))


def hidden(text: str, draw: random.Random) -> str:
    """One to five invisible characters between any two characters."""
    return "".join(char + "".join(draw.choices(HIDDEN, k=draw.randint(1, 5))) for char in text)


def traditional(text: str, _: random.Random) -> str:
    """Every hanzi in its traditional writing."""
    return "".join(_traditional().get(char, char) for char in text)


@cache
def _traditional() -> dict[str, str]:
    wide = fold_table().wide
    out: dict[str, str] = {}
    for point in range(0x4E00, 0xA000):
        if int(wide[point]) != point and 0x4E00 <= int(wide[point]) < 0xA000:
            out.setdefault(chr(int(wide[point])), chr(point))
    return out


def full_width(text: str, _: random.Random) -> str:
    """ASCII letters, digits and marks in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def references(text: str, draw: random.Random) -> str:
    """Every character as a numeric reference."""
    return "".join(f"&#{ord(char)};" if draw.random() < 0.5 else f"&#x{ord(char):x};" for char in text)


def backslashes(text: str, _: random.Random) -> str:
    """Everything but ASCII as \\u escapes in a script's string."""
    units = text.encode("utf-16-be", "replace")
    words = (units[place : place + 2] for place in range(0, len(units), 2))
    body = "".join(chr(word[1]) if word[0] == 0 and word[1] < 128 else f"\\u{word.hex()}" for word in words)
    return f'<script>document.title = "{body}";</script>'


def homophones(share: float) -> Writing:
    """Some hanzi replaced by others that sound the same."""

    def write(text: str, draw: random.Random) -> str:
        return "".join(_other(char, draw) if draw.random() < share else char for char in text)

    return write


def _other(char: str, draw: random.Random) -> str:
    readings = sound_table().readings.get(char)
    others = _by_reading().get(readings[0], []) if readings else []
    same = [other for other in others if other != char]
    return draw.choice(same) if same else char


@cache
def _by_reading() -> dict[str, list[str]]:
    """Common hanzi by their reading."""
    out: dict[str, list[str]] = {}
    for char, readings in sound_table().readings.items():
        if char in split_table() or _is_common(char):
            out.setdefault(readings[0], []).append(char)
    return out


def _is_common(char: str) -> bool:
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7


def spelled(share: float) -> Writing:
    """Some hanzi spelled in letters."""

    def write(text: str, draw: random.Random) -> str:
        table = sound_table().readings
        return "".join(table[char][0] if char in table and draw.random() < share else char for char in text)

    return write


def one_a_line(text: str, _: random.Random) -> str:
    """Hanzi one below the other; words in letters and digits stay whole."""
    return "\n".join(re.findall(r"[!-~]+|[^!-~\s]", text))


def split(share: float) -> Writing:
    """Some hanzi written as their two parts."""

    def write(text: str, draw: random.Random) -> str:
        table = split_table()
        return "".join(table[char][0] if char in table and draw.random() < share else char for char in text)

    return write


EVASIONS = (
    Evasion("as it is", lambda text, _: text, 1.0),
    Evasion("traditional", traditional, 0.98),
    Evasion("zero-width", hidden, 0.98),
    Evasion("one inserted mark", marks(1), 0.98),
    Evasion("two inserted marks", marks(2), 0.98),
    Evasion("full-width", full_width, None),
    Evasion("numeric references", references, 0.98),
    Evasion("\\u escapes", backslashes, 0.98),
    Evasion("homophones 15 %", homophones(0.15), 0.85),
    Evasion("homophones 40 %", homophones(0.40), None),
    Evasion("pinyin 15 %", spelled(0.15), None),
    Evasion("one character a line", one_a_line, 0.80),
    Evasion("split characters 30 %", split(0.30), None),
)


def found_lines(matcher: Matcher, lines: list[Line]) -> list[Line]:
    """The malicious Chinese lines that the rules hit as they are."""
    return [line for line in lines if line.lang == "zh" and line.label == "malicious" and is_found(matcher, line.text)]


def is_found(matcher: Matcher, text: str) -> bool:
    """Whether any rule hits the text, seen as the bytes of a page."""
    views, _ = text_views(text.encode("utf-8", "replace"), "page")
    return bool(matcher.scan(views))


def interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, (middle - spread) / (1 + z * z / count)), min(1.0, (middle + spread) / (1 + z * z / count))


def evasion_rows(matcher: Matcher, lines: list[Line]) -> Iterator[Row]:
    """The share of detected positives that each evasion leaves detected."""
    found = found_lines(matcher, lines)
    for evasion in EVASIONS if found else ():
        draw = random.Random(evasion.name)
        kept = sum(is_found(matcher, evasion.write(line.text, draw)) for line in found)
        low, high = interval(kept, len(found))
        note = f"{kept} of {len(found)}, 95 % interval {low:.3f} to {high:.3f}"
        yield at_least(f"evasion kept: {evasion.name}", kept / len(found), "share", evasion.target, note)


def main() -> None:
    """Prints the table."""
    for row in evasion_rows(Matcher.build(shipped_packs()), read_lines()):
        holds = "ok  " if row["holds"] else "FAIL"
        print(f"{holds} {row['figure']:40} {row['value']:>6} {row['target']:>8}  {row['note']}")


if __name__ == "__main__":
    main()
